"""What is kept of a department's ballots: exact integers that add up."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from app.scoring.classes import ClassCounts
from app.scoring.instrument import Instrument
from app.scoring.moments import TOP, Moments
from app.scoring.products import CrossProducts
from app.scoring.scale import UNITS

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Counters:
    """Sufficient statistics of one group of ballots; groups merge by addition.

    Attributes
    ----------
    instrument : Instrument
        What was asked; only counters of the same instrument add up.
    answered : int
        Ballots, blank ones included.
    histograms : ndarray
        items x (options + 2): answers per raw code, then not applicable, then blank.
    class_counts : ndarray
        (1 + themes) x 4: promoters, passives, detractors, unclassified by the composite rule,
        overall and per theme.
    totals : ndarray
        (1 + themes) x (Q + 1) x 3: respondents who answered m of the items, the sum of their
        scaled totals and of the squares (2520ths), m = 0..Q.
    pairs : ndarray
        4 x S x S over the rows with both answers: n, sum x_i, sum x_i^2, sum x_i x_j. Codes after
        polarity correction of the composite items, then the outcome if it is not one of them.
    complete : ndarray
        (1+Q) x (1+Q) sums of products of (1, x_1..x_Q) over rows with every composite item.
    explained : ndarray
        The same over the composite items and the outcome; 0 x 0 if there is no outcome.

    Notes
    -----
    As sensitive as the ballots for small groups: never exported.

    Examples
    --------
    One item, reverse-keyed: 4 means the least favourable. Three people answer, one leaves it
    blank, to one it does not apply.

    >>> from app.scoring.counts import ItemSpec, count_by_leaf
    >>> item = ItemSpec("conflict", 5, True, reversed=True, max_detractor=1, min_promoter=3)
    >>> codes = np.array([[0], [1], [4], [255], [254]], dtype=np.uint8)
    >>> leaf = np.zeros(5, dtype=np.intp)
    >>> (sales,) = count_by_leaf(codes, leaf, 1, Instrument((item,), "composite"))
    >>> sales.answered, sales.blank("conflict"), sales.not_applicable("conflict")
    (5, 1, 1)
    >>> sales.histogram("conflict"), sales.oriented_histogram("conflict")
    ((1, 1, 0, 0, 1), (1, 0, 0, 1, 1))
    >>> sales.classes == sales.item_classes("conflict")
    True
    >>> sales.classes
    ClassCounts(promoters=2, passives=0, detractors=1, unclassified=2)
    >>> sales.index, sales.moments.variance
    (Fraction(175, 3), Fraction(8125, 3))
    >>> (sales + sales).composite_products()
    CrossProducts(n=6, sums=(14,), products=((50,),))
    """

    instrument: Instrument
    answered: int
    histograms: Integers
    class_counts: Integers
    totals: Integers
    pairs: Integers
    complete: Integers
    explained: Integers

    def __add__(self, other: object) -> "Counters":
        """Pool two groups: element-wise addition."""
        if not isinstance(other, Counters):
            return NotImplemented
        if self.instrument != other.instrument:
            raise ValueError("counters of different instruments do not add up")
        check_headroom(self.answered + other.answered, self.instrument)
        blocks = zip(self._blocks(), other._blocks(), strict=True)
        return Counters(
            self.instrument,
            self.answered + other.answered,
            *(mine + theirs for mine, theirs in blocks),
        )

    def __eq__(self, other: object) -> bool:
        """Tell whether every integer is the same."""
        if not isinstance(other, Counters):
            return NotImplemented
        return (
            self.instrument == other.instrument
            and self.answered == other.answered
            and all(map(np.array_equal, self._blocks(), other._blocks()))
        )

    __hash__ = None  # type: ignore[assignment]  # holds arrays

    def histogram(self, key: str) -> tuple[int, ...]:
        """Return the answers of an item per code, as they were given (raw).

        Parameters
        ----------
        key : str
            Key of the item.

        Returns
        -------
        tuple of int
            One count a code 0..A-1.

        Raises
        ------
        ValueError
            No item has that key.
        """
        points = self.instrument[key].points
        return tuple(self.histograms[self.instrument.column(key), :points].tolist())

    def oriented_histogram(self, key: str) -> tuple[int, ...]:
        """Return the answers of an item per code after polarity correction.

        Parameters
        ----------
        key : str
            Key of the item.

        Returns
        -------
        tuple of int
            One count a code 0..A-1, the most favourable last.

        Raises
        ------
        ValueError
            No item has that key.
        """
        raw = self.histogram(key)
        return raw[::-1] if self.instrument[key].reversed else raw

    def not_applicable(self, key: str) -> int:
        """Return how many said that an item does not apply."""
        return int(self.histograms[self.instrument.column(key), -2])

    def blank(self, key: str) -> int:
        """Return how many left an item blank."""
        return int(self.histograms[self.instrument.column(key), -1])

    def item_classes(self, key: str) -> ClassCounts:
        """Return the class counts of the answers to one item, by its own cut-offs.

        Parameters
        ----------
        key : str
            Key of a scored item.

        Returns
        -------
        ClassCounts
            Blank and not applicable are unclassified.

        Raises
        ------
        ValueError
            No item has that key, or it has no cut-offs.
        """
        item = self.instrument[key]
        if not item.scored:
            raise ValueError(f"item {key} has no cut-offs")
        answers = self.oriented_histogram(key)
        low, high = item.max_detractor + 1, item.min_promoter
        return ClassCounts(
            sum(answers[high:]),
            sum(answers[low:high]),
            sum(answers[:low]),
            self.not_applicable(key) + self.blank(key),
        )

    @property
    def classes(self) -> ClassCounts:
        """Class counts of the respondents, by the rule of the instrument."""
        if self.instrument.item is not None:
            return self.item_classes(self.instrument.item)
        return ClassCounts(*self.class_counts[0].tolist())

    @property
    def theme_classes(self) -> Mapping[str, ClassCounts]:
        """Class counts per theme: the composite rule over the theme's own scale items."""
        rows = self.class_counts[1:].tolist()
        return {
            theme: ClassCounts(*row)
            for theme, row in zip(self.instrument.themes, rows, strict=True)
        }

    @property
    def moments(self) -> Moments:
        """Exact moments of the respondents' Y, 0..100; of the item's y under rule "item"."""
        if self.instrument.item is not None:
            return self.item_moments(self.instrument.item)
        return self._moments(0, len(self.instrument.composite))

    def theme_moments(self, theme: str) -> Moments:
        """Return the exact moments of the respondents' Y on a theme, 0..100.

        Parameters
        ----------
        theme : str
            Key of the theme.

        Returns
        -------
        Moments
            Over those who answered at least half of its items.

        Raises
        ------
        ValueError
            The survey has no such theme.
        """
        row = 1 + self.instrument.themes.index(theme)
        return self._moments(row, len(self.instrument.theme_items(theme)))

    def item_moments(self, key: str) -> Moments:
        """Return the exact moments of the answers to an item after polarity correction, 0..100.

        Parameters
        ----------
        key : str
            Key of a scored item.

        Returns
        -------
        Moments
            Over those who answered it.

        Raises
        ------
        ValueError
            No item has that key.
        """
        return Moments.of_histogram(self.oriented_histogram(key))

    @property
    def index(self) -> Fraction | None:
        """Mean of the respondents' Y, 0..100; None if nobody is classified."""
        return self.moments.mean

    def theme_index(self, theme: str) -> Fraction | None:
        """Return the mean of Y on a theme, 0..100; None if nobody is classified on it."""
        return self.theme_moments(theme).mean

    def item_index(self, key: str) -> Fraction | None:
        """Return the mean of y on an item, 0..100; None if nobody answered it."""
        return self.item_moments(key).mean

    def composite_products(self) -> CrossProducts:
        """Return the complete-case block of the composite items, for reliability."""
        return _products(self.complete)

    def driver_products(self) -> CrossProducts | None:
        """Return the complete-case block of the drivers with the outcome last.

        Returns
        -------
        CrossProducts or None
            The drivers are the composite items other than the outcome (`driver_keys`). None if
            the instrument names no outcome.
        """
        outcome = self.instrument.explained
        if outcome is None:
            return None
        keys = self.instrument.crossed
        order = [keys.index(key) for key in (*self.instrument.drivers, outcome)]
        return _products(self.explained).keep(order)

    def _blocks(self) -> tuple[Integers, ...]:
        return (
            self.histograms,
            self.class_counts,
            self.totals,
            self.pairs,
            self.complete,
            self.explained,
        )

    def _moments(self, row: int, items: int) -> Moments:
        result = Moments(0, Fraction(0), Fraction(0))
        for answered in range(max(1, (items + 1) // 2), items + 1):
            n, total, squares = self.totals[row, answered].tolist()
            point = Fraction(TOP, UNITS * answered)
            result += Moments(n, Fraction(total), Fraction(squares)).times(point)
        return result


def empty(instrument: Instrument) -> Counters:
    """Return the counters of a group without ballots, the zero of the addition.

    Parameters
    ----------
    instrument : Instrument
        What was asked.

    Returns
    -------
    Counters
        Zeros.

    Examples
    --------
    >>> empty(Instrument((), "composite")).classes.n
    0
    """
    measures, size = 1 + len(instrument.themes), len(instrument.composite)
    crossed = len(instrument.crossed)
    explained = 0 if instrument.explained is None else 1 + crossed
    shapes = (
        (len(instrument.items), instrument.options + 2),
        (measures, 4),
        (measures, size + 1, 3),
        (4, crossed, crossed),
        (size + 1, size + 1),
        (explained, explained),
    )
    return Counters(instrument, 0, *(np.zeros(shape, dtype=np.int64) for shape in shapes))


def check_headroom(answered: int, instrument: Instrument) -> None:
    """Refuse more ballots than 64-bit sums of squares are sure to hold.

    Parameters
    ----------
    answered : int
        Ballots to be counted together.
    instrument : Instrument
        What was asked.

    Raises
    ------
    OverflowError
        The ballots times the square of the largest total could pass 2^63; with 30 items that is
        beyond 1,600 million ballots.

    Examples
    --------
    >>> check_headroom(10**9, Instrument((), rule="composite"))
    """
    largest = UNITS * (1 + len(instrument.composite))
    if answered * largest**2 >= 2**63:
        raise OverflowError(f"{answered} ballots are too many to count together")


def _products(gram: Integers) -> CrossProducts:
    rows = gram.tolist()
    return CrossProducts(rows[0][0], tuple(rows[0][1:]), tuple(tuple(row[1:]) for row in rows[1:]))
