"""Two groups on one ordinal item, from its histograms: a rank test and an effect size."""

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from scipy.special import ndtr

CONTINUITY = 0.5


class MannWhitney(NamedTuple):
    """Result of the rank test.

    Attributes
    ----------
    u : Fraction
        Pairs in which the first group is above the second, ties counted half; 0..n1 n2.
    p : float
        Two-sided, 0..1.
    """

    u: Fraction
    p: float


def cliffs_delta(first: Sequence[int], second: Sequence[int]) -> Fraction | None:
    """Return how much more often the first group answers higher than lower.

    Parameters
    ----------
    first, second : sequence of int
        Histograms on the same scale, one count a code.

    Returns
    -------
    Fraction or None
        P(first > second) - P(first < second), -1..1, exact. None when a group is empty.

    Raises
    ------
    ValueError
        The histograms have different lengths.

    References
    ----------
    .. [1] N. Cliff, "Dominance statistics", Psychological Bulletin 114 (1993),
       doi:10.1037/0033-2909.114.3.494.

    Examples
    --------
    >>> cliffs_delta([0, 1, 3], [2, 1, 1])
    Fraction(5, 8)
    """
    if len(first) != len(second):
        raise ValueError("histograms of one scale are needed")
    pairs = sum(first) * sum(second)
    if pairs == 0:
        return None
    below, above, net = 0, sum(second), 0
    for mine, theirs in zip(first, second, strict=True):
        above -= theirs
        net += mine * (below - above)
        below += theirs
    return Fraction(net, pairs)


def mann_whitney(first: Sequence[int], second: Sequence[int]) -> MannWhitney | None:
    """Test whether one group answers an item higher than the other.

    Parameters
    ----------
    first, second : sequence of int
        Histograms on the same scale, one count a code.

    Returns
    -------
    MannWhitney or None
        Normal approximation with tie correction,
        var = n1 n2/12 [(N+1) - sum(t^3-t)/(N(N-1))], and continuity correction 0.5. p is 1 when
        everybody gave one answer. None when a group is empty.

    Raises
    ------
    ValueError
        The histograms have different lengths.

    References
    ----------
    .. [1] H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is
       stochastically larger than the other", Annals of Mathematical Statistics 18 (1947),
       doi:10.1214/aoms/1177730491.

    Examples
    --------
    >>> test = mann_whitney([2, 18, 1, 0], [1, 7, 12, 2])
    >>> test.u, round(test.p, 6)
    (Fraction(96, 1), 0.000207)
    """
    delta = cliffs_delta(first, second)
    if delta is None:
        return None
    pairs, n = sum(first) * sum(second), sum(first) + sum(second)
    ties = [mine + theirs for mine, theirs in zip(first, second, strict=True)]
    tied = Fraction(sum(t**3 - t for t in ties), n * (n - 1))
    spread = Fraction(pairs, 12) * (n + 1 - tied)
    if spread == 0:
        return MannWhitney((delta + 1) / 2 * pairs, 1.0)
    distance = max(0.0, float(abs(delta) * pairs / 2) - CONTINUITY)
    return MannWhitney((delta + 1) / 2 * pairs, 2 * float(ndtr(-distance / sqrt(spread))))
