"""From a matrix of answer codes to counters, one pass over the ballots."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.scoring.classes import ClassCounts
from app.scoring.composite import DETRACTOR_BELOW, PROMOTER_ABOVE
from app.scoring.counters import Counters, Integers, check_headroom
from app.scoring.instrument import BLANK, NOT_APPLICABLE, Instrument, ItemSpec
from app.scoring.scale import unit

__all__ = [
    "BLANK",
    "NOT_APPLICABLE",
    "ClassCounts",
    "Counters",
    "Instrument",
    "ItemSpec",
    "count_by_leaf",
    "empty",
    "total",
]

Floats = NDArray[np.float32]
Codes = NDArray[np.uint8]

# Rows counted at once. 16384 x 10^2 and 2520 x 250 stay below 2^24, so single-precision matrix
# products of codes and totals are exact; squares of totals stay below 2^53 in `_totals`.
CHUNK = 16_384


def count_by_leaf(
    codes: NDArray[np.uint8], leaf: NDArray[np.intp], leaves: int, instrument: Instrument
) -> tuple[Counters, ...]:
    """Count the ballots of every leaf department.

    Parameters
    ----------
    codes : ndarray of uint8
        ballots x items: a code 0..A-1 as it was given, 254 not applicable, 255 blank.
    leaf : ndarray of intp
        Leaf department of each ballot, 0..leaves-1.
    leaves : int
        Number of leaf departments.
    instrument : Instrument
        What the columns are.

    Returns
    -------
    tuple of Counters
        One entry a leaf, in order; a leaf without ballots has zeros.

    Raises
    ------
    ValueError
        A shape or type does not fit, a leaf is unknown, or a code is not on its scale: the
        message names item, row and value of the first one. Nothing is clipped.
    OverflowError
        More ballots than 64-bit sums are sure to hold.

    Notes
    -----
    Ballots are brought in the order of their leaves and counted in blocks; memory beyond the
    input is one copy of it plus a few blocks. The order of the ballots does not matter.

    Examples
    --------
    >>> goals = ItemSpec("goals", 5, scored=True, max_detractor=1, min_promoter=3)
    >>> codes = np.array([[4], [2], [255]], dtype=np.uint8)
    >>> sales, ops = count_by_leaf(codes, np.array([0, 1, 0]), 2, Instrument((goals,), "composite"))
    >>> sales.classes
    ClassCounts(promoters=1, passives=0, detractors=0, unclassified=1)
    >>> (sales + ops).histogram("goals")
    (0, 0, 1, 0, 1)
    """
    _check_shapes(codes, leaf, leaves, instrument)
    check_headroom(len(codes), instrument)
    plan = _Plan(instrument)
    order = np.argsort(leaf, kind="stable")
    ends = np.cumsum(np.bincount(leaf, minlength=leaves))
    result = []
    start = 0
    for end in ends.tolist():
        counted = empty(instrument)
        for begin in range(start, end, CHUNK):
            rows = order[begin : min(begin + CHUNK, end)]
            block = _count(codes[rows], plan)
            if block is None:
                raise ValueError(_complaint(codes, instrument))
            counted = counted + block
        result.append(counted)
        start = end
    return tuple(result)


def total(counters: Iterable[Counters], instrument: Instrument) -> Counters:
    """Pool any number of groups.

    Parameters
    ----------
    counters : iterable of Counters
        All of the same instrument.
    instrument : Instrument
        What was asked; needed because there may be no group.

    Returns
    -------
    Counters
        Their sum; zeros if there is none.

    Raises
    ------
    ValueError
        A counter belongs to another instrument.

    Examples
    --------
    >>> total([], Instrument((), "composite")).answered
    0
    """
    return sum(counters, empty(instrument))


def empty(instrument: Instrument) -> Counters:
    """Return the counters of a group without ballots, the zero of the addition.

    Parameters
    ----------
    instrument : Instrument
        What was asked.

    Returns
    -------
    Counters
        Zeros.

    Examples
    --------
    >>> empty(Instrument((), "composite")).classes.n
    0
    """
    options = max((item.points for item in instrument.items), default=0)
    measures, size = 1 + len(instrument.themes), len(instrument.composite)
    crossed = len(instrument.crossed)
    explained = 0 if instrument.explained is None else 1 + crossed
    shapes = (
        (len(instrument.items), options + 2),
        (measures, 4),
        (measures, size + 1, 3),
        (4, crossed, crossed),
        (size + 1, size + 1),
        (explained, explained),
    )
    return Counters(instrument, 0, *(np.zeros(shape, dtype=np.int64) for shape in shapes))


@dataclass(frozen=True)
class _Plan:
    """What is the same for every block of one instrument."""

    instrument: Instrument

    @cached_property
    def options(self) -> int:
        return max((item.points for item in self.instrument.items), default=0)

    @cached_property
    def invalid(self) -> NDArray[np.bool_]:
        """Cells of the items x 256 histogram that no answer may fall in."""
        code = np.arange(256)
        points = np.array([[item.points] for item in self.instrument.items], dtype=np.intp)
        return (code >= points) & (code < NOT_APPLICABLE)

    @cached_property
    def shift(self) -> NDArray[np.intp]:
        return 256 * np.arange(len(self.instrument.items), dtype=np.intp)

    @cached_property
    def columns(self) -> list[int]:
        return [self.instrument.column(key) for key in self.instrument.crossed]

    @cached_property
    def pivot(self) -> Floats:
        """A-1 for a reverse-keyed item, else 0: abs(pivot - x) is the code that counts."""
        items = [self.instrument.items[column] for column in self.columns]
        return np.array([item.reversed * (item.points - 1) for item in items], dtype=np.float32)

    @cached_property
    def members(self) -> Floats:
        """Crossed items x (1 + themes): 1 where the item belongs to the measure."""
        measures = [self.instrument.composite]
        measures += [self.instrument.theme_items(theme) for theme in self.instrument.themes]
        rows = [[key in measure for measure in measures] for key in self.instrument.crossed]
        return np.array(rows, dtype=np.float32).reshape(len(rows), len(measures))

    @cached_property
    def weights(self) -> Floats:
        """As `members`, with the 2520ths one code of the item is worth."""
        units = [unit(self.instrument[key].points) for key in self.instrument.crossed]
        return self.members * np.array(units, dtype=np.float32)[:, np.newaxis]


def _count(codes: Codes, plan: _Plan) -> Counters | None:
    """Count one block; None if a code is not on its scale."""
    histograms = _histograms(codes, plan)
    if histograms is None:
        return None
    chosen = codes[:, plan.columns]
    given = (chosen < NOT_APPLICABLE).astype(np.float32)
    answers = np.abs(plan.pivot - chosen) * given
    answered = (given @ plan.members).astype(np.int64)
    totals = (answers @ plan.weights).astype(np.int64)
    size = len(plan.instrument.composite)
    return Counters(
        plan.instrument,
        len(codes),
        histograms,
        _classes(answered, totals, plan.members.sum(axis=0)),
        _totals(answered, totals, size),
        _pairs(answers, given),
        _gram(answers[:, :size], given[:, :size]),
        _gram(answers, given) if plan.instrument.explained else np.zeros((0, 0), dtype=np.int64),
    )


def _histograms(codes: Codes, plan: _Plan) -> Integers | None:
    items = len(plan.shift)
    cells = np.bincount((codes + plan.shift).ravel(), minlength=256 * items)
    every = cells.reshape(items, 256).astype(np.int64, copy=False)
    if every[plan.invalid].any():
        return None
    kept: Integers = np.concatenate([every[:, : plan.options], every[:, NOT_APPLICABLE:]], axis=1)
    return kept


def _classes(answered: Integers, totals: Integers, sizes: Floats) -> Integers:
    classified = (answered > 0) & (2 * answered >= sizes)
    promoters = (classified & (totals > PROMOTER_ABOVE * answered)).sum(axis=0)
    detractors = (classified & (totals < DETRACTOR_BELOW * answered)).sum(axis=0)
    n = classified.sum(axis=0)
    columns = [promoters, n - promoters - detractors, detractors, len(answered) - n]
    return np.stack(columns, axis=1).astype(np.int64)


def _totals(answered: Integers, totals: Integers, size: int) -> Integers:
    measures = answered.shape[1]
    cell = (answered + (size + 1) * np.arange(measures)).ravel()
    flat, cells = totals.ravel().astype(np.float64), measures * (size + 1)
    sums = [
        np.bincount(cell, minlength=cells),
        np.bincount(cell, weights=flat, minlength=cells),
        np.bincount(cell, weights=flat * flat, minlength=cells),
    ]
    return np.stack(sums, axis=1).astype(np.int64).reshape(measures, size + 1, 3)


def _pairs(answers: Floats, given: Floats) -> Integers:
    products = [given.T @ given, answers.T @ given, (answers**2).T @ given, answers.T @ answers]
    return np.stack(products).astype(np.int64)


def _gram(answers: Floats, given: Floats) -> Integers:
    complete = answers[given.all(axis=1)]
    rows = np.concatenate([np.ones((len(complete), 1), dtype=np.float32), complete], axis=1)
    gram: Integers = (rows.T @ rows).astype(np.int64)
    return gram


def _check_shapes(
    codes: Codes, leaf: NDArray[np.intp], leaves: int, instrument: Instrument
) -> None:
    if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != len(instrument.items):
        raise ValueError(f"codes must be uint8, ballots x {len(instrument.items)} items")
    if leaf.shape != codes.shape[:1] or not np.issubdtype(leaf.dtype, np.integer):
        raise ValueError("every ballot needs the whole number of its leaf")
    if len(leaf) and not 0 <= leaf.min() <= leaf.max() < leaves:
        raise ValueError(f"leaves are numbered 0 to {leaves - 1}")


def _complaint(codes: Codes, instrument: Instrument) -> str:
    """Name the first code, reading row by row, that is not on its scale."""
    points = np.array([item.points for item in instrument.items])
    wrong = (codes >= points) & (codes < NOT_APPLICABLE)
    row, column = divmod(int(wrong.argmax()), len(points))
    return f"item {instrument.items[column].key}, row {row}: {codes[row, column]} is not an answer"
