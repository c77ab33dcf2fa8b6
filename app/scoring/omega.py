"""McDonald's omega: reliability from one common factor, fitted by maximum likelihood."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from app.scoring.products import correlation

LEAST_UNIQUE = 0.005  # share of an item's variance below which the fit is a Heywood case
SINGULAR = 1e-8
STEEP = 1e-5  # largest slope of a fit that has arrived

Floats = NDArray[np.float64]


def omega(covariance: Floats) -> float | None:
    """Return McDonald's omega (total) of one factor.

    Parameters
    ----------
    covariance : ndarray
        Q x Q, of polarity-corrected items.

    Returns
    -------
    float or None
        (sum l)^2 / ((sum l)^2 + sum u), 0..1, loadings l and unique variances u in the metric of
        the covariances. None for fewer than three items, an item that does not vary or repeats
        others, a Heywood case (an item without unique variance), or a fit that does not arrive:
        keep alpha.

    References
    ----------
    .. [1] R. P. McDonald, Test Theory: A Unified Treatment, Erlbaum 1999,
       doi:10.4324/9781410601087.
    .. [2] K. G. Joreskog, "Some contributions to maximum likelihood factor analysis",
       Psychometrika 32 (1967), doi:10.1007/BF02289658.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6])
    >>> exact = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    >>> round(omega(exact), 6)
    0.744932
    """
    deviation = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    if len(covariance) < 3 or (deviation == 0).any():
        return None
    correlations = correlation(covariance)
    if np.linalg.eigvalsh(correlations)[0] < SINGULAR:
        return None
    unique = _unique_shares(correlations)
    if unique is None:
        return None
    common = float((deviation * _loadings(correlations, unique)).sum()) ** 2
    return common / (common + float((deviation**2 * unique).sum()))


def _unique_shares(correlations: Floats) -> Floats | None:
    """Minimise Joreskog's concentrated discrepancy; None for a Heywood case or no arrival."""
    start = 0.5 / np.diag(np.linalg.inv(correlations))
    fit = minimize(
        _discrepancy,
        np.clip(start, 2 * LEAST_UNIQUE, 1.0),
        args=(correlations,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(LEAST_UNIQUE, 1.0)] * len(correlations),
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
    )
    unique: Floats = fit.x
    inside = (unique > LEAST_UNIQUE * 1.001) & (unique < 1.0)
    if (unique <= LEAST_UNIQUE * 1.001).any() or (np.abs(fit.jac[inside]) > STEEP).any():
        return None
    return unique


def _discrepancy(unique: Floats, correlations: Floats) -> tuple[float, Floats]:
    """Return the misfit at given unique shares and its gradient."""
    values, vectors = _spectrum(correlations, unique)
    rest = values[:-1]
    common = unique * max(values[-1] - 1, 0.0) * vectors[:, -1] ** 2
    return float((rest - np.log(rest) - 1).sum()), (common + unique - 1) / unique**2


def _loadings(correlations: Floats, unique: Floats) -> Floats:
    values, vectors = _spectrum(correlations, unique)
    return np.asarray(np.sqrt(unique * max(values[-1] - 1, 0.0)) * vectors[:, -1])


def _spectrum(correlations: Floats, unique: Floats) -> tuple[Floats, Floats]:
    """Return eigenvalues, rising, and eigenvectors of the items scaled to unique variance 1."""
    scale = 1 / np.sqrt(unique)
    values, vectors = np.linalg.eigh(correlations * np.outer(scale, scale))
    return values, vectors
