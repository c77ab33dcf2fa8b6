"""Do the members of one department see an item alike? Indices from histograms."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from app.scoring.moments import Moments

Histogram = Sequence[int]

# Variances of random answers that are not uniform, LeBreton & Senter 2008, Table 2, by points.
NULL_SHAPES = ("slight_skew", "moderate_skew", "heavy_skew", "triangular", "normal")
NULL_VARIANCES = {
    points: dict(zip(NULL_SHAPES, variances, strict=True))
    for points, variances in {
        5: (1.34, 0.90, 0.44, 1.32, 1.04),
        6: (1.85, 1.26, 0.69, 1.45, 1.25),
        7: (2.90, 2.14, 1.39, 2.10, 1.40),
        11: (7.31, 6.32, 4.02, 3.32, 1.40),
    }.items()
}


class Agreement(NamedTuple):
    """Agreement of one group on several items; None where it cannot be given."""

    r_wg_j: float | None
    a_wg: float | None
    ad_m: float | None
    ad_md: float | None


def agreement(histograms: Sequence[Histogram]) -> Agreement:
    """Return the four indices of one group.

    Parameters
    ----------
    histograms : sequence of sequence of int
        One histogram an item, one count a code.

    Returns
    -------
    Agreement
        `r_wg_j`, and the means over the items of `a_wg`, `ad_m` and `ad_md`.

    Examples
    --------
    >>> agreement([[0, 0, 0, 0, 5], [0, 0, 0, 5, 0]])
    Agreement(r_wg_j=1.0, a_wg=1.0, ad_m=0.0, ad_md=0.0)
    """
    return Agreement(
        r_wg_j(histograms),
        over_items(a_wg, histograms),
        over_items(ad_m, histograms),
        over_items(ad_md, histograms),
    )


def uniform_variance(points: int) -> Fraction:
    """Return the variance of answers given at random, every option as likely.

    Parameters
    ----------
    points : int
        Number of answer options A.

    Returns
    -------
    Fraction
        (A^2-1)/12 in squared codes.

    Examples
    --------
    >>> [float(uniform_variance(points)) for points in (4, 5, 7, 11)]
    [1.25, 2.0, 4.0, 10.0]
    """
    return Fraction(points * points - 1, 12)


def r_wg(histogram: Histogram, null: float | Fraction | None = None) -> float | None:
    """Return the agreement on one item compared with answering at random.

    Parameters
    ----------
    histogram : sequence of int
        Answers per code.
    null : float or Fraction, optional
        Variance under no agreement, in squared codes; uniform answering unless given.
        `NULL_VARIANCES` holds the ones for a sensitivity line.

    Returns
    -------
    float or None
        1 - min(s^2, E)/E, 0..1; None for fewer than two answers.

    Notes
    -----
    Print for 10 answers or more, else flagged "few answers". 0-.30 none, .31-.50 weak, .51-.70
    moderate, .71-.90 strong, .91-1 very strong.

    References
    ----------
    .. [1] L. R. James, R. G. Demaree and G. Wolf, "Estimating within-group interrater
       reliability with and without response bias", Journal of Applied Psychology 69 (1984),
       doi:10.1037/0021-9010.69.1.85.
    .. [2] J. M. LeBreton and J. L. Senter, "Answers to 20 questions about interrater reliability
       and interrater agreement", Organizational Research Methods 11 (2008),
       doi:10.1177/1094428106296642.

    Examples
    --------
    >>> r_wg([0, 0, 1, 2, 1])
    0.6666666666666667
    """
    noise = _noise(histogram, null)
    return None if noise is None else 1 - float(min(noise, Fraction(1)))


def r_wg_j(histograms: Sequence[Histogram], null: float | Fraction | None = None) -> float | None:
    """Return the agreement on several items together.

    Parameters
    ----------
    histograms : sequence of sequence of int
        One histogram an item; every item keeps its own number of answers.
    null : float or Fraction, optional
        As for `r_wg`, for all items.

    Returns
    -------
    float or None
        J q/(J q + r), 0..1, with r = min(mean s^2/E, 1), q = 1-r and J the items with at least
        two answers; None if there is none.

    Notes
    -----
    Falls apart when the mean variance exceeds the random one, hence the truncation.

    References
    ----------
    .. [1] L. R. James, R. G. Demaree and G. Wolf (1984), doi:10.1037/0021-9010.69.1.85.

    Examples
    --------
    >>> round(r_wg_j([[0, 0, 1, 2, 1], [0, 0, 1, 2, 1]]), 3)
    0.8
    """
    noises = [noise for one in histograms if (noise := _noise(one, null)) is not None]
    if not noises:
        return None
    r = min(sum(noises, Fraction(0)) / len(noises), Fraction(1))
    return float(len(noises) * (1 - r) / (len(noises) * (1 - r) + r))


def a_wg(histogram: Histogram) -> float | None:
    """Return the agreement on one item compared with the most disagreement its mean allows.

    Parameters
    ----------
    histogram : sequence of int
        Answers per code.

    Returns
    -------
    float or None
        1 - 2 s^2 / [((H+L)M - M^2 - HL) n/(n-1)], -1..1, L and H the ends of the scale, M the
        mean. 1 when everybody is at one end. None for fewer than two answers, fewer than A-1
        answers, or a mean so near an end that no disagreement is possible.

    Notes
    -----
    .70 and more acceptable, .60-.69 reasonable, below .60 not.

    References
    ----------
    .. [1] R. D. Brown and N. M. A. Hauenstein, "Interrater agreement reconsidered: an
       alternative to the rwg indices", Organizational Research Methods 8 (2005),
       doi:10.1177/1094428105275376.

    Examples
    --------
    >>> a_wg([0, 0, 1, 2, 1])
    0.6666666666666666
    >>> a_wg([2, 0, 0, 0, 2])
    -1.0
    """
    n, high = sum(histogram), len(histogram) - 1
    moments = Moments.of_codes(histogram)
    mean, variance = moments.mean, moments.variance
    if mean is None or variance is None or n < high:
        return None
    if mean in (0, high):
        return 1.0
    if not Fraction(high, n) <= mean <= Fraction(high * (n - 1), n):
        return None
    return float(1 - 2 * variance / (mean * (high - mean) * Fraction(n, n - 1)))


def ad_m(histogram: Histogram) -> float | None:
    """Return the mean absolute deviation from the mean.

    Parameters
    ----------
    histogram : sequence of int
        Answers per code.

    Returns
    -------
    float or None
        In codes, 0..(A-1)/2; 0 when all agree; None without answers.

    Notes
    -----
    Agreement below A/6 (.83 on 5 points, 1.17 on 7).

    References
    ----------
    .. [1] M. J. Burke, L. M. Finkelstein and M. S. Dusig, "On average deviation indices for
       estimating interrater agreement", Organizational Research Methods 2 (1999),
       doi:10.1177/109442819921004.

    Examples
    --------
    >>> ad_m([0, 0, 1, 2, 1])
    0.5
    """
    mean = Moments.of_codes(histogram).mean
    return None if mean is None else _deviation(histogram, mean)


def ad_md(histogram: Histogram) -> float | None:
    """Return the mean absolute deviation from the median.

    Parameters
    ----------
    histogram : sequence of int
        Answers per code.

    Returns
    -------
    float or None
        In codes, at most `ad_m`; None without answers.

    Notes
    -----
    Of an even number any point between the middle two answers gives the same deviation.

    References
    ----------
    .. [1] M. J. Burke, L. M. Finkelstein and M. S. Dusig (1999), doi:10.1177/109442819921004.

    Examples
    --------
    >>> ad_md([3, 0, 0, 0, 1])
    1.0
    """
    n = sum(histogram)
    return _deviation(histogram, Fraction(_code(histogram, n // 2))) if n else None


def over_items(
    measure: Callable[[Histogram], float | None], histograms: Sequence[Histogram]
) -> float | None:
    """Average an index over the items on which it can be given.

    Parameters
    ----------
    measure : callable
        `a_wg`, `ad_m` or `ad_md`.
    histograms : sequence of sequence of int
        One histogram an item.

    Returns
    -------
    float or None
        None if it can be given on no item.

    Examples
    --------
    >>> over_items(ad_m, [[0, 0, 1, 2, 1], [0, 0, 0, 4, 0], [0, 0, 0, 0, 0]])
    0.25
    """
    values = [value for one in histograms if (value := measure(one)) is not None]
    return sum(values) / len(values) if values else None


def _noise(histogram: Histogram, null: float | Fraction | None) -> Fraction | None:
    """Return the observed variance as a share of the one under no agreement."""
    variance = Moments.of_codes(histogram).variance
    expected = uniform_variance(len(histogram)) if null is None else Fraction(null)
    return None if variance is None else variance / expected


def _deviation(histogram: Histogram, centre: Fraction) -> float:
    total = sum((count * abs(code - centre) for code, count in enumerate(histogram)), Fraction(0))
    return float(total / sum(histogram))


def _code(histogram: Histogram, position: int) -> int:
    """Return the answer at a 0-based position of the sorted answers."""
    code = 0
    while position >= histogram[code]:
        position -= histogram[code]
        code += 1
    return code
