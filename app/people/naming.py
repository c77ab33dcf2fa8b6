"""Finding the names of given people in somebody's own words.

Names are compared without case, accents and invisible signs. What stands between a name and the
father's (bin, binti, a/l, a/p, anak) and titles are passed over, on both sides. Of a name are
found: any two of its parts that follow each other, also written as one word or with the first
part last (Tan Wei Ling, Wei-Ling, Weiling, Wei Ling Tan); a single part where it is distinctive;
any part behind a form of address (Encik Lim); a name in Chinese characters as a whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.people.name_words import COMMON, KINSHIP, SHARED, TITLES
from app.people.words import IDEOGRAPHS, Word, words

# A shorter part, or a shorter two written as one, is too often a word or an abbreviation.
SHORTEST_PART = 4
SHORTEST_JOINED = 6
# People do not have more parts; what is longer is no name.
MOST_PARTS = 12
LONGEST_IDEOGRAPHIC = 6

# What may stand between two parts of a name, and how much of it.
GAP = frozenset(" \u00a0\t\n.-\u2010\u2011\u2013'’ʼ`@")
LONGEST_GAP = 12


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
        common = COMMON.union(word.folded for text in plain for word in words(text))
        pairs = {pair for parts in known for pair in _pairs(parts)}
        capitals = {pair for pair in pairs if common.issuperset(pair)}
        single = {part for parts in known for part in parts if len(part) >= SHORTEST_PART}
        joined = {one + two for one, two in pairs if len(one + two) >= SHORTEST_JOINED}
        return cls(
            pairs=frozenset(pairs - capitals),
            capitals=frozenset(capitals),
            alone=frozenset((single | joined) - common - SHARED),
            parts=frozenset(part for parts in known for part in parts if len(part) > 1),
            ideographic=frozenset(
                tuple(parts) for parts in known if IDEOGRAPHS.match(parts[0]) and len(parts) > 1
            ),
        )

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where names stand, in order, each as long as its parts follow each other."""
        read = [word for word in words(text) if word.folded not in KINSHIP]
        named = [False] * len(read)
        for place in range(len(read)):
            for found in self._at(text, read, place):
                named[place : place + found] = [True] * found
        return list(_spans(text, read, named))

    def _at(self, text: str, read: Sequence[Word], place: int) -> Iterator[int]:
        """How many words from here on are somebody's name, for each way to see it."""
        word = read[place]
        if word.folded in self.alone:
            yield 1
        if self.ideographic and IDEOGRAPHS.match(word.folded):
            for length in range(2, LONGEST_IDEOGRAPHIC + 1):
                if tuple(one.folded for one in read[place : place + length]) in self.ideographic:
                    yield min(length, len(read) - place)
        elif place + 1 < len(read) and self._paired(text, word, read[place + 1]):
            yield 2
        if word.folded in self.parts and _capital(text, word) and _titled(text, read, place):
            yield 1

    def _paired(self, text: str, one: Word, two: Word) -> bool:
        pair = (one.folded, two.folded)
        known = pair in self.pairs or (
            pair in self.capitals and _capital(text, one) and _capital(text, two)
        )
        return known and _together(text, one, two)


def _parts(name: str) -> tuple[str, ...]:
    folded = [word.folded for word in words(name)]
    parts = [one for one in folded if one not in KINSHIP | TITLES]
    return tuple(parts[:MOST_PARTS])


def _pairs(parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Parts that follow each other, and the last with the first: surnames stand at either end."""
    if len(parts) < 2 or IDEOGRAPHS.match(parts[0]):
        return
    for one, two in zip(parts, [*parts[1:], parts[0]], strict=True):
        if len(one) > 1 and len(two) > 1:
            yield one, two


def _titled(text: str, read: Sequence[Word], place: int) -> bool:
    """Whether a form of address stands right before this word."""
    before = read[place - 1] if place else None
    return before is not None and before.folded in TITLES and _together(text, before, read[place])


def _capital(text: str, word: Word) -> bool:
    return text[word.start].isupper()


def _together(text: str, one: Word, two: Word) -> bool:
    """Whether nothing but spaces, hyphens and what joins names stands between two words."""
    between = text[one.end : two.start]
    if len(between) > LONGEST_GAP:
        return False
    joining = list(words(between))
    if not KINSHIP.issuperset(word.folded for word in joining):
        return False
    rest = [sign for place, sign in enumerate(between) if not _covered(joining, place)]
    return GAP.issuperset(rest)


def _covered(joining: Sequence[Word], place: int) -> bool:
    return any(word.start <= place < word.end for word in joining)


def _spans(text: str, read: Sequence[Word], named: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for place, word in enumerate(read):
        if not named[place]:
            continue
        start = word.start if start is None else start
        follows = place + 1 < len(read) and named[place + 1]
        if not (follows and _together(text, word, read[place + 1])):
            yield start, word.end
            start = None
