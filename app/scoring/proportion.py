"""How sure a share is: response rate, favourability, and the shares of the classes together."""

from collections.abc import Sequence
from math import sqrt

from app.scoring.interval import Interval, normal_quantile


def wilson(count: int, n: int, confidence: float = 0.95) -> Interval | None:
    """Return the Wilson interval of one proportion.

    Parameters
    ----------
    count, n : int
        Successes and trials, 0 <= count <= n.
    confidence : float
        Nominal coverage, 0 < confidence < 1.

    Returns
    -------
    Interval or None
        Inside [0, 1]; contains count/n. None when n = 0.

    Raises
    ------
    ValueError
        Not 0 <= count <= n, or the confidence is not between 0 and 1.

    References
    ----------
    .. [1] R. G. Newcombe, "Two-sided confidence intervals for the single proportion",
       Statistics in Medicine 17 (1998),
       doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.

    Examples
    --------
    >>> low, high = wilson(81, 263)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    z = normal_quantile(confidence)
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is not a share")
    if n == 0:
        return None
    size = n + z * z
    centre = (count + z * z / 2) / size
    half = z * sqrt(count * (n - count) / n + z * z / 4) / size
    low = centre - half if count else 0.0
    return Interval(low, centre + half if count < n else 1.0)


def goodman(counts: Sequence[int], confidence: float = 0.95) -> tuple[Interval, ...] | None:
    """Return simultaneous intervals of the shares of several classes.

    Parameters
    ----------
    counts : sequence of int
        One count a class, each 0 or more.
    confidence : float
        Nominal coverage of all of them together, 0 < confidence < 1.

    Returns
    -------
    tuple of Interval or None
        One interval a class, inside [0, 1]. None when all counts are 0.

    Raises
    ------
    ValueError
        A count is negative, or the confidence is not between 0 and 1.

    Notes
    -----
    A Wilson interval for each of the k classes at confidence 1 - (1-confidence)/k.

    References
    ----------
    .. [1] L. A. Goodman, "On simultaneous confidence intervals for multinomial proportions",
       Technometrics 7 (1965), doi:10.1080/00401706.1965.10490252.

    Examples
    --------
    >>> [round(end, 3) for end in goodman((56, 72, 73, 59, 62, 87, 58))[0]]
    [0.085, 0.166]
    """
    n = sum(counts)
    each = [wilson(count, n, 1 - (1 - confidence) / len(counts)) for count in counts]
    return tuple(interval for interval in each if interval is not None) or None
