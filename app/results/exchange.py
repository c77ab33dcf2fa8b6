"""Blocks read together: whether a withheld answer could be worked out from the classes and the rest.

Where an item is withheld of a group whose classes are printed, somebody may read all of them
together. A count is still open where another set of answers fits everything printed and has
another count. Such sets are made by exchanges within what is counted together:

- two people of different places swap their answers to the item, and both stay in their classes and
  have answered as many items, so that classes, themes and means are what they were;
- two people swap places that are held in one pool in every block.

A count of a few that no exchange changes is taken for a leak. Exchanges are looked for one at a
time, so that some of these are none; hiding more is what errs on the right side.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from app.results.planning import DIRECT
from app.scoring.composite import DETRACTOR_BELOW, PROMOTER_ABOVE
from app.scoring.counts import NOT_APPLICABLE, Instrument, ItemSpec
from app.scoring.scale import unit

Codes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Held:
    """The places an item is held back in together, and the pool each is in by the classes."""

    places: Sequence[str]
    above: Mapping[str, str]
    pools: Mapping[str, str]


class Exchanges:
    """The ballots of every place, as far as they show what could as well have been answered."""

    def __init__(self, instrument: Instrument, ballots: Mapping[str, Codes]) -> None:
        self._instrument = instrument
        self._ballots = ballots
        self._known: dict[tuple[tuple[str, ...], str], tuple[Numbers, Numbers]] = {}
        self._able: dict[tuple[str, str], Flags] = {}

    @cached_property
    def items(self) -> frozenset[str]:
        """The items that classes are made of: only of these do other blocks tell."""
        return frozenset(self._instrument.composite)

    def tell(self, key: str, held: Held, smallest: int) -> bool:
        """Whether a positive count of a few of these places stays whatever is exchanged."""
        answers = np.stack([self._answers(key, place) for place in held.places])
        sizes = answers.sum(axis=1).tolist()
        few = [at for at, n in enumerate(sizes) if 0 < n < smallest]
        if not few:
            return False
        swaps = np.stack([self._swaps(key, place) for place in held.places])
        partners = np.maximum(_swapping(swaps, few), _moving(answers, held))
        if any(np.any((answers[at] > 0) & (partners[at] < 1)) for at in few):
            return True
        return any(
            self._tells_of_two(one, other, swaps, answers, partners, held)
            for one, other in _pairs(few, held, sizes, smallest)
        )

    def _tells_of_two(
        self,
        one: int,
        other: int,
        swaps: Flags,
        answers: Numbers,
        partners: Numbers,
        held: Held,
    ) -> bool:
        """As for one place; a second partner of either is a partner of both."""
        given = answers[one] + answers[other] > 0
        sure = np.maximum(partners[one], partners[other]) > 1
        if not np.any(given & ~sure):
            return False
        both = [one, other]
        rest = [at for at in range(len(answers)) if at not in both]
        joined = np.stack([swaps[both].any(axis=0), swaps[rest].any(axis=0)])
        open_ = _changing(joined[0] & joined[1].swapaxes(1, 2)) > 0
        for at in both:
            pool = held.pools[held.places[at]]
            same = [n for n in (at, *rest) if held.pools[held.places[n]] == pool]
            open_ |= _moved(answers[same])[0] > 0
        return bool(np.any(given & ~open_))

    def _answers(self, key: str, place: str) -> Numbers:
        codes = self._codes(place)[:, self._instrument.column(key)]
        points = self._instrument[key].points
        return np.bincount(codes[codes < NOT_APPLICABLE], minlength=points)

    def _swaps(self, key: str, place: str) -> Flags:
        """Items answered x answer x other answer: whether somebody here could have given it."""
        if (key, place) not in self._able:
            self._able[key, place] = self._found(key, place)
        return self._able[key, place]

    def _found(self, key: str, place: str) -> Flags:
        rule, spec = self._instrument, self._instrument[key]
        given = self._codes(place)[:, rule.column(key)]
        asked = given < NOT_APPLICABLE
        found = np.zeros((len(rule.composite) + 1, spec.points, spec.points), dtype=np.bool_)
        worth = _worth(np.arange(spec.points), spec)
        keeps = np.ones((int(asked.sum()), spec.points), dtype=np.bool_)
        for keys in self._measures(key):
            total, answered = (one[asked, np.newaxis] for one in self._sums(keys, place))
            others = total - _worth(given[asked], spec)[:, np.newaxis] + worth
            keeps &= _classes(others, answered) == _classes(total, answered)
        answered = self._sums(rule.composite, place)[1][asked]
        np.logical_or.at(found, (answered, given[asked]), keeps)
        return found

    def _measures(self, key: str) -> Iterator[Sequence[str]]:
        """The items behind every class that an answer to this one is part of, besides its own."""
        if self._instrument.item is None:
            yield self._instrument.composite
        theme = self._instrument[key].theme
        items = self._instrument.theme_items(theme) if theme else ()
        if len(items) > 1:
            yield items

    def _sums(self, keys: Sequence[str], place: str) -> tuple[Numbers, Numbers]:
        """What everybody's answers to these items add up to, and how many they are."""
        at = tuple(keys), place
        if at not in self._known:
            codes = self._codes(place)
            total = np.zeros(len(codes), dtype=np.int64)
            answered = np.zeros(len(codes), dtype=np.int64)
            for key in keys:
                given = codes[:, self._instrument.column(key)]
                asked = given < NOT_APPLICABLE
                total += np.where(asked, _worth(given, self._instrument[key]), 0)
                answered += asked
            self._known[at] = total, answered
        return self._known[at]

    def _codes(self, place: str) -> Codes:
        nobody = np.zeros((0, len(self._instrument.items)), dtype=np.uint8)
        return self._ballots.get(place.removesuffix(DIRECT), nobody)


def _pairs(
    few: Sequence[int], held: Held, sizes: Sequence[int], smallest: int
) -> Iterator[tuple[int, int]]:
    by_parent: dict[str, list[int]] = {}
    for at in few:
        by_parent.setdefault(held.above.get(held.places[at], ""), []).append(at)
    for some in by_parent.values():
        for one, other in combinations(some, 2):
            if sizes[one] + sizes[other] < smallest:
                yield one, other


def _changing(exchanges: NDArray[np.generic]) -> Numbers:
    """For each answer the most that an exchange for another, or of another for it, is found."""
    points = exchanges.shape[-1]
    either = np.maximum(exchanges, exchanges.swapaxes(1, 2)).max(axis=0).astype(np.int64)
    either[np.arange(points), np.arange(points)] = 0
    return np.asarray(either.max(axis=1))


def _swapping(swaps: Flags, few: Sequence[int]) -> Numbers:
    """For each place and answer how many other places hold somebody to swap answers with."""
    able = swaps.sum(axis=0)
    found = np.zeros((len(swaps), swaps.shape[-1]), dtype=np.int64)
    for at in few:
        found[at] = _changing(swaps[at] * (able - swaps[at]).swapaxes(1, 2))
    return found


def _moving(answers: Numbers, held: Held) -> Numbers:
    """For each place and answer how many others of its pool hold somebody to change places with."""
    found = np.zeros_like(answers)
    pools: dict[str, list[int]] = {}
    for at, place in enumerate(held.places):
        pools.setdefault(held.pools[place], []).append(at)
    for some in pools.values():
        found[some] = _moved(answers[some])
    return found


def _moved(answers: Numbers) -> Numbers:
    """The same within one pool: who gave an answer moves for somebody who gave another."""
    gave, other = answers > 0, answers.sum(axis=1, keepdims=True) > answers
    either = gave | other
    # Of the other places: those that hold another answer, the answer, or one of the two.
    with_other, with_answer = other.sum(axis=0) - other, gave.sum(axis=0) - gave
    with_either = either.sum(axis=0) - either
    return np.where(
        gave & other, with_either, np.where(gave, with_other, np.where(other, with_answer, 0))
    )


def _worth(codes: NDArray[np.generic], spec: ItemSpec) -> Numbers:
    """Answers in 2520ths, the most favourable the largest."""
    plain = codes.astype(np.int64)
    return unit(spec.points) * (spec.points - 1 - plain if spec.reversed else plain)


def _classes(totals: Numbers, answered: Numbers) -> Numbers:
    """-1, 0 or 1 by the composite rule; who has answered too little stays so."""
    above, below = totals > PROMOTER_ABOVE * answered, totals < DETRACTOR_BELOW * answered
    return above.astype(np.int64) - below
