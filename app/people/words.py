"""The words of a text as names are compared: without case, accents and invisible signs."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# Son or daughter of, in the short forms; and the end of an English genitive.
APART = re.compile(r"\b([ads])\s?/\s?([lpo])\b|['’]s\b", re.IGNORECASE)
# The same in one go for a text of plain letters, as most are.
PLAIN = re.compile(
    r"\b([ads])\s?/\s?([lpo])\b|'s\b|([a-z]+(?:['`]+(?!(?<=')s\b|[ads]\s?/\s?[lpo]\b)[a-z]+)*)",
    re.IGNORECASE,
)
APOSTROPHES = frozenset("'’ʼ`")
UNSPOKEN = str.maketrans("", "", "'`")
IDEOGRAPHS = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
LETTERS = frozenset({"Ll", "Lo", "Lm", "Lt", "Mc"})
MOST_SIGNS = 4096


class Word(NamedTuple):
    """A word of a text in its folded form, and where it stands."""

    start: int
    end: int
    folded: str


def words(text: str) -> Iterator[Word]:
    """The words in order; an ideograph is one of its own, and so are a/l and the like."""
    return _plain(text) if text.isascii() else _any(text)


def _plain(text: str) -> Iterator[Word]:
    for found in PLAIN.finditer(text):
        one, other, word = found.groups()
        if word:
            yield Word(*found.span(), word.translate(UNSPOKEN).lower())
        elif one:
            yield Word(*found.span(), (one + other).lower())


def _any(text: str) -> Iterator[Word]:
    apart = {found.start(): found for found in APART.finditer(text)}
    start, end, folded, place = 0, 0, "", 0
    while place < len(text):
        sign = text[place]
        kept = _FOLDED[sign]
        ideograph = IDEOGRAPHS.match(kept) is not None
        if folded and (place in apart or ideograph or not (kept or _within(sign))):
            yield Word(start, end, folded)
            folded = ""
        if place in apart:
            found = apart[place]
            if found[1]:
                yield Word(place, found.end(), (found[1] + found[2]).casefold())
            place = found.end()
            continue
        if ideograph:
            yield Word(place, place + 1, kept)
        elif kept:
            start, end = start if folded else place, place + 1
            folded += kept
        elif folded and unicodedata.category(sign) == "Mn":
            end = place + 1
        place += 1
    if folded:
        yield Word(start, end, folded)


def _within(sign: str) -> bool:
    """Whether a word goes on behind it: an apostrophe, an accent by itself, an invisible sign."""
    return sign in APOSTROPHES or unicodedata.category(sign) in {"Mn", "Cf"}


class _Folding(dict[str, str]):
    """A sign as it is compared: a letter without case and accents, nothing for other signs."""

    def __missing__(self, sign: str) -> str:
        plain = unicodedata.normalize("NFKD", sign).casefold()
        kept = "".join(one for one in plain if unicodedata.category(one) in LETTERS)
        if len(self) < MOST_SIGNS:
            self[sign] = kept
        return kept


_FOLDED = _Folding()
