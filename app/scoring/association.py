"""Do two figures go up and down together? How closely, and how sure; never why."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.scoring.drivers import fisher_interval
from app.scoring.interval import Interval

FEWEST_PAIRS = 6


class Association(NamedTuple):
    """A correlation, its interval and the number of pairs it was taken from."""

    r: float
    interval: Interval
    n: int


def association(
    first: Sequence[float], second: Sequence[float], fewest: int = FEWEST_PAIRS
) -> Association | None:
    """Return how closely two figures of the same months go together.

    Parameters
    ----------
    first, second : sequence of float
        The two figures, month by month.
    fewest : int
        Pairs below which nothing is said, at least 4.

    Returns
    -------
    Association or None
        Pearson's correlation, -1..1, with Fisher's interval at 95 %. None for too few pairs, or
        where one of the two never changes.

    Raises
    ------
    ValueError
        The two are not of the same length.

    Notes
    -----
    Months in a row resemble one another, so that the interval is rather too narrow: it is a
    reason to look closer, and no proof of anything.

    Examples
    --------
    >>> found = association([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5])
    >>> round(found.r, 4), round(found.interval.low, 3), round(found.interval.high, 3), found.n
    (0.8286, 0.052, 0.981, 6)
    """
    if len(first) != len(second):
        raise ValueError("both figures must have a value for every month")
    if len(first) < fewest or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    r = float(np.clip(np.corrcoef(first, second)[0, 1], -1.0, 1.0))
    interval = fisher_interval(r, len(first))
    return None if interval is None else Association(r, interval, len(first))
