"""How sure one score is, as a sample of an unlimited process: intervals without the headcount."""

from math import sqrt
from typing import NamedTuple

from scipy.optimize import brentq
from scipy.special import ndtri

from app.scoring.classes import ClassCounts

POINTS = 100
PSEUDO = 0.75  # added to promoters and to detractors; twice that to passives


class Interval(NamedTuple):
    """Both ends of an interval, in the unit of the estimate, low <= high."""

    low: float
    high: float


def normal_quantile(confidence: float) -> float:
    """Return the two-sided normal quantile.

    Parameters
    ----------
    confidence : float
        0 < confidence < 1.

    Returns
    -------
    float
        z with P(abs(Z) <= z) = confidence.

    Raises
    ------
    ValueError
        The confidence is not between 0 and 1.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    return float(ndtri((1 + confidence) / 2))


def adjusted(classes: ClassCounts, pseudo: float = PSEUDO) -> tuple[float, float, float]:
    """Return score, variance and size after adding pseudo-counts.

    Parameters
    ----------
    classes : ClassCounts
        Counts of the group.
    pseudo : float
        Added to promoters and to detractors, twice that to passives; > 0 if the group is empty.

    Returns
    -------
    tuple of float
        s~ on the scale -1..1, v~ (variance of one answer), n~ = n + 4 pseudo.

    Examples
    --------
    >>> s, v, size = adjusted(ClassCounts(5, 3, 2))
    >>> round(s, 4), round(v, 4), size
    (0.2308, 0.6006, 13.0)
    """
    size = classes.n + 4 * pseudo
    s = classes.net / size
    return s, (classes.promoters + classes.detractors + 2 * pseudo) / size - s * s, size


def adjusted_wald(classes: ClassCounts, confidence: float = 0.95) -> Interval | None:
    """Return the adjusted Wald interval of an alignment score, the default interval.

    Parameters
    ----------
    classes : ClassCounts
        Counts of the group.
    confidence : float
        Nominal coverage, 0 < confidence < 1.

    Returns
    -------
    Interval or None
        In points, inside [-100, 100]; None when nobody is classified.

    Raises
    ------
    ValueError
        The confidence is not between 0 and 1.

    Notes
    -----
    Adds 0.75 promoters, 1.5 passives and 0.75 detractors, then Wald. Mean coverage .951 at n = 5
    where plain Wald has .826. Contains the score for n >= 2. Answers "is this team different, has
    it changed"; for "these people, this round" see `finite.finite_population_interval`, and never
    shrink this width by a finite population correction (coverage falls to 0).

    References
    ----------
    .. [1] B. Rocks, "Interval estimation for the Net Promoter Score", The American
       Statistician 70 (2016), doi:10.48550/arXiv.1601.07235.

    Examples
    --------
    >>> low, high = adjusted_wald(ClassCounts(promoters=5, passives=3, detractors=2))
    >>> round(low, 1), round(high, 1)
    (-19.1, 65.2)
    >>> adjusted_wald(ClassCounts(5, 0, 0)).high
    100.0
    """
    z = normal_quantile(confidence)
    if classes.n == 0:
        return None
    s, v, size = adjusted(classes)
    half = z * sqrt(v / size)
    return Interval(POINTS * max(-1.0, s - half), POINTS * min(1.0, s + half))


def score_interval(classes: ClassCounts, confidence: float = 0.95) -> Interval | None:
    """Return the score interval of an alignment score (Tango's form).

    Parameters
    ----------
    classes : ClassCounts
        Counts of the group.
    confidence : float
        Nominal coverage, 0 < confidence < 1.

    Returns
    -------
    Interval or None
        In points, inside [-100, 100]: every D with
        abs(p - d - n D) <= z sqrt(n (2 q + D (1-D))), q the detractor share most likely under D.
        None when nobody is classified.

    Raises
    ------
    ValueError
        The confidence is not between 0 and 1.

    References
    ----------
    .. [1] T. Tango, "Equivalence test and confidence interval for the difference in proportions
       for the paired-sample design", Statistics in Medicine 17 (1998),
       doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.

    Examples
    --------
    >>> low, high = score_interval(ClassCounts(promoters=5, passives=0, detractors=0))
    >>> round(low, 1), high
    (13.1, 100.0)
    """
    z = normal_quantile(confidence)
    if classes.n == 0:
        return None
    return Interval(-POINTS * _upper_end(classes.mirrored(), z), POINTS * _upper_end(classes, z))


def _upper_end(classes: ClassCounts, z: float) -> float:
    observed = classes.net / classes.n
    if observed == 1.0:
        return 1.0
    # The excess is 0 at the score itself where all are passive: start just above it.
    start = observed + 1e-9 * (1 - observed)
    return float(brentq(lambda d: _excess(classes, d, z), start, 1.0, xtol=1e-13, rtol=1e-13))


def _excess(classes: ClassCounts, d: float, z: float) -> float:
    n = classes.n
    variance = n * (2 * _detractor_share(classes, d) + d * (1 - d))
    return (classes.net - n * d) ** 2 - z * z * variance


def _detractor_share(classes: ClassCounts, d: float) -> float:
    """Maximise the likelihood of the trinomial with score d: the root of a x^2 + b x + c."""
    n, detractors, promoters = classes.n, classes.detractors, classes.promoters
    a = 2 * n
    b = -detractors - promoters + (2 * n - promoters + detractors) * d
    c = -detractors * d * (1 - d)
    return float((sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a))
