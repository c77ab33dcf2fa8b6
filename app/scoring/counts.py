"""From a matrix of answer codes to counters, one pass over the ballots."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from app.scoring.block import CHUNK, Plan, count
from app.scoring.classes import ClassCounts
from app.scoring.counters import Counters, check_headroom, empty
from app.scoring.instrument import BLANK, NOT_APPLICABLE, Instrument, ItemSpec

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
    plan = Plan(instrument)
    order = np.argsort(leaf, kind="stable")
    ends = np.cumsum(np.bincount(leaf, minlength=leaves))
    result = []
    start = 0
    for end in ends.tolist():
        counted = empty(instrument)
        for begin in range(start, end, CHUNK):
            rows = order[begin : min(begin + CHUNK, end)]
            block = count(codes[rows], plan)
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


def _check_shapes(
    codes: NDArray[np.uint8], leaf: NDArray[np.intp], leaves: int, instrument: Instrument
) -> None:
    if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != len(instrument.items):
        raise ValueError(f"codes must be uint8, ballots x {len(instrument.items)} items")
    if leaf.shape != codes.shape[:1] or not np.issubdtype(leaf.dtype, np.integer):
        raise ValueError("every ballot needs the whole number of its leaf")
    if len(leaf) and not 0 <= leaf.min() <= leaf.max() < leaves:
        raise ValueError(f"leaves are numbered 0 to {leaves - 1}")


def _complaint(codes: NDArray[np.uint8], instrument: Instrument) -> str:
    """Name the first code, reading row by row, that is not on its scale."""
    points = np.array([item.points for item in instrument.items])
    wrong = (codes >= points) & (codes < NOT_APPLICABLE)
    row, column = divmod(int(wrong.argmax()), len(points))
    return f"item {instrument.items[column].key}, row {row}: {codes[row, column]} is not an answer"
