"""Do two departments see it the same way? The gap of two views of one item or theme."""

from collections.abc import Sequence
from math import sqrt
from sys import float_info
from typing import Literal, NamedTuple

from scipy.special import stdtr, stdtrit

from app.scoring.distance import noise_floor, permutation_p, wasserstein
from app.scoring.interval import normal_quantile
from app.scoring.moments import Moments

LEVEL = 0.05

Verdict = Literal["higher", "lower", "spread differently", "no clear gap"]


class Gap(NamedTuple):
    """Difference of two means on the index scale.

    Attributes
    ----------
    gap : float
        First minus second, -100..100 points.
    low, high : float or None
        Welch interval; None if a group has fewer than two answers, or neither varies.
    p : float or None
        Two-sided p value of Welch's test, None where there is no interval.
    """

    gap: float
    low: float | None
    high: float | None
    p: float | None


class View(NamedTuple):
    """Everything printed about two views of one item.

    Attributes
    ----------
    gap : float
        First minus second, -100..100 points.
    low, high : float or None
        Its Welch interval.
    wasserstein : float
        Distance of the two histograms, 0..100 points.
    noise : float
        Distance chance alone would give.
    p : float
        Permutation p value of the distance.
    """

    gap: float
    low: float | None
    high: float | None
    wasserstein: float
    noise: float
    p: float


def mean_gap(first: Moments, second: Moments, confidence: float = 0.95) -> Gap | None:
    """Return the gap of two means with its Welch interval.

    Parameters
    ----------
    first, second : Moments
        Two groups in index points: of an item (`Moments.of_histogram`) or of a theme
        (`Counters.theme_moments`).
    confidence : float
        Nominal coverage, 0 < confidence < 1.

    Returns
    -------
    Gap or None
        None when a group is empty.

    Raises
    ------
    ValueError
        The confidence is not between 0 and 1.

    Notes
    -----
    se = sqrt(s1^2/n1 + s2^2/n2) with Welch-Satterthwaite degrees of freedom. Two groups that are
    each of one mind give no interval: certainty from a handful of equal answers would be false.

    References
    ----------
    .. [1] B. L. Welch, "The generalization of 'Student's' problem when several different
       population variances are involved", Biometrika 34 (1947), doi:10.1093/biomet/34.1-2.28.

    Examples
    --------
    >>> sales, marketing = Moments.of_values([50, 75, 75, 100]), Moments.of_values([25, 50, 50])
    >>> [round(number, 2) for number in mean_gap(sales, marketing)]
    [33.33, -0.54, 67.2, 0.05]
    """
    normal_quantile(confidence)
    if first.mean is None or second.mean is None:
        return None
    gap = float(first.mean - second.mean)
    if first.variance is None or second.variance is None:
        return Gap(gap, None, None, None)
    one, other = float(first.variance / first.n), float(second.variance / second.n)
    if one + other == 0:
        return Gap(gap, None, None, None)
    freedom = (one + other) ** 2 / (one**2 / (first.n - 1) + other**2 / (second.n - 1))
    error = sqrt(one + other)
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    p = max(float_info.min, 2 * float(stdtr(freedom, -abs(gap) / error)))
    return Gap(gap, gap - half, gap + half, p)


def compare_views(first: Sequence[int], second: Sequence[int]) -> View | None:
    """Compare two views of one item.

    Parameters
    ----------
    first, second : sequence of int
        Histograms after polarity correction, on the same scale.

    Returns
    -------
    View or None
        None when either is empty.

    Raises
    ------
    ValueError
        The histograms have different lengths, or fewer than two codes.

    Notes
    -----
    Which two views decides what the gap means: own views of A and B (means); a guess of B's answer
    and B's answer (guess); see `perception_gap` for the third. The asymmetry of two departments
    is the gap between V's view of U and U's view of V.

    Examples
    --------
    >>> view = compare_views([0, 0, 2, 6, 4], [2, 4, 4, 2, 0])
    >>> round(view.gap, 1), round(view.wasserstein, 1), view.p < 0.05
    (41.7, 41.7, True)
    """
    distance, noise = wasserstein(first, second), noise_floor(first, second)
    gap = mean_gap(Moments.of_histogram(first), Moments.of_histogram(second))
    p = permutation_p(first, second)
    if gap is None or distance is None or noise is None or p is None:
        return None
    return View(gap.gap, gap.low, gap.high, float(distance), noise, p)


def perception_gap(own: Sequence[int], seen: Sequence[int]) -> View | None:
    """Compare how a department sees itself with how another sees it.

    Parameters
    ----------
    own : sequence of int
        Histogram of U's answers about U.
    seen : sequence of int
        Histogram of V's answers about U, on the same scale.

    Returns
    -------
    View or None
        Gap positive if U sees itself better than V does. None when either is empty.

    Raises
    ------
    ValueError
        The histograms have different lengths, or fewer than two codes.

    References
    ----------
    .. [1] L. E. Atwater and F. J. Yammarino, "Does self-other agreement on leadership perceptions
       moderate the validity of leadership and performance predictions?", Personnel Psychology
       45 (1992), doi:10.1111/j.1744-6570.1992.tb00848.x.

    Examples
    --------
    >>> perception_gap(own=[0, 0, 0, 3, 3], seen=[0, 3, 3, 0, 0]).gap
    50.0
    """
    return compare_views(own, seen)


def verdict(gap: float, low: float | None, high: float | None, q: float | None) -> Verdict:
    """Put a gap in words.

    Parameters
    ----------
    gap : float
        First minus second, in index points.
    low, high : float or None
        Its Welch interval, None where there is none.
    q : float or None
        Adjusted p value of the distance of the two histograms, or of Welch's test where only means
        are known; None where there is no test.

    Returns
    -------
    str
        "higher" or "lower" if the interval excludes 0 and q is at most .05; "spread differently"
        if q alone is: not the same answers, and open whether they differ on average. Else "no
        clear gap".

    Examples
    --------
    >>> verdict(12.0, 4.0, 20.0, q=0.01), verdict(12.0, 4.0, 20.0, q=0.3)
    ('higher', 'no clear gap')
    >>> verdict(0.0, -9.0, 9.0, q=0.001)
    'spread differently'
    """
    if q is None or q > LEVEL:
        return "no clear gap"
    if low is not None and high is not None and not low <= 0 <= high:
        return "higher" if gap > 0 else "lower"
    return "spread differently"
