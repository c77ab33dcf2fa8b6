"""What one cell of an answer file means, by the type of its item and the notation of the file."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.kit.language import LANGUAGES, language
from app.surveys.definition import Item, Survey
from app.surveys.question_types.kind import BLANK, NOT_APPLICABLE

# Missing values as our own files (docs/export-format.md) and statistics programs write them; an
# answer that was withheld is missing too.
NOT_ANSWERED = ("", "-99", "NA")
DOES_NOT_APPLY = ("na", "-98")
BETWEEN = ";"
# A number as spreadsheets and statistics programs write whole ones.
WHOLE = re.compile(r"([0-9]{1,3})(?:\.0+)?")

Reader = Callable[[str], bytes]


class CellRefused(Exception):
    """The cell is no answer to its item; the text says what would be."""


def one_code(survey: Survey, item: Item, notation: str) -> Reader:
    """A scale, a recommend item or a choice: one byte."""
    scale = survey.scale_of(item)
    offered = scale is not None and scale.not_applicable
    code = _coded(survey, item, notation)

    def read(cell: str) -> bytes:
        if cell in NOT_ANSWERED:
            return bytes((BLANK,))
        if cell in DOES_NOT_APPLY or (notation == "labels" and _folded(cell) in _does_not_apply()):
            if not offered:
                raise CellRefused('nobody was offered "does not apply" here: leave it empty')
            return bytes((NOT_APPLICABLE,))
        return bytes((code(cell),))

    return read


def several_codes(survey: Survey, item: Item, notation: str) -> Reader:
    """Ticked options with `;` between: one byte an option."""
    code = _coded(survey, item, notation)

    def read(cell: str) -> bytes:
        if cell in NOT_ANSWERED:
            return bytes((BLANK,)) * len(item.options)
        ticked = [code(part.strip()) for part in cell.split(BETWEEN)]
        if len({*ticked}) < len(ticked):
            raise CellRefused("it names one option twice")
        return bytes(option in ticked for option in range(len(item.options)))

    return read


def ranked_codes(survey: Survey, item: Item, notation: str) -> Reader:
    """Options from the first rank down with `;` between: one byte an option, its rank."""
    code = _coded(survey, item, notation)

    def read(cell: str) -> bytes:
        ranks = bytearray((BLANK,)) * len(item.options)
        if cell in NOT_ANSWERED:
            return bytes(ranks)
        for rank, part in enumerate(cell.split(BETWEEN)):
            place = code(part.strip())
            if ranks[place] != BLANK:
                raise CellRefused("it names one option twice")
            ranks[place] = rank
        return bytes(ranks)

    return read


READERS: Mapping[str, Callable[[Survey, Item, str], Reader]] = MappingProxyType(
    {
        "scale": one_code,
        "recommend": one_code,
        "choice": one_code,
        "choices": several_codes,
        "rank": ranked_codes,
    }
)


def _coded(survey: Survey, item: Item, notation: str) -> Callable[[str], int]:
    """From one code or label to the code from 0."""
    if notation == "labels":
        return _labelled(survey, item)
    first, codes = int(notation == "one"), survey.codes_of(item)

    def code(cell: str) -> int:
        found = WHOLE.fullmatch(cell)
        if found is None or not first <= int(found[1]) < first + codes:
            raise CellRefused(
                f"write a code from {first} to {first + codes - 1}, or leave it empty"
            )
        return int(found[1]) - first

    return code


def _labelled(survey: Survey, item: Item) -> Callable[[str], int]:
    scale = survey.scale_of(item)
    texts = scale.labels if scale is not None else tuple(one.text for one in item.options)
    meant: dict[str, set[int]] = {}
    for place, text in enumerate(texts):
        for _, words in text.entries:
            meant.setdefault(_folded(words), set()).add(place)
    shown = " / ".join(text.entries[0][1] for text in texts[:11])

    def code(cell: str) -> int:
        found = meant.get(_folded(cell), set())
        if len(found) > 1:
            raise CellRefused("this label stands for several answers: use codes instead")
        if not found:
            raise CellRefused(f"no label of this item in any of its languages; they are {shown}")
        return next(iter(found))

    return code


def _folded(words: str) -> str:
    return " ".join(words.casefold().split())


def _does_not_apply() -> set[str]:
    """What the form calls it, in every language it speaks."""
    return {_folded(language(code).text("Does not apply")) for code in LANGUAGES}
