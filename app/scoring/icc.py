"""How much of the spread of answers lies between departments."""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from app.scoring.moments import Moments


class IntraclassCorrelation(NamedTuple):
    """Between-department share of the variance, and the reliability of department means.

    Attributes
    ----------
    icc1 : float or None
        At most 1; can be negative and is then reported so.
    icc2 : float or None
        At most 1; may be very negative. None if all department means are equal.
    groups : int
        Departments with an answer.
    """

    icc1: float | None
    icc2: float | None
    groups: int


def icc(departments: Iterable[Moments]) -> IntraclassCorrelation:
    """Return ICC(1) and ICC(2) from the moments of each department.

    Parameters
    ----------
    departments : iterable of Moments
        One entry a department, all in one unit; departments without answers are left out.

    Returns
    -------
    IntraclassCorrelation
        ICC(1) = (MSB-MSW)/(MSB+(k-1)MSW), ICC(2) = (MSB-MSW)/MSB with k the mean department
        size. None for fewer than two departments, no department of two, or no spread at all.

    Notes
    -----
    ICC(1): .01 small, .10 medium, .25 large. ICC(2): .70 and more to compare department means.
    ICC(2) is the Spearman-Brown step of ICC(1) to k answers.

    References
    ----------
    .. [1] P. D. Bliese, "Within-group agreement, non-independence, and reliability", in K. J.
       Klein and S. W. J. Kozlowski (eds.), Multilevel Theory, Research, and Methods in
       Organizations, Jossey-Bass 2000.

    Examples
    --------
    >>> result = icc([Moments.of_values([1, 2, 3]), Moments.of_values([4, 5, 6])])
    >>> round(result.icc1, 4), round(result.icc2, 4), result.groups
    (0.8065, 0.9259, 2)
    """
    present = [moments for moments in departments if moments.n]
    pooled = sum(present, Moments.of_values([]))
    groups = len(present)
    if groups < 2 or pooled.n == groups:
        return IntraclassCorrelation(None, None, groups)
    within = sum((moments.spread for moments in present), Fraction(0))
    between = (pooled.spread - within) / (groups - 1)
    within /= pooled.n - groups
    size = Fraction(pooled.n, groups)
    return IntraclassCorrelation(
        _ratio(between - within, between + (size - 1) * within),
        _ratio(between - within, between),
        groups,
    )


def _ratio(part: Fraction, whole: Fraction) -> float | None:
    return float(part / whole) if whole else None
