"""Do the items of an instrument measure one thing? About the questionnaire, not the staff."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtri

from app.scoring.interval import Interval, normal_quantile
from app.scoring.omega import omega
from app.scoring.products import CrossProducts, correlation

LEAST_COMPLETE = 50  # complete answers below which nothing is shown
NOTHING = 1e-12  # a variance this small beside the others is rounding


class ItemReliability(NamedTuple):
    """What one item adds; None where it cannot be given."""

    key: str
    item_rest: float | None
    alpha_if_dropped: float | None


class Reliability(NamedTuple):
    """Reliability of an instrument.

    Attributes
    ----------
    n : int
        Complete answers it is computed from.
    alpha, alpha_low, alpha_high : float or None
        Cronbach's alpha and its Feldt interval; negative: "check reverse keys".
    omega : float or None
        McDonald's omega; for two items the Spearman-Brown coefficient. None if one factor does
        not fit: keep alpha.
    items : tuple of ItemReliability
        One entry an item.
    """

    n: int
    alpha: float | None
    alpha_low: float | None
    alpha_high: float | None
    omega: float | None
    items: tuple[ItemReliability, ...]


def reliability(
    products: CrossProducts, keys: Sequence[str], least: int = LEAST_COMPLETE
) -> Reliability | None:
    """Describe the reliability of an instrument from its complete answers.

    Parameters
    ----------
    products : CrossProducts
        Over the rows on which every item is answered (listwise), polarity corrected.
    keys : sequence of str
        Keys of the items, in the same order.
    least : int
        Complete answers needed.

    Returns
    -------
    Reliability or None
        None below `least` complete answers or without items.

    Raises
    ------
    ValueError
        Keys and items differ in number.

    Notes
    -----
    .70 and more is acceptable. Which missing-data rule is used matters: one published example
    gives .733 pairwise, .802 listwise and .738 with imputed medians; listwise is ours.

    Examples
    --------
    >>> rows = [(1, 2, 2), (2, 2, 3), (3, 4, 4), (4, 4, 4), (2, 3, 2)] * 10
    >>> result = reliability(CrossProducts.of_rows(rows), ["goals", "trust", "tools"])
    >>> result.n, round(result.alpha, 3), result.items[0].key
    (50, 0.938, 'goals')
    """
    if len(keys) != len(products.sums):
        raise ValueError("one key an item is needed")
    covariance = products.covariance()
    if covariance is None or products.n < least or not keys:
        return None
    a = alpha(covariance)
    low, high = (None, None) if a is None else feldt_interval(a, products.n, len(keys))
    rests, dropped = item_rest(covariance), alpha_if_dropped(covariance)
    items = tuple(map(ItemReliability, keys, rests, dropped))
    return Reliability(products.n, a, low, high, _omega(covariance), items)


def alpha(covariance: NDArray[np.float64]) -> float | None:
    """Return Cronbach's alpha.

    Parameters
    ----------
    covariance : ndarray
        Q x Q, of polarity-corrected items.

    Returns
    -------
    float or None
        Q/(Q-1) (1 - tr C / sum C), at most 1; negative if items contradict each other, which
        usually means a wrong reverse key. None for fewer than two items or a total that does not
        vary.

    References
    ----------
    .. [1] L. J. Cronbach, "Coefficient alpha and the internal structure of tests",
       Psychometrika 16 (1951), doi:10.1007/BF02310555.

    Examples
    --------
    >>> alpha(np.array([[1.0, 0.5], [0.5, 1.0]]))
    0.6666666666666667
    """
    size = len(covariance)
    own, total = float(np.trace(covariance)), float(covariance.sum())
    if size < 2 or abs(total) <= NOTHING * own:
        return None
    return size / (size - 1) * (1 - own / total)


def standardised_alpha(covariance: NDArray[np.float64]) -> float | None:
    """Return alpha of the items brought to one variance.

    Parameters
    ----------
    covariance : ndarray
        Q x Q, of polarity-corrected items.

    Returns
    -------
    float or None
        `alpha` of the correlations; None also if an item does not vary.

    Examples
    --------
    >>> standardised_alpha(np.array([[1.0, 1.0], [1.0, 4.0]]))
    0.6666666666666667
    """
    if (np.diag(covariance) <= 0).any():
        return None
    return alpha(correlation(covariance))


def feldt_interval(alpha: float, n: int, items: int, confidence: float = 0.95) -> Interval:
    """Return Feldt's interval of Cronbach's alpha.

    Parameters
    ----------
    alpha : float
        Estimate, at most 1.
    n : int
        Complete answers, 2 or more.
    items : int
        Number of items, 2 or more.
    confidence : float
        Nominal coverage, 0 < confidence < 1.

    Returns
    -------
    Interval
        1 - (1-alpha) F with (n-1, (n-1)(Q-1)) degrees of freedom, at most 1.

    Raises
    ------
    ValueError
        Fewer than two answers or items, or the confidence is not between 0 and 1.

    References
    ----------
    .. [1] L. S. Feldt, "The approximate sampling distribution of Kuder-Richardson reliability
       coefficient twenty", Psychometrika 30 (1965), doi:10.1007/BF02289499.

    Examples
    --------
    >>> low, high = feldt_interval(0.88, n=280, items=14)
    >>> round(low, 2), round(high, 2)
    (0.86, 0.9)
    """
    normal_quantile(confidence)
    if n < 2 or items < 2:
        raise ValueError("an interval of alpha needs two answers and two items")
    freedom = (n - 1, (n - 1) * (items - 1))
    tail = (1 - confidence) / 2
    low, high = (float(fdtri(*freedom, share)) for share in (1 - tail, tail))
    return Interval(1 - (1 - alpha) * low, 1 - (1 - alpha) * high)


def item_rest(covariance: NDArray[np.float64]) -> tuple[float | None, ...]:
    """Correlate each item with the sum of the others.

    Parameters
    ----------
    covariance : ndarray
        Q x Q, of polarity-corrected items.

    Returns
    -------
    tuple of float or None
        c_iR / sqrt(c_ii v_R), -1..1, one entry an item; None where the item or the rest does not
        vary. Negative: check the reverse key.

    Examples
    --------
    >>> item_rest(np.array([[1.0, 0.5], [0.5, 1.0]]))
    (0.5, 0.5)
    """
    own, total = np.diag(covariance), float(covariance.sum())
    shared = covariance.sum(axis=1) - own
    others = total - own - 2 * shared
    least = NOTHING * float(own.sum())
    return tuple(
        float(c / np.sqrt(v * rest)) if v > least and rest > least else None
        for c, v, rest in zip(shared, own, others, strict=True)
    )


def alpha_if_dropped(covariance: NDArray[np.float64]) -> tuple[float | None, ...]:
    """Return alpha without each item in turn.

    Parameters
    ----------
    covariance : ndarray
        Q x Q, of polarity-corrected items.

    Returns
    -------
    tuple of float or None
        `alpha` of the other Q-1 items, one entry an item.

    Examples
    --------
    >>> alpha_if_dropped(np.array([[1.0, 0.5, 0.5], [0.5, 1.0, 0.2], [0.5, 0.2, 1.0]]))
    (0.33333333333333326, 0.6666666666666667, 0.6666666666666667)
    """
    every = range(len(covariance))
    others = [[j for j in every if j != i] for i in every]
    return tuple(alpha(covariance[np.ix_(rest, rest)]) for rest in others)


def spearman_brown(r: float, times: float = 2) -> float:
    """Return the reliability of a test made longer.

    Parameters
    ----------
    r : float
        Reliability of one part, above -1/(times-1).
    times : float
        How many such parts the test has.

    Returns
    -------
    float
        times r / (1 + (times-1) r), at most 1 for r at most 1.

    Examples
    --------
    >>> spearman_brown(0.5)
    0.6666666666666666
    """
    return times * r / (1 + (times - 1) * r)


def _omega(covariance: NDArray[np.float64]) -> float | None:
    if len(covariance) != 2:
        return omega(covariance)
    r = item_rest(covariance)[0]
    return None if r is None or r <= -1 + NOTHING else spearman_brown(r)
