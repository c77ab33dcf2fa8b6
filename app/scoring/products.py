"""Exact sums of products of items over complete rows, and the covariance matrix they give."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class CrossProducts(NamedTuple):
    """Number of complete rows, sums, and sums of products of Q items, in integers.

    Attributes
    ----------
    n : int
        Rows on which every item is answered.
    sums : tuple of int
        Q sums.
    products : tuple of tuple of int
        Q x Q sums of products, symmetric.
    """

    n: int
    sums: tuple[int, ...]
    products: tuple[tuple[int, ...], ...]

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[int | None]]) -> "CrossProducts":
        """Count rows of whole numbers, leaving out incomplete ones (listwise).

        Parameters
        ----------
        rows : iterable of sequence of int or None
            One entry an item, all rows of one length; None where missing.

        Returns
        -------
        CrossProducts
            Over the complete rows.

        Raises
        ------
        ValueError
            There is no row, or rows differ in length.

        Examples
        --------
        >>> CrossProducts.of_rows([(1, 2), (3, None), (2, 2)])
        CrossProducts(n=2, sums=(3, 4), products=((5, 6), (6, 8)))
        """
        every = [tuple(row) for row in rows]
        if len({len(row) for row in every}) != 1:
            raise ValueError("rows of one length are needed")
        complete = [row for row in every if None not in row]
        columns = list(zip(*complete, strict=True)) if complete else [()] * len(every[0])
        return cls(
            len(complete),
            tuple(sum(column) for column in columns),
            tuple(tuple(_dot(one, other) for other in columns) for one in columns),
        )

    def covariance(self) -> NDArray[np.float64] | None:
        """Return the sample covariance matrix (divisor n-1).

        Returns
        -------
        ndarray or None
            Q x Q, in squared code units. (n Sxy - Sx Sy) is taken in integers and divided once,
            so nothing cancels. None for fewer than two rows.

        Examples
        --------
        >>> CrossProducts.of_rows([(1, 2), (3, 6)]).covariance().tolist()
        [[2.0, 4.0], [4.0, 8.0]]
        """
        if self.n < 2:
            return None
        size = range(len(self.sums))
        return np.array(
            [
                [float(Fraction(self._scaled(i, j), self.n * (self.n - 1))) for j in size]
                for i in size
            ]
        )

    def keep(self, columns: Sequence[int]) -> "CrossProducts":
        """Return the same rows for some of the items, in the order given.

        Parameters
        ----------
        columns : sequence of int
            Positions of the items to keep.

        Returns
        -------
        CrossProducts
            With `len(columns)` items.

        Examples
        --------
        >>> CrossProducts(2, (3, 4), ((5, 6), (6, 8))).keep([1])
        CrossProducts(n=2, sums=(4,), products=((8,),))
        """
        return CrossProducts(
            self.n,
            tuple(self.sums[i] for i in columns),
            tuple(tuple(self.products[i][j] for j in columns) for i in columns),
        )

    def _scaled(self, i: int, j: int) -> int:
        return self.n * self.products[i][j] - self.sums[i] * self.sums[j]


def pairwise_covariance(pairs: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Return covariances computed for each pair of items over the rows that have both.

    Parameters
    ----------
    pairs : ndarray of int
        4 x S x S: n, sum x_i, sum x_i^2, sum x_i x_j over those rows (`Counters.pairs`).

    Returns
    -------
    ndarray or None
        S x S sample covariances; None if some pair has fewer than two rows.

    Notes
    -----
    Uses every answer, but may be indefinite: for a comparison with `CrossProducts.covariance`,
    which is the rule.

    Examples
    --------
    >>> pairs = np.array([[[2]], [[3]], [[5]], [[5]]])  # answers 1 and 2
    >>> pairwise_covariance(pairs).tolist()
    [[0.5]]
    """
    n, sums, _, products = (block.astype(object) for block in pairs)
    if (n < 2).any():
        return None
    return np.asarray((n * products - sums * sums.T) / (n * (n - 1)), dtype=np.float64)


def correlation(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn a covariance matrix into correlations.

    Parameters
    ----------
    covariance : ndarray
        Q x Q, every variance positive.

    Returns
    -------
    ndarray
        Q x Q, ones on the diagonal.

    Raises
    ------
    ValueError
        An item does not vary.

    Examples
    --------
    >>> correlation(np.array([[4.0, 3.0], [3.0, 9.0]])).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    if (np.diag(covariance) <= 0).any():
        raise ValueError("an item that does not vary has no correlation")
    deviation = np.sqrt(np.diag(covariance))
    result: NDArray[np.float64] = covariance / np.outer(deviation, deviation)
    np.fill_diagonal(result, 1.0)
    return result


def _dot(one: Sequence[int], other: Sequence[int]) -> int:
    return sum(x * y for x, y in zip(one, other, strict=True))
