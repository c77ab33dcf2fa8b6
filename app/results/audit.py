"""The audit of a release: could somebody with a solver work out a count of a few?

He is given everything that is printed of a block as equations, the tree, and, which is the worst
case, how many are counted in every place. What he does not know are the counts. Where the smallest
and the largest a count of a small set can be are the same number above 0, it has leaked.

Printed groups are nested, so what he cannot see falls into pools: the places below one printed
node that no printed group below it holds, whose counts together follow by subtraction. Of a pool
about which nothing else is said, the bounds of any set of `n` people and a class that holds `c` of
all `N` are max(0, n + c - N) and min(n, c) (Frechet), and they meet above 0 just where the pool is
itself small or all of one class. So such pools need no programme. A band says more, and there the
bounds are those of an integer programme.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from app.results.planning import Cells, Counts, Shape

# How many other answers that fit are looked at before bounds are asked for one by one.
LOOKS = 6
# Seconds for one bound; a usual one takes some milliseconds.
PATIENCE = 5.0


@dataclass(frozen=True)
class Band:
    """Places together, and the class that is printed as holding all or all but one of them."""

    node: str
    places: frozenset[str]
    at: int


@dataclass(frozen=True)
class Pool:
    """What is hidden together below a printed node: each place's table, and what is said of it."""

    node: str
    tables: Mapping[str, Counts]
    above: Mapping[str, str]
    bands: tuple[Band, ...] = ()

    @property
    def total(self) -> Counts:
        return tuple(map(sum, zip(*self.tables.values(), strict=True)))


@dataclass(frozen=True)
class Finding:
    """How many bounds were settled, and whether one of them gives a count of a few away."""

    bounds: int
    leaks: bool


def pools(
    shape: Shape, cells: Mapping[str, Cells], printed: Collection[str], bands: Sequence[Band] = ()
) -> Iterator[Pool]:
    """The pools of one block, of every table that follows from what is printed.

    `cells` holds the tables of every place: of each node that nothing is below.
    """
    above = {part: node for node, parts in shape.below.items() for part in parts}
    places: dict[str, list[str]] = {}
    for place in cells:
        if place not in printed:
            places.setdefault(nearest(place, above, printed), []).append(place)
    for node, hidden in places.items():
        if node not in printed:
            continue
        for number in range(len(cells[hidden[0]])):
            # A band is of the classes, which are the first table.
            said = tuple(band for band in bands if not number and band.places <= set(hidden))
            yield Pool(node, {place: cells[place][number] for place in hidden}, above, said)


def nearest(place: str, above: Mapping[str, str], printed: Collection[str]) -> str:
    """The printed node that is nearest above a place; the root where none is."""
    node = place
    while node in above and node not in printed:
        node = above[node]
    return node


def examined(pool: Pool, smallest: int) -> Finding:
    """Settle every bound of the pool's small sets."""
    total, targets = pool.total, list(small_sets(pool, smallest))
    bounds = 2 * len(total) * (len(targets) + len(pool.bands))
    everybody = sum(total)
    if not everybody:
        return Finding(bounds, leaks=False)
    alike = len(total) > 1 and max(total) == everybody
    if everybody < smallest or alike:
        return Finding(bounds, leaks=True)
    try:
        leaks = bool(pool.bands) and Programme(pool).tells(targets)
    except Unsettled:
        leaks = True
    return Finding(bounds, leaks=leaks)


def small_sets(pool: Pool, smallest: int) -> Iterator[tuple[str, ...]]:
    """Places, and pairs of them under one parent, too few to be spoken of."""
    sizes = {place: n for place, table in pool.tables.items() if 0 < (n := sum(table)) < smallest}
    yield from ((place,) for place in sizes)
    by_parent: dict[str, list[str]] = {}
    for place in sizes:
        by_parent.setdefault(pool.above.get(place, ""), []).append(place)
    for places in by_parent.values():
        for pair in combinations(places, 2):
            if sum(sizes[place] for place in pair) < smallest:
                yield pair


class Unsettled(Exception):
    """The programme found no answer in time, so that nothing is known to be safe."""


class Programme:
    """The integer programme of one pool: a whole number for each place and class."""

    def __init__(self, pool: Pool) -> None:
        self._places = list(pool.tables)
        self._truth = np.array([pool.tables[place] for place in self._places])
        self._bands = pool.bands
        self._constraints = LinearConstraint(*self._said(pool))

    def tells(self, targets: Iterable[Sequence[str]]) -> bool:
        """Whether a positive count of one of these sets, or of a band's class, can only be one."""
        wanted = [sums for target in targets for sums in self._sums(target)]
        wanted += [self._cell(band.places, band.at) for band in self._bands]
        open_ = self._still_unknown([one for one in wanted if self._true(one) > 0])
        return any(self._end(one, 1) == self._end(one, -1) for one in open_)

    def bounds(self, places: Collection[str], at: int) -> tuple[int, int]:
        """The smallest and the largest count of a class in these places."""
        cells = self._cell(places, at)
        return self._end(cells, 1), self._end(cells, -1)

    def _still_unknown(self, wanted: list[Any]) -> list[Any]:
        """Those that no other answer found by lot has shown to be open."""
        chance = np.random.default_rng(1)
        for _ in range(LOOKS):
            if wanted:
                other = self._best(chance.integers(-3, 4, self._truth.size).astype(float))
                wanted = [one for one in wanted if other[one].sum() == self._true(one)]
        return wanted

    def _sums(self, places: Sequence[str]) -> Iterator[Any]:
        for at in range(self._truth.shape[1]):
            yield self._cell(places, at)

    def _cell(self, places: Collection[str], at: int) -> Any:
        width = self._truth.shape[1]
        lines = [line for line, place in enumerate(self._places) if place in places]
        return np.array([line * width + at for line in lines])

    def _true(self, cells: Any) -> int:
        return int(self._truth.ravel()[cells].sum())

    def _end(self, cells: Any, sign: int) -> int:
        cost = np.zeros(self._truth.size)
        cost[cells] = sign
        return int(self._best(cost)[cells].sum())

    def _best(self, cost: Any) -> Any:
        found = milp(
            cost,
            integrality=np.ones(cost.size),
            bounds=Bounds(0, np.inf),
            constraints=self._constraints,
            options={"time_limit": PATIENCE},
        )
        if found.status != 0:
            raise Unsettled(found.message)
        return np.rint(found.x).astype(int)

    def _said(self, pool: Pool) -> tuple[Any, Any, Any]:
        """Every place's number, every class's count in the pool, and the bands."""
        lines, width = self._truth.shape
        rows = [range(line * width, (line + 1) * width) for line in range(lines)]
        rows += [range(at, lines * width, width) for at in range(width)]
        low = [*self._truth.sum(axis=1), *self._truth.sum(axis=0)]
        high = list(low)
        for band in pool.bands:
            rows.append(self._cell(band.places, band.at))
            n = sum(sum(pool.tables[place]) for place in band.places)
            low.append(n - 1)
            high.append(n)
        at = [(number, int(cell)) for number, row in enumerate(rows) for cell in row]
        ones, (down, across) = np.ones(len(at)), zip(*at, strict=True)
        return coo_array((ones, (down, across)), shape=(len(rows), lines * width)), low, high
