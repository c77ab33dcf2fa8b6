"""How sure one score is about these people, this round: intervals that use the headcount."""

from fractions import Fraction
from functools import lru_cache
from math import comb, sqrt
from typing import Literal, NamedTuple

import numpy as np

from app.scoring.classes import ClassCounts
from app.scoring.hypergeometric import Tables, probability, samples
from app.scoring.interval import POINTS, Interval, adjusted, adjusted_wald, normal_quantile

LEVEL = Fraction(1, 20)  # what "95 %" leaves out
TOO_CLOSE = 1e-9  # a probability this near the level is computed again in integers
COST_LIMIT = 2_000_000  # pairs of a completion and a sample table; above it the formula


class PeopleInterval(NamedTuple):
    """The interval printed beside a score.

    Attributes
    ----------
    low, high : float
        Ends in points, -100..100.
    name : str
        "exact" or "predictive"; "adjusted_wald" if the number of people is unknown.
    people_known : bool
        False if no usable headcount was given, or more people answered than it says: print a
        data warning.
    """

    low: float
    high: float
    name: Literal["exact", "predictive", "adjusted_wald"]
    people_known: bool


def finite_population_interval(classes: ClassCounts, invited: int | None) -> PeopleInterval | None:
    """Choose and compute the 95 % interval for "these people, this round".

    Parameters
    ----------
    classes : ClassCounts
        Counts of those who could be classified.
    invited : int or None
        People asked (N); None if unknown.

    Returns
    -------
    PeopleInterval or None
        `exact_interval` while (m+1)(m+2)(n+1)(n+2)/4 <= 2,000,000 with m = N-n, else
        `predictive_interval`. With N unknown or below n, `interval.adjusted_wald` and
        `people_known` False. None when nobody is classified.

    Notes
    -----
    Assumes that people who did not answer resemble those who did; `no_assumption_range` does not.

    Examples
    --------
    >>> finite_population_interval(ClassCounts(10, 0, 0), 10)
    PeopleInterval(low=100.0, high=100.0, name='exact', people_known=True)
    >>> finite_population_interval(ClassCounts(10, 0, 0), 9).people_known
    False
    """
    if classes.n == 0:
        return None
    if invited is None or invited < classes.n:
        without = adjusted_wald(classes)
        assert without is not None
        return PeopleInterval(*without, "adjusted_wald", people_known=False)
    if _cost(classes.n, invited - classes.n) <= COST_LIMIT:
        return PeopleInterval(*_known(exact_interval(classes, invited)), "exact", True)
    return PeopleInterval(*_known(predictive_interval(classes, invited)), "predictive", True)


def no_assumption_range(classes: ClassCounts, invited: int | None) -> Interval | None:
    """Return every score possible once all the missing people are counted (Manski's bounds).

    Parameters
    ----------
    classes : ClassCounts
        Counts of those who could be classified.
    invited : int or None
        People asked (N).

    Returns
    -------
    Interval or None
        [(p-d-m)/N, (p-d+m)/N] in points, m = N-n people not classified. None when nobody is
        classified, or N is unknown or below n.

    References
    ----------
    .. [1] C. F. Manski, Partial Identification of Probability Distributions, Springer 2003,
       doi:10.1007/b97478.

    Examples
    --------
    >>> low, high = no_assumption_range(ClassCounts(promoters=5, passives=3, detractors=2), 12)
    >>> round(low, 1), round(high, 1)
    (8.3, 41.7)
    """
    if classes.n == 0 or invited is None or invited < classes.n:
        return None
    missing = invited - classes.n
    return Interval(
        POINTS * (classes.net - missing) / invited, POINTS * (classes.net + missing) / invited
    )


def predictive_interval(
    classes: ClassCounts, invited: int, confidence: float = 0.95
) -> Interval | None:
    """Predict the score of everybody invited by a formula.

    Parameters
    ----------
    classes : ClassCounts
        Counts of those who could be classified.
    invited : int
        People asked (N).
    confidence : float
        Nominal coverage, 0 < confidence < 1.

    Returns
    -------
    Interval or None
        In points. With the adjusted s~, v~, n~ and m = N-n: centre ((p-d) + m s~)/N, variance
        (m/N)^2 (v~/m + v~/n~), cut to the no-assumption range; zero width when m = 0. None when
        nobody is classified or N is below n.

    Raises
    ------
    ValueError
        The confidence is not between 0 and 1.

    Examples
    --------
    >>> low, high = predictive_interval(ClassCounts(promoters=5, passives=3, detractors=2), 12)
    >>> round(low, 2), round(high, 2)
    (9.62, 41.67)
    """
    z = normal_quantile(confidence)
    bounds = no_assumption_range(classes, invited)
    if bounds is None or invited == classes.n:
        return bounds
    missing = invited - classes.n
    s, v, size = adjusted(classes)
    centre = (classes.net + missing * s) / invited
    half = z * missing / invited * sqrt(v / missing + v / size)
    return Interval(
        max(bounds.low, POINTS * (centre - half)), min(bounds.high, POINTS * (centre + half))
    )


@lru_cache(maxsize=4096)
def exact_interval(classes: ClassCounts, invited: int) -> Interval | None:
    """Return the exact 95 % interval for the score of everybody invited.

    Parameters
    ----------
    classes : ClassCounts
        Counts of those who could be classified.
    invited : int
        People asked (N).

    Returns
    -------
    Interval or None
        In points: the smallest and largest population score T, over every way the m = N-n
        missing people could have answered, for which a sample of n of the N lies at least as far
        from T as the one observed with probability above 0.05 (multivariate hypergeometric).
        None when nobody is classified or N is below n.

    Notes
    -----
    Takes about m^2 n^2 / 4 steps, see `finite_population_interval`. Contains the score, lies
    inside the no-assumption range. A probability too close to 0.05 for floats is decided in
    integers.

    Examples
    --------
    >>> low, high = exact_interval(ClassCounts(promoters=10, passives=0, detractors=0), 12)
    >>> round(low, 1), round(high, 1)
    (83.3, 100.0)
    """
    bounds = no_assumption_range(classes, invited)
    if bounds is None or invited == classes.n:
        return bounds
    high = _furthest(classes, invited)
    low = -_furthest(classes.mirrored(), invited)
    return Interval(POINTS * low / invited, POINTS * high / invited)


def _known(interval: Interval | None) -> Interval:
    assert interval is not None
    return interval


def _cost(n: int, missing: int) -> int:
    return (missing + 1) * (missing + 2) * (n + 1) * (n + 2) // 4


def _furthest(classes: ClassCounts, invited: int) -> int:
    """Return the largest population net (promoters - detractors) that is not rejected."""
    missing = invited - classes.n
    net = classes.net + missing
    while not _kept(_completions(classes, missing, net), classes):
        net -= 1
    return net


def _completions(classes: ClassCounts, missing: int, net: int) -> Tables:
    """List the populations (promoters, passives, detractors) with a given net."""
    change = net - classes.net
    detractors = np.arange(max(0, -change), (missing - change) // 2 + 1, dtype=np.int64)
    promoters = detractors + change
    added = np.stack([promoters, missing - promoters - detractors, detractors], axis=1)
    return added + np.array(classes[:3], dtype=np.int64)


def _kept(populations: Tables, classes: ClassCounts) -> bool:
    """Tell whether any of these populations, all of one net, is compatible with the sample."""
    people, net = int(populations[0].sum()), int(populations[0, 0] - populations[0, 2])
    tables = samples(classes.n)
    distance = np.abs(people * (tables[:, 0] - tables[:, 2]) - classes.n * net)
    far = tables[distance >= abs(people * classes.net - classes.n * net)]
    tails = zip(populations, probability(populations, far).tolist(), strict=True)
    return any(_likely(tail, population, far) for population, tail in tails)


def _likely(tail: float, population: Tables, tables: Tables) -> bool:
    if abs(tail - float(LEVEL)) < TOO_CLOSE:
        return _exact_tail(population, tables) > LEVEL
    return tail > LEVEL


def _exact_tail(population: Tables, tables: Tables) -> Fraction:
    sizes = [int(size) for size in population]
    ways = sum(
        comb(sizes[0], promoters) * comb(sizes[1], passives) * comb(sizes[2], detractors)
        for promoters, passives, detractors in tables.tolist()
    )
    return Fraction(ways, comb(sum(sizes), int(tables[0].sum())))
