"""Samples of n people out of N of three classes, and how probable a set of them is."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Tables = NDArray[np.int64]


@lru_cache(maxsize=4)  # one interval asks for the same n again and again
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


def probability(populations: Tables, tables: Tables) -> NDArray[np.float64]:
    """Return the probability that a sample without replacement is one of some tables.

    Parameters
    ----------
    populations : ndarray of int
        K x 3: promoters, passives and detractors among the N people, all rows of one N.
    tables : ndarray of int
        Rows as of `samples`, all of one n <= N; there may be none.

    Returns
    -------
    ndarray
        K sums of C(P,p) C(A,a) C(D,d) / C(N,n); tables a population cannot give count 0.

    Examples
    --------
    >>> probability(np.array([[2, 1, 1]]), np.array([[1, 0, 0], [0, 0, 1]])).round(12).tolist()
    [0.75]
    """
    if not len(tables):
        return np.zeros(len(populations))
    chosen = _log_choose(populations[:, np.newaxis, :], tables).sum(axis=2)
    every = _log_choose(populations[:1].sum(), tables[0].sum())
    return np.asarray(np.exp(chosen - every).sum(axis=1))


def _log_choose(of: Tables, chosen: Tables) -> NDArray[np.float64]:
    """Return log C(of, chosen), minus infinity where that many cannot be chosen."""
    most = max(int(np.max(of)), int(np.max(chosen)))
    known = _log_factorials(most.bit_length())
    result: NDArray[np.float64] = known[of] - known[chosen] - known[of - chosen]
    return result


@lru_cache(maxsize=16)
def _log_factorials(bits: int) -> NDArray[np.float64]:
    """List log 0!, log 1!, ... of every number of so many bits; looked up, not worked out again.

    As many infinities follow, so that a negative number, counted from the end, finds one.
    """
    numbers = np.arange(2**bits)
    known = np.concatenate([gammaln(numbers + 1), np.full(2**bits, np.inf)])
    known.flags.writeable = False
    return known
