"""One respondent on several items: the mean of the answers and its class, in exact integers."""

from collections.abc import Sequence
from fractions import Fraction

from app.scoring.scale import UNITS, Stance

DETRACTOR_BELOW = 945  # 37.5 % of 2520, half-way between "disagree" and "neutral"
PROMOTER_ABOVE = 1575  # 62.5 % of 2520, half-way between "neutral" and "agree"


def composite(units: Sequence[int | None]) -> Fraction | None:
    """Return the mean of the answered items of one respondent.

    Parameters
    ----------
    units : sequence of int or None
        One entry an item of the instrument: y in 2520ths after polarity correction
        (`scale.scaled`), None where blank or not applicable.

    Returns
    -------
    Fraction or None
        Y, 0..100 points, exact. None when fewer than half of the items are answered.

    Notes
    -----
    Missing answers are left out, never read as 0 or as neutral. The half rule is the one of the
    scoring manuals of the SF-36 and EORTC questionnaires.

    Examples
    --------
    >>> composite([1890, 2520, None, None])
    Fraction(175, 2)
    >>> composite([1890, None, None, None]) is None
    True
    """
    answers = [unit for unit in units if unit is not None]
    if not enough(len(answers), len(units)):
        return None
    return Fraction(100 * sum(answers), UNITS * len(answers))


def stance(units: Sequence[int | None]) -> Stance | None:
    """Classify one respondent by the composite.

    Parameters
    ----------
    units : sequence of int or None
        As for `composite`.

    Returns
    -------
    Stance or None
        Detractor below 37.5, promoter above 62.5, passive between and on both borders.
        None (unclassified) when fewer than half of the items are answered.

    Notes
    -----
    Compared as integers, sum against 945 m and 1575 m, so that turning every answer round swaps
    promoters and detractors exactly.

    Examples
    --------
    >>> str(stance([0, 0, None, None]))
    'detractor'
    >>> str(stance([945, 945]))
    'passive'
    """
    answers = [unit for unit in units if unit is not None]
    if not enough(len(answers), len(units)):
        return None
    if sum(answers) < DETRACTOR_BELOW * len(answers):
        return Stance.DETRACTOR
    return Stance.PROMOTER if sum(answers) > PROMOTER_ABOVE * len(answers) else Stance.PASSIVE


def enough(answered: int, items: int) -> bool:
    """Tell whether a respondent answered enough items to be classified.

    Parameters
    ----------
    answered, items : int
        Items answered, items of the instrument.

    Returns
    -------
    bool
        True if at least one and at least half of the items are answered.

    Examples
    --------
    >>> enough(2, 4), enough(1, 4), enough(0, 0)
    (True, False, False)
    """
    return answered > 0 and 2 * answered >= items
