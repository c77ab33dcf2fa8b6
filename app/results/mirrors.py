"""Two mirrors: each side's own answer, how another side sees it, and what that one expected."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.kit.language import Language
from app.results import wording
from app.results.wording import CLEAR
from app.surveys.definition import Survey
from app.surveys.paper import column_key

Json = Mapping[str, Any]

# Gaps between what one side says of itself and what another sees or expects.
SEEN = ("perception", "guess")


@dataclass(frozen=True)
class View:
    """One item as one side sees another: three answers on 0 to 100, and the gaps between them."""

    text: str
    own: float | None
    seen: float | None
    guessed: float | None
    perception: Json | None
    guess: Json | None


@dataclass(frozen=True)
class Direction:
    """Everything one side says about another."""

    one: str
    other: str
    sides: tuple[str, str]
    views: tuple[View, ...]

    @property
    def rows(self) -> tuple[Json, ...]:
        pairs = ((view.perception, view.guess) for view in self.views)
        return tuple(row for pair in pairs for row in pair if row is not None)

    @property
    def clear(self) -> int:
        return sum(row["verdict"] in CLEAR for row in self.rows)


def readable(rows: Iterable[Json], sides: frozenset[str]) -> list[Json]:
    """The gaps in which one of these sides takes part: no others are anybody's to read."""
    return [row for row in rows if sides.intersection(row["sides"])]


def directions(
    content: Json, rows: Sequence[Json], survey: Survey, language: Language
) -> tuple[Direction, ...]:
    """For each side and each other one it was asked about, what it sees and expects."""
    pairs = dict.fromkeys(tuple(row["sides"]) for row in rows if row["kind"] in SEEN)
    return tuple(
        _direction(content, [row for row in rows if tuple(row["sides"]) == pair], survey, language)
        for pair in pairs
    )


def _direction(
    content: Json, rows: Sequence[Json], survey: Survey, language: Language
) -> Direction:
    told = [row for row in rows if row["kind"] in SEEN]
    mirrored = dict.fromkeys(survey.item(row["item"]).same_as for row in told)
    views = tuple(_view(content, told, own, survey, language) for own in mirrored if own)
    sides = told[0]["sides"]
    return Direction(told[0]["from"], told[0]["about"], (sides[0], sides[1]), views)


def _view(
    content: Json, rows: Sequence[Json], own: str, survey: Survey, language: Language
) -> View:
    by_kind = {row["kind"]: row for row in rows if survey.item(row["item"]).same_as == own}
    perception, guess = by_kind.get("perception"), by_kind.get("guess")
    one, other = rows[0]["sides"]

    def index(side: str, row: Json | None) -> float | None:
        if row is None:
            return None
        key = column_key(survey.item(row["item"]), survey.side(other), survey.sides)
        return _index(content, side, key)

    return View(
        text=survey.item(own).text.in_(language.code),
        own=_index(content, other, own),
        seen=index(one, perception),
        guessed=index(one, guess),
        perception=perception,
        guess=guess,
    )


def _index(content: Json, side: str, key: str) -> float | None:
    """The mean of a side's answers: it follows from a gap that may be read and its own answers."""
    group = next((one for one in content["groups"] if one.get("side") == side), None)
    items: Sequence[Json] = group["items"] if group else ()
    found = next((one for one in items if one["key"] == key and one["disclosed"]), None)
    return None if found is None else found["index"]


def finding(found: Iterable[Direction], survey: Survey, language: Language) -> str:
    """The widest clear gap of all of them in words: the title of the picture."""
    rows = [row for one in found for row in one.rows]
    clear, _ = wording.gaps(rows, survey, language)
    return clear[0].words if clear else language.text("No side clearly misjudges another.")


def verdict(row: Json, language: Language) -> str:
    """In two words, for a table."""
    words = {
        "higher": language.text("clear gap"),
        "lower": language.text("clear gap"),
        "spread differently": language.text("spread differently"),
        "no clear gap": language.text("no clear gap"),
    }
    return words[row["verdict"]]


def sides_of(found: Iterable[Direction]) -> Iterator[str]:
    """The sides by name, each once."""
    yield from dict.fromkeys(name for one in found for name in (one.one, one.other))
