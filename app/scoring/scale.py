"""One answer: its polarity, its place on 0..100 and its class."""

from enum import StrEnum

UNITS = 2520  # lcm(1..10): every code of a scale of 2 to 11 points is a whole number of these
MIN_POINTS, MAX_POINTS = 2, 11


class Stance(StrEnum):
    """Class of one respondent, or of one answer."""

    PROMOTER = "promoter"
    PASSIVE = "passive"
    DETRACTOR = "detractor"


def check_code(code: int, points: int) -> int:
    """Return an answer unchanged if the scale has it.

    Parameters
    ----------
    code : int
        Answer, 0..points-1.
    points : int
        Number of answer options.

    Returns
    -------
    int
        The same code.

    Raises
    ------
    ValueError
        The code is outside the scale or not an integer. An answer is refused, never clipped.

    Examples
    --------
    >>> check_code(4, 5)
    4
    >>> check_code(5, 5)
    Traceback (most recent call last):
    ValueError: 5 is not an answer of a scale of 5 points
    """
    if type(code) is not int or not 0 <= code < points:
        raise ValueError(f"{code!r} is not an answer of a scale of {points} points")
    return code


def reverse(code: int, points: int) -> int:
    """Turn an answer to a reverse-keyed statement round: x' = A-1-x.

    Parameters
    ----------
    code : int
        Answer, 0..points-1.
    points : int
        Number of answer options A.

    Returns
    -------
    int
        The mirrored answer; reversing twice gives the answer back.

    Raises
    ------
    ValueError
        The code is outside the scale.

    Examples
    --------
    >>> reverse(0, 5), reverse(3, 4)
    (4, 0)
    """
    return points - 1 - check_code(code, points)


def scaled(code: int, points: int) -> int:
    """Place an answer on the common range 0..2520.

    Parameters
    ----------
    code : int
        Answer after polarity correction, 0..points-1.
    points : int
        Number of answer options A, 2..11.

    Returns
    -------
    int
        y in 2520ths of the range: 2520 x / (A-1), a whole number for every A allowed.
        y in points is 100 times that over 2520.

    Raises
    ------
    ValueError
        The code is outside the scale, or the scale has fewer than 2 or more than 11 points.

    Examples
    --------
    >>> scaled(3, 5), scaled(10, 11)
    (1890, 2520)
    """
    return check_code(code, points) * unit(points)


def unit(points: int) -> int:
    """Return the distance of neighbouring answers in 2520ths of the range.

    Parameters
    ----------
    points : int
        Number of answer options, 2..11.

    Returns
    -------
    int
        2520 / (points-1), exact.

    Raises
    ------
    ValueError
        The scale has fewer than 2 or more than 11 points.

    Examples
    --------
    >>> unit(5)
    630
    """
    if not MIN_POINTS <= points <= MAX_POINTS:
        raise ValueError(f"a scale has {MIN_POINTS} to {MAX_POINTS} points, not {points}")
    return UNITS // (points - 1)


def check_cuts(points: int, max_detractor: int, min_promoter: int) -> None:
    """Refuse cut-offs that leave a code in two classes or outside the scale.

    Parameters
    ----------
    points : int
        Number of answer options A.
    max_detractor : int
        Highest detracting code, -1 if there is none.
    min_promoter : int
        Lowest promoting code, A if there is none.

    Raises
    ------
    ValueError
        Not -1 <= max_detractor < min_promoter <= A.

    Examples
    --------
    >>> check_cuts(5, 1, 3)
    >>> check_cuts(5, 3, 3)
    Traceback (most recent call last):
    ValueError: cut-offs 3 and 3 do not divide a scale of 5 points
    """
    if not -1 <= max_detractor < min_promoter <= points:
        raise ValueError(
            f"cut-offs {max_detractor} and {min_promoter} do not divide a scale of {points} points"
        )


def classify(code: int, points: int, max_detractor: int, min_promoter: int) -> Stance:
    """Classify one answer by the cut-offs of its scale.

    Parameters
    ----------
    code : int
        Answer after polarity correction, 0..points-1.
    points, max_detractor, min_promoter : int
        The scale and its cut-offs, from the survey template; see `check_cuts`.

    Returns
    -------
    Stance
        Exactly one class, non-decreasing in the code.

    Raises
    ------
    ValueError
        The code is outside the scale, or the cut-offs do not divide it.

    References
    ----------
    .. [1] B. Rocks, "Interval estimation for the Net Promoter Score", The American
       Statistician 70 (2016), doi:10.48550/arXiv.1601.07235.

    Examples
    --------
    >>> [str(classify(code, 11, 6, 9)) for code in (6, 7, 9)]
    ['detractor', 'passive', 'promoter']
    """
    check_cuts(points, max_detractor, min_promoter)
    if check_code(code, points) <= max_detractor:
        return Stance.DETRACTOR
    return Stance.PROMOTER if code >= min_promoter else Stance.PASSIVE
