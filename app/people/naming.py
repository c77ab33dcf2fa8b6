"""Finding the names of given people in somebody's own words.

Names are compared without case, accents and invisible signs. What stands between a name and the
father's (bin, binti, a/l, a/p, anak) and titles are passed over, on both sides. Of a name are
found: any two of its parts that follow each other, also written as one word or with the first
part last (Tan Wei Ling, Wei-Ling, Weiling, Wei Ling Tan); a single part where it is distinctive;
any part behind a form of address (Encik Lim); a name in Chinese characters as a whole.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.people.name_words import COMMON, KINSHIP, SHARED, TITLES

# A shorter part, or a shorter two written as one, is too often a word or an abbreviation.
SHORTEST_PART = 4
SHORTEST_JOINED = 6
# People do not have more parts; what is longer is no name.
MOST_PARTS = 12
LONGEST_IDEOGRAPHIC = 6

# What may stand between two parts of a name, and how much of it.
GAP = frozenset(" \u00a0\t\n.-\u2010\u2011\u2013'’ʼ`@")
LONGEST_GAP = 12
# Son or daughter of, in the short forms; and the end of an English genitive.
APART = re.compile(r"\b([ads])\s?/\s?([lpo])\b|['’]s\b", re.IGNORECASE)
APOSTROPHES = frozenset("'’ʼ`")
IDEOGRAPHS = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


class Word(NamedTuple):
    """A word of a text in its folded form, and where it stands."""

    start: int
    end: int
    folded: str


@dataclass(frozen=True)
class Names:
    """What is looked for: the names of some people, taken apart once."""

    pairs: frozenset[tuple[str, str]]
    # Of two words that are common ones; a name only where both have a capital.
    capitals: frozenset[tuple[str, str]]
    alone: frozenset[str]
    parts: frozenset[str]
    ideographic: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, names: Iterable[str], plain: Iterable[str] = ()) -> "Names":
        """The names as people write them; `plain` are words that are no names here."""
        known = [parts for name in names if (parts := _parts(name))]
        words = COMMON.union(word.folded for text in plain for word in _words(text))
        pairs = {pair for parts in known for pair in _pairs(parts)}
        capitals = {pair for pair in pairs if words.issuperset(pair)}
        single = {part for parts in known for part in parts if len(part) >= SHORTEST_PART}
        joined = {one + two for one, two in pairs if len(one + two) >= SHORTEST_JOINED}
        return cls(
            pairs=frozenset(pairs - capitals),
            capitals=frozenset(capitals),
            alone=frozenset((single | joined) - words - SHARED),
            parts=frozenset(part for parts in known for part in parts if len(part) > 1),
            ideographic=frozenset(
                tuple(parts) for parts in known if IDEOGRAPHS.match(parts[0]) and len(parts) > 1
            ),
        )

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where names stand, in order, each as long as its parts follow each other."""
        words = [word for word in _words(text) if word.folded not in KINSHIP]
        named = [False] * len(words)
        for place in range(len(words)):
            for found in self._at(text, words, place):
                named[place : place + found] = [True] * found
        return list(_spans(text, words, named))

    def _at(self, text: str, words: Sequence[Word], place: int) -> Iterator[int]:
        """How many words from here on are somebody's name, for each way to see it."""
        word = words[place]
        if word.folded in self.alone:
            yield 1
        if IDEOGRAPHS.match(word.folded):
            for length in range(2, LONGEST_IDEOGRAPHIC + 1):
                some = words[place : place + length]
                if tuple(one.folded for one in some) in self.ideographic:
                    yield length
        elif place + 1 < len(words) and _together(text, word, words[place + 1]):
            following = words[place + 1]
            pair = (word.folded, following.folded)
            if pair in self.pairs or (
                pair in self.capitals and _capital(text, word) and _capital(text, following)
            ):
                yield 2
        if word.folded in self.parts and _capital(text, word) and _titled(text, words, place):
            yield 1


def _parts(name: str) -> tuple[str, ...]:
    folded = [word.folded for word in _words(name)]
    parts = [one for one in folded if one not in KINSHIP | TITLES]
    return tuple(parts[:MOST_PARTS])


def _pairs(parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Parts that follow each other, and the last with the first: surnames stand at either end."""
    if len(parts) < 2 or IDEOGRAPHS.match(parts[0]):
        return
    for one, two in zip(parts, [*parts[1:], parts[0]], strict=True):
        if len(one) > 1 and len(two) > 1:
            yield one, two


def _titled(text: str, words: Sequence[Word], place: int) -> bool:
    """Whether a form of address stands right before this word."""
    before = words[place - 1] if place else None
    return before is not None and before.folded in TITLES and _together(text, before, words[place])


def _capital(text: str, word: Word) -> bool:
    return text[word.start].isupper()


def _together(text: str, one: Word, two: Word) -> bool:
    """Whether nothing but spaces, hyphens and what joins names stands between two words."""
    between = text[one.end : two.start]
    if len(between) > LONGEST_GAP:
        return False
    words = list(_words(between))
    if not KINSHIP.issuperset(word.folded for word in words):
        return False
    rest = [sign for place, sign in enumerate(between) if not _covered(words, place)]
    return GAP.issuperset(rest)


def _covered(words: Sequence[Word], place: int) -> bool:
    return any(word.start <= place < word.end for word in words)


def _spans(text: str, words: Sequence[Word], named: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for place, word in enumerate(words):
        if not named[place]:
            continue
        start = word.start if start is None else start
        follows = place + 1 < len(words) and named[place + 1]
        if not (follows and _together(text, word, words[place + 1])):
            yield start, word.end
            start = None


def _words(text: str) -> Iterator[Word]:
    """The words of a text; an ideograph is a word of its own, and so are a/l and the like."""
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


LETTERS = frozenset({"Ll", "Lo", "Lm", "Lt", "Mc"})
MOST_SIGNS = 4096


class _Folding(dict[str, str]):
    """A sign as it is compared: a letter without case and accents, nothing for other signs."""

    def __missing__(self, sign: str) -> str:
        plain = unicodedata.normalize("NFKD", sign).casefold()
        kept = "".join(one for one in plain if unicodedata.category(one) in LETTERS)
        if len(self) < MOST_SIGNS:
            self[sign] = kept
        return kept


_FOLDED = _Folding()
