"""Count one block of ballots of one department, in a few matrix products."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.scoring.composite import DETRACTOR_BELOW, PROMOTER_ABOVE
from app.scoring.counters import Counters, Integers
from app.scoring.instrument import NOT_APPLICABLE, Instrument
from app.scoring.scale import unit

Floats = NDArray[np.float32]
Codes = NDArray[np.uint8]

# Rows counted at once. 16384 x 10^2 and 2520 x 250 stay below 2^24, so single-precision matrix
# products of codes and totals are exact; squares of totals stay below 2^53 in `_totals`.
CHUNK = 16_384

# Multiplications up to which OpenBLAS keeps a product on one thread. Its threads wait for each
# other: with both cores of a machine busy, a million ballots took 87 s instead of 2.
ONE_THREAD = 2**18


@dataclass(frozen=True)
class Plan:
    """What is the same for every block of one instrument."""

    instrument: Instrument

    @cached_property
    def invalid(self) -> NDArray[np.bool_]:
        """Cells of the items x 256 histogram that no answer may fall in."""
        code = np.arange(256)
        points = np.array([[item.points] for item in self.instrument.items], dtype=np.intp)
        return (code >= points) & (code < NOT_APPLICABLE)

    @cached_property
    def shift(self) -> NDArray[np.intp]:
        """Where each item's 256 cells begin."""
        return 256 * np.arange(len(self.instrument.items), dtype=np.intp)

    @cached_property
    def columns(self) -> list[int]:
        """Columns of the crossed items."""
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


def count(codes: Codes, plan: Plan) -> Counters | None:
    """Count one block of ballots of one department.

    Parameters
    ----------
    codes : ndarray of uint8
        At most `CHUNK` ballots x items, codes as they were given.
    plan : Plan
        Of the instrument the columns belong to.

    Returns
    -------
    Counters or None
        None if a code is not on its scale.

    Examples
    --------
    >>> from app.scoring.instrument import ItemSpec
    >>> goals = ItemSpec("goals", 5, scored=True, max_detractor=1, min_promoter=3)
    >>> plan = Plan(Instrument((goals,), "composite"))
    >>> count(np.array([[4], [255]], dtype=np.uint8), plan).answered
    2
    >>> count(np.array([[5]], dtype=np.uint8), plan) is None
    True
    """
    histograms = _histograms(codes, plan)
    if histograms is None:
        return None
    chosen = codes[:, plan.columns]
    given = (chosen < NOT_APPLICABLE).astype(np.float32)
    answers = np.abs(plan.pivot - chosen) * given
    answered = _product(given, plan.members)
    totals = _product(answers, plan.weights)
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


def _histograms(codes: Codes, plan: Plan) -> Integers | None:
    items = len(plan.shift)
    cells = np.bincount((codes + plan.shift).ravel(), minlength=256 * items)
    every = cells.reshape(items, 256).astype(np.int64, copy=False)
    if every[plan.invalid].any():
        return None
    kept: Integers = np.concatenate(
        [every[:, : plan.instrument.options], every[:, NOT_APPLICABLE:]], axis=1
    )
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
    return np.stack(
        [
            _cross(given, given),
            _cross(answers, given),
            _cross(answers**2, given),
            _cross(answers, answers),
        ]
    )


def _gram(answers: Floats, given: Floats) -> Integers:
    complete = answers[given.all(axis=1)]
    rows = np.concatenate([np.ones((len(complete), 1), dtype=np.float32), complete], axis=1)
    return _cross(rows, rows)


def _product(rows: Floats, matrix: Floats) -> Integers:
    """Return rows @ matrix."""
    parts = [rows[part] @ matrix for part in _parts(rows)]
    return np.concatenate(parts).astype(np.int64)


def _cross(one: Floats, other: Floats) -> Integers:
    """Return one' @ other."""
    total = np.zeros((one.shape[1], other.shape[1]), dtype=np.float32)
    for part in _parts(one):
        total += one[part].T @ other[part]
    return total.astype(np.int64)


def _parts(rows: Floats) -> list[slice]:
    """Cut rows so that a product of each part with as many columns stays on one thread."""
    length = max(1, ONE_THREAD // max(1, rows.shape[1]) ** 2)
    return [slice(start, start + length) for start in range(0, len(rows), length)]
