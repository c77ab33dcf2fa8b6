"""The alignment score of a group: promoters % minus detractors %, exact until it is printed."""

from collections.abc import Iterable
from fractions import Fraction

from app.scoring.classes import ClassCounts

POINTS = 100


def score(classes: ClassCounts) -> Fraction | None:
    """Return the alignment score of a group.

    Parameters
    ----------
    classes : ClassCounts
        Counts of the group; the score of a parent is that of its pooled counts, never the mean
        of its children's scores.

    Returns
    -------
    Fraction or None
        S = 100 (p-d)/n, -100..100, exact. None, never 0, when nobody is classified.

    Notes
    -----
    A score from a 0-10 recommend item and one from agreement statements are different metrics:
    never average, rank or trend them together.

    Examples
    --------
    >>> score(ClassCounts(promoters=5, passives=3, detractors=2))
    Fraction(30, 1)
    >>> score(ClassCounts(0, 0, 0, unclassified=4)) is None
    True
    """
    return Fraction(POINTS * classes.net, classes.n) if classes.n else None


def variance(classes: ClassCounts) -> Fraction | None:
    """Return the variance of one answer as a -1/0/+1 trinomial.

    Parameters
    ----------
    classes : ClassCounts
        Counts of the group.

    Returns
    -------
    Fraction or None
        v = (p+d)/n - ((p-d)/n)^2, 0..1, on the scale -1..1. None when nobody is classified.

    References
    ----------
    .. [1] B. Rocks, "Interval estimation for the Net Promoter Score", The American
       Statistician 70 (2016), doi:10.48550/arXiv.1601.07235.

    Examples
    --------
    >>> variance(ClassCounts(promoters=3, passives=2, detractors=1))
    Fraction(5, 9)
    """
    if classes.n == 0:
        return None
    return Fraction(classes.promoters + classes.detractors, classes.n) - (
        Fraction(classes.net, classes.n) ** 2
    )


def favourable(classes: ClassCounts) -> Fraction | None:
    """Return the share of favourable answers to an item.

    Parameters
    ----------
    classes : ClassCounts
        Class counts of the answers to one item.

    Returns
    -------
    Fraction or None
        100 p/n, 0..100 points, exact. None when nobody answered.

    Examples
    --------
    >>> favourable(ClassCounts(promoters=1, passives=2, detractors=1))
    Fraction(25, 1)
    """
    return Fraction(POINTS * classes.promoters, classes.n) if classes.n else None


def response_rate(answered: int, invited: int | None) -> Fraction | None:
    """Return the response rate in per cent.

    Parameters
    ----------
    answered : int
        Ballots cast.
    invited : int or None
        People invited, None if unknown.

    Returns
    -------
    Fraction or None
        100 answered / invited, 0..100, exact. None when the number invited is unknown, 0, or
        below the number of answers (a headcount edited later).

    Examples
    --------
    >>> response_rate(300, 412)
    Fraction(7500, 103)
    >>> response_rate(3, 2) is None
    True
    """
    if not invited or answered > invited:
        return None
    return Fraction(POINTS * answered, invited)


def score_by_headcount(groups: Iterable[tuple[ClassCounts, int]]) -> Fraction | None:
    """Weight the scores of groups by their headcount instead of their answers.

    Parameters
    ----------
    groups : iterable of (ClassCounts, int)
        Counts and number of people invited, one pair a group.

    Returns
    -------
    Fraction or None
        sum_h (N_h/N) S_h, -100..100. None if a group with people in it has no classified
        answer, or if there is nobody.

    Notes
    -----
    Shown beside the pooled score when response rates of published children differ by more than
    20 points.

    Examples
    --------
    >>> small, large = ClassCounts(4, 0, 0), ClassCounts(0, 2, 2)
    >>> score_by_headcount([(small, 5), (large, 15)])
    Fraction(-25, 2)
    """
    present = [(classes, heads) for classes, heads in groups if heads]
    everybody = sum(heads for _, heads in present)
    scores = [(score(classes), heads) for classes, heads in present]
    if not present or any(value is None for value, _ in scores):
        return None
    return sum((value * heads for value, heads in scores if value is not None), Fraction(0)) / (
        everybody
    )


def headcount_variance(groups: Iterable[tuple[ClassCounts, int]]) -> Fraction | None:
    """Return the variance of the headcount-weighted score.

    Parameters
    ----------
    groups : iterable of (ClassCounts, int)
        As for `score_by_headcount`.

    Returns
    -------
    Fraction or None
        sum_h (N_h/N)^2 v_h/n_h on the scale -1..1; None where the score is None.

    Examples
    --------
    >>> headcount_variance([(ClassCounts(2, 0, 2), 10), (ClassCounts(4, 0, 0), 10)])
    Fraction(1, 16)
    """
    present = [(classes, heads) for classes, heads in groups if heads]
    everybody = sum(heads for _, heads in present)
    total = Fraction(0)
    for classes, heads in present:
        spread = variance(classes)
        if spread is None:
            return None
        total += Fraction(heads, everybody) ** 2 * spread / classes.n
    return total if present else None
