"""Are two groups different? Two departments, a department and the rest, one in two rounds."""

from collections.abc import Sequence
from math import sqrt
from sys import float_info
from typing import Literal

import numpy as np
from scipy.special import ndtr

from app.scoring.alignment import POINTS, variance
from app.scoring.classes import ClassCounts
from app.scoring.hypergeometric import probability, samples
from app.scoring.interval import Interval, adjusted, normal_quantile

PSEUDO = 0.375  # per sample: half of what one score alone gets
EXACT_LIMIT = 250_000  # product of the group sizes up to which all tables are enumerated
LEVEL = 0.05

Verdict = Literal["higher", "lower", "no clear difference"]


def rest(company: ClassCounts, department: ClassCounts) -> ClassCounts:
    """Return everybody else: a part is compared with the rest, never with the whole.

    Parameters
    ----------
    company, department : ClassCounts
        The whole and a part of it.

    Returns
    -------
    ClassCounts
        The whole without the part.

    Raises
    ------
    ValueError
        The department has more people in a class than the company.

    Examples
    --------
    >>> rest(ClassCounts(9, 5, 4), ClassCounts(5, 3, 2)).n
    8
    """
    left = ClassCounts(*(whole - part for whole, part in zip(company, department, strict=True)))
    if min(left) < 0:
        raise ValueError("the department is not a part of the company")
    return left


def difference_interval(
    first: ClassCounts, second: ClassCounts, confidence: float = 0.95, pseudo: float = PSEUDO
) -> Interval | None:
    """Return the interval of the difference of two scores.

    Parameters
    ----------
    first, second : ClassCounts
        Two groups without a common member.
    confidence : float
        Nominal coverage, 0 < confidence < 1.
    pseudo : float
        Added to promoters and to detractors of each group, twice that to passives.

    Returns
    -------
    Interval or None
        First minus second, in points, inside [-200, 200]. None when a group is empty.

    Raises
    ------
    ValueError
        The confidence is not between 0 and 1.

    Notes
    -----
    s1 - s2 +- z sqrt(v1/n1 + v2/n2) after adding (0.375, 0.75, 0.375) to each group. Lowest
    coverage .910 at 6 and 20 answers, where plain Wald has .730.

    References
    ----------
    .. [1] B. Rocks, "Interval estimation for the Net Promoter Score", The American
       Statistician 70 (2016), doi:10.48550/arXiv.1601.07235.

    Examples
    --------
    >>> low, high = difference_interval(ClassCounts(15, 13, 8), ClassCounts(13, 7, 12))
    >>> round(low, 2), round(high, 2)
    (-22.96, 54.33)
    """
    z = normal_quantile(confidence)
    if first.n == 0 or second.n == 0:
        return None
    (s1, v1, n1), (s2, v2, n2) = adjusted(first, pseudo), adjusted(second, pseudo)
    half = z * sqrt(v1 / n1 + v2 / n2)
    low, high = max(-2.0, s1 - s2 - half), min(2.0, s1 - s2 + half)
    return Interval(POINTS * low, POINTS * high)


def difference_p(first: ClassCounts, second: ClassCounts) -> float | None:
    """Test whether two scores differ: the p value printed beside a difference.

    Parameters
    ----------
    first, second : ClassCounts
        Two groups without a common member.

    Returns
    -------
    float or None
        Two-sided, in (0, 1]: `permutation_p` as mid-p while n1 n2 <= 250,000, else `pooled_z_p`.
        None when a group is empty.

    Notes
    -----
    Rounds are anonymous and cannot be paired; the test is conservative when the same people
    answer alike.

    Examples
    --------
    >>> round(difference_p(ClassCounts(15, 13, 8), ClassCounts(13, 7, 12)), 4)
    0.4281
    """
    if first.n * second.n <= EXACT_LIMIT:
        return permutation_p(first, second)
    return pooled_z_p(first, second)


def permutation_p(first: ClassCounts, second: ClassCounts, mid: bool = True) -> float | None:
    """Test whether two scores differ by every way to deal the answers to the two groups.

    Parameters
    ----------
    first, second : ClassCounts
        Two groups without a common member.
    mid : bool
        Count only half of the ways that differ exactly as much as observed (mid-p).

    Returns
    -------
    float or None
        Two-sided, in (0, 1]; 1 when the scores are equal. None when a group is empty.

    Notes
    -----
    The statistic abs(n2 (p1-d1) - n1 (p2-d2)) is an integer, so ties are exact. Takes about
    min(n1, n2)^2 / 2 steps. Mid-p has size .035 at 10 and 10 answers for a nominal .05 where the
    plain p value has .015.

    References
    ----------
    .. [1] H. O. Lancaster, "Significance tests in discrete distributions", Journal of the
       American Statistical Association 56 (1961), doi:10.1080/01621459.1961.10482105.

    Examples
    --------
    >>> round(permutation_p(ClassCounts(15, 13, 8), ClassCounts(13, 7, 12), mid=False), 4)
    0.4701
    """
    small, large = sorted((first, second), key=lambda group: group.n)
    if small.n == 0:
        return None
    observed = abs(large.n * small.net - small.n * large.net)
    if observed == 0:
        return 1.0
    pooled = small.merged(large)
    tables = samples(small.n)
    distance = np.abs(pooled.n * (tables[:, 0] - tables[:, 2]) - small.n * pooled.net)
    population = np.array([pooled[:3]], dtype=np.int64)
    beyond = float(probability(population, tables[distance > observed])[0])
    ties = float(probability(population, tables[distance == observed])[0])
    return _p_value(beyond + (0.5 if mid else 1.0) * ties)


def pooled_z_p(first: ClassCounts, second: ClassCounts) -> float | None:
    """Test whether two scores differ by the normal approximation with a pooled variance.

    Parameters
    ----------
    first, second : ClassCounts
        Two groups without a common member.

    Returns
    -------
    float or None
        Two-sided, in (0, 1]; 1 when the scores are equal. None when a group is empty.

    Notes
    -----
    v = pooled variance times n/(n-1), se = sqrt(v (1/n1 + 1/n2)). For groups too large to
    enumerate.

    Examples
    --------
    >>> round(pooled_z_p(ClassCounts(15, 13, 8), ClassCounts(13, 7, 12)), 4)
    0.4229
    """
    pooled = first.merged(second)
    spread = variance(pooled)
    if first.n == 0 or second.n == 0 or spread is None:
        return None
    difference = first.net / first.n - second.net / second.n
    if first.net * second.n == second.net * first.n:
        return 1.0
    v = float(spread) * pooled.n / (pooled.n - 1)
    z = abs(difference) / sqrt(v * (1 / first.n + 1 / second.n))
    return _p_value(2 * float(ndtr(-z)))


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p values for the number of comparisons printed together.

    Parameters
    ----------
    p_values : sequence of float
        The family actually printed (only publishable groups), each 0..1.

    Returns
    -------
    tuple of float
        q_(i) = min over j >= i of m p_(j) / j, at most 1, in the order given; never below p.

    Raises
    ------
    ValueError
        A p value lies outside 0..1.

    References
    ----------
    .. [1] Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the
       Royal Statistical Society B 57 (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    (0.03, 0.04, 0.04)
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("p values lie between 0 and 1")
    adjusted_values = [1.0] * len(p_values)
    least = 1.0
    ascending = sorted(range(len(p_values)), key=lambda i: p_values[i])
    for rank in range(len(ascending), 0, -1):
        position = ascending[rank - 1]
        least = min(least, len(p_values) / rank * p_values[position])
        adjusted_values[position] = least
    return tuple(adjusted_values)


def verdict(interval: Interval, q: float) -> Verdict:
    """Put a difference in words: an arrow needs an interval that excludes 0.

    Parameters
    ----------
    interval : Interval
        Of the difference, from `difference_interval`.
    q : float
        Adjusted p value of the same difference, from `benjamini_hochberg`.

    Returns
    -------
    str
        "higher" or "lower" if the interval excludes 0 and q <= 0.05, else "no clear difference".

    Examples
    --------
    >>> verdict(Interval(2.0, 20.0), q=0.03), verdict(Interval(2.0, 20.0), q=0.2)
    ('higher', 'no clear difference')
    """
    if q > LEVEL or interval.low <= 0 <= interval.high:
        return "no clear difference"
    return "higher" if interval.low > 0 else "lower"


def _p_value(p: float) -> float:
    """Keep rounding from making a probability 0 or more than 1."""
    return min(1.0, max(float_info.min, p))
