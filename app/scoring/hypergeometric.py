"""Samples of n people out of N of three classes, and how probable a set of them is."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Tables = NDArray[np.int64]


@lru_cache(maxsize=64)
def samples(n: int) -> Tables:
    """List every way n people can fall in three classes.

    Parameters
    ----------
    n : int
        People in the sample, 0 or more.

    Returns
    -------
    ndarray of int
        (n+1)(n+2)/2 x 3: promoters, passives, detractors. Read only.

    Examples
    --------
    >>> samples(1).tolist()
    [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    """
    promoters, passives = np.divmod(np.arange((n + 1) ** 2, dtype=np.int64), n + 1)
    possible = promoters + passives <= n
    promoters, passives = promoters[possible], passives[possible]
    tables = np.stack([promoters, passives, n - promoters - passives], axis=1)
    tables.flags.writeable = False
    return tables


def probability(population: Tables, tables: Tables) -> float:
    """Return the probability that a sample without replacement is one of some tables.

    Parameters
    ----------
    population : ndarray of int
        Promoters, passives and detractors among the N people.
    tables : ndarray of int
        Rows as of `samples`, all of one n <= N, at least one.

    Returns
    -------
    float
        Sum of C(P,p) C(A,a) C(D,d) / C(N,n); tables the population cannot give count 0.

    Examples
    --------
    >>> round(probability(np.array([2, 1, 1]), np.array([[1, 0, 0]])), 12)
    0.5
    """
    possible = tables[(tables <= population).all(axis=1)]
    chosen = _log_choose(population, possible).sum(axis=1)
    every = _log_choose(population.sum(), tables[0].sum())
    return float(np.exp(chosen - every).sum())


def _log_choose(of: Tables, chosen: Tables) -> NDArray[np.float64]:
    result: NDArray[np.float64] = gammaln(of + 1) - gammaln(chosen + 1) - gammaln(of - chosen + 1)
    return result
