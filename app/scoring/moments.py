"""Exact count, sum and sum of squares of one quantity: mergeable, and never cancelling."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

TOP = 100  # the index scale is 0..100


class Moments(NamedTuple):
    """Sufficient statistics of one group for a mean and a variance.

    Attributes
    ----------
    n : int
        Number of values.
    total, squares : Fraction
        Their sum and the sum of their squares, exact.
    """

    n: int
    total: Fraction
    squares: Fraction

    @classmethod
    def of_values(cls, values: Iterable[int | float | Fraction]) -> "Moments":
        """Count a list of values.

        Parameters
        ----------
        values : iterable of int, float or Fraction
            Finite values; a float is taken at its exact binary value.

        Returns
        -------
        Moments
            In the unit of the values.

        Examples
        --------
        >>> Moments.of_values([1, 2, 4])
        Moments(n=3, total=Fraction(7, 1), squares=Fraction(21, 1))
        """
        exact = [Fraction(value) for value in values]
        return cls(len(exact), sum(exact, Fraction(0)), sum((v * v for v in exact), Fraction(0)))

    @classmethod
    def of_codes(cls, histogram: Sequence[int]) -> "Moments":
        """Count the answers of a histogram as codes 0..A-1.

        Parameters
        ----------
        histogram : sequence of int
            Answers per code.

        Returns
        -------
        Moments
            In code units.

        Examples
        --------
        >>> Moments.of_codes([1, 0, 2]).mean
        Fraction(4, 3)
        """
        return cls(
            sum(histogram),
            Fraction(sum(code * count for code, count in enumerate(histogram))),
            Fraction(sum(code * code * count for code, count in enumerate(histogram))),
        )

    @classmethod
    def of_histogram(cls, histogram: Sequence[int]) -> "Moments":
        """Count the answers of a histogram on the index scale 0..100.

        Parameters
        ----------
        histogram : sequence of int
            Answers per code after polarity correction, two codes or more.

        Returns
        -------
        Moments
            In index points.

        Raises
        ------
        ValueError
            The histogram has fewer than two codes, so no range.

        Examples
        --------
        >>> Moments.of_histogram([1, 0, 0, 0, 1]).mean
        Fraction(50, 1)
        """
        if len(histogram) < 2:
            raise ValueError("a scale has at least two points")
        return cls.of_codes(histogram).times(Fraction(TOP, len(histogram) - 1))

    def __add__(self, other: object) -> "Moments":
        """Pool two groups."""
        if not isinstance(other, Moments):
            return NotImplemented
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    def times(self, factor: Fraction | int) -> "Moments":
        """Change the unit: every value multiplied by a factor.

        Parameters
        ----------
        factor : Fraction or int
            New units in one old unit.

        Returns
        -------
        Moments
            In the new unit.

        Examples
        --------
        >>> Moments.of_values([1, 2]).times(10).mean
        Fraction(15, 1)
        """
        return Moments(self.n, self.total * factor, self.squares * factor * factor)

    @property
    def mean(self) -> Fraction | None:
        """Exact mean; None if there is no value."""
        return self.total / self.n if self.n else None

    @property
    def spread(self) -> Fraction:
        """Sum of squared deviations from the mean, exact; 0 if there is no value."""
        return self.squares - self.total * self.total / self.n if self.n else Fraction(0)

    @property
    def variance(self) -> Fraction | None:
        """Sample variance (divisor n-1), exact; None for fewer than two values."""
        return self.spread / (self.n - 1) if self.n > 1 else None
