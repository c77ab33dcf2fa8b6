"""Which items move the outcome: shares of the explained variance, and when to say nothing."""

from collections.abc import Sequence
from math import atanh, sqrt, tanh
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.scoring.interval import Interval, normal_quantile
from app.scoring.products import CrossProducts, correlation

LEAST_ANSWERS = 100
RANKED_ANSWERS = 400  # below, groups of drivers; from here on, ranks
LEAST_EXPLAINED = 0.05
SINGULAR = 1e-8
HIGH, LOW = 4 / 3, 2 / 3  # of an equal share of the explained variance

Floats = NDArray[np.float64]
Tier = Literal["high", "middle", "low"]


class Driver(NamedTuple):
    """One item and what it explains of the outcome.

    Attributes
    ----------
    key : str
        Key of the item.
    weight : float
        Its part of R^2, 0..1; the weights sum to R^2.
    r, r_low, r_high : float
        Correlation with the outcome and its Fisher interval; the sign is printed.
    tier : str or None
        "high", "middle" or "low"; None if too little is explained.
    rank : int or None
        1 for the largest weight; None below 400 answers or if too little is explained.
    """

    key: str
    weight: float
    r: float
    r_low: float
    r_high: float
    tier: Tier | None
    rank: int | None


class Drivers(NamedTuple):
    """Drivers of one outcome.

    Attributes
    ----------
    n : int
        Complete answers.
    r_squared : float
        Explained share of the variance of the outcome, 0..1.
    items : tuple of Driver
        In the order of the items.
    dropped : tuple of str
        Items left out because they do not vary or repeat others: say so.
    """

    n: int
    r_squared: float
    items: tuple[Driver, ...]
    dropped: tuple[str, ...]


def drivers(products: CrossProducts, keys: Sequence[str]) -> Drivers | None:
    """Weigh the items that explain an outcome.

    Parameters
    ----------
    products : CrossProducts
        Over the complete rows, polarity corrected, the items first and the outcome last. The
        outcome must not contain an item.
    keys : sequence of str
        Keys of the items.

    Returns
    -------
    Drivers or None
        None below max(100, 50 + 8 m) complete answers for m usable items, if no item is usable,
        or if the outcome does not vary. No tiers or ranks when R^2 < .05; tiers but no ranks
        below 400 answers.

    Raises
    ------
    ValueError
        The products are not of one item more than there are keys.

    Notes
    -----
    Tiers compare a weight with an equal share of R^2: high from 4/3 of it, low up to 2/3. Among 8
    correlated items the strongest is found first 44 % of the time at 100 answers, 66 % at 400.

    References
    ----------
    .. [1] S. B. Green, "How many subjects does it take to do a regression analysis?",
       Multivariate Behavioral Research 26 (1991), doi:10.1207/s15327906mbr2603_7.

    Examples
    --------
    >>> rows = [(0, 0, 0), (1, 0, 1), (0, 1, 0), (1, 1, 1), (2, 1, 2), (2, 2, 1)] * 70
    >>> result = drivers(CrossProducts.of_rows(rows), ["goals", "trust"])
    >>> [(driver.key, driver.tier, driver.rank) for driver in result.items]
    [('goals', 'high', 1), ('trust', 'low', 2)]
    """
    if len(products.sums) != len(keys) + 1:
        raise ValueError("one key an item, and the outcome last")
    covariance = products.covariance()
    if covariance is None or covariance[-1, -1] == 0:
        return None
    kept = _usable(covariance[:-1, :-1])
    if not kept or products.n < max(LEAST_ANSWERS, 50 + 8 * len(kept)):
        return None
    chosen = [*kept, len(keys)]
    correlations = correlation(covariance[np.ix_(chosen, chosen)])
    return Drivers(
        products.n,
        r_squared(correlations[:-1, :-1], correlations[:-1, -1]),
        _described([keys[i] for i in kept], correlations, products.n),
        tuple(key for i, key in enumerate(keys) if i not in kept),
    )


def relative_weights(among: Floats, outcome: Floats) -> Floats:
    """Return Johnson's relative weights.

    Parameters
    ----------
    among : ndarray
        m x m correlations of the predictors.
    outcome : ndarray
        m correlations of the predictors with the outcome.

    Returns
    -------
    ndarray
        m weights, each 0 or more, that sum to R^2.

    Raises
    ------
    ValueError
        The smallest eigenvalue is below 1e-8: predictors repeat each other, or correlations
        computed pairwise contradict each other.

    Notes
    -----
    With R_xx = V diag(w) V' and L = V diag(sqrt w) V': b = L^-1 r_xy, weight_i =
    sum_k L_ik^2 b_k^2. Identical to Genizi's decomposition; equal to the Shapley value of R^2
    (LMG) for two predictors. Unchanged by the order and the sign of predictors.

    References
    ----------
    .. [1] J. W. Johnson, "A heuristic method for estimating the relative weight of predictor
       variables in multiple regression", Multivariate Behavioral Research 35 (2000),
       doi:10.1207/S15327906MBR3501_1.

    Examples
    --------
    >>> relative_weights(np.eye(2), np.array([0.6, 0.3])).round(2).tolist()
    [0.36, 0.09]
    """
    values, vectors = np.linalg.eigh(among)
    if values[0] < SINGULAR:
        raise ValueError("the predictors repeat or contradict each other")
    root = (vectors * np.sqrt(values)) @ vectors.T
    b = np.linalg.solve(root, outcome)
    return np.asarray(root**2 @ b**2)


def r_squared(among: Floats, outcome: Floats) -> float:
    """Return the share of the outcome's variance that the predictors explain.

    Parameters
    ----------
    among : ndarray
        m x m correlations of the predictors, not singular.
    outcome : ndarray
        m correlations of the predictors with the outcome.

    Returns
    -------
    float
        R^2, 0..1.

    Examples
    --------
    >>> round(r_squared(np.eye(2), np.array([0.6, 0.3])), 2)
    0.45
    """
    return float(outcome @ np.linalg.solve(among, outcome))


def fisher_interval(r: float, n: int, confidence: float = 0.95) -> Interval | None:
    """Return Fisher's interval of a correlation.

    Parameters
    ----------
    r : float
        Correlation, -1..1.
    n : int
        Pairs.
    confidence : float
        Nominal coverage, 0 < confidence < 1.

    Returns
    -------
    Interval or None
        Inside [-1, 1]; zero width for r = -1 or 1. None for fewer than four pairs.

    Raises
    ------
    ValueError
        The confidence is not between 0 and 1.

    References
    ----------
    .. [1] R. A. Fisher, "On the 'probable error' of a coefficient of correlation deduced from a
       small sample", Metron 1 (1921).

    Examples
    --------
    >>> low, high = fisher_interval(0.5, 103)
    >>> round(low, 3), round(high, 3)
    (0.339, 0.632)
    """
    z = normal_quantile(confidence)
    if n < 4:
        return None
    if abs(r) >= 1:
        return Interval(r, r)
    half = z / sqrt(n - 3)
    return Interval(tanh(atanh(r) - half), tanh(atanh(r) + half))


def _usable(covariance: Floats) -> list[int]:
    """Keep, in order, the items that vary and do not repeat those kept before."""
    kept: list[int] = []
    for i in range(len(covariance)):
        if covariance[i, i] > 0:
            candidate = [*kept, i]
            among = correlation(covariance[np.ix_(candidate, candidate)])
            if np.linalg.eigvalsh(among)[0] >= SINGULAR:
                kept = candidate
    return kept


def _described(keys: Sequence[str], correlations: Floats, n: int) -> tuple[Driver, ...]:
    among, outcome = correlations[:-1, :-1], correlations[:-1, -1]
    weights = relative_weights(among, outcome)
    explained = float(weights.sum()) >= LEAST_EXPLAINED
    result = []
    for key, weight, r in zip(keys, weights.tolist(), outcome.tolist(), strict=True):
        interval = fisher_interval(r, n)
        assert interval is not None
        tier = _tier(weight, float(weights.mean())) if explained else None
        rank = 1 + int((weights > weight).sum()) if explained and n >= RANKED_ANSWERS else None
        result.append(Driver(key, weight, r, *interval, tier, rank))
    return tuple(result)


def _tier(weight: float, equal: float) -> Tier:
    if weight >= HIGH * equal:
        return "high"
    return "low" if weight <= LOW * equal else "middle"
