"""What was asked: the columns of a code matrix and how they make a class."""

from dataclasses import dataclass
from typing import Literal

from app.scoring.scale import check_cuts, unit

NOT_APPLICABLE = 254
BLANK = 255
MOST_SCALE_ITEMS = 250  # keeps every sum of a block exact in the floats of one matrix product


@dataclass(frozen=True)
class ItemSpec:
    """One column of the code matrix.

    Attributes
    ----------
    key : str
        Stable key of the item.
    points : int
        Number of answer options A: 2..11 if scored, else 1..254.
    scored : bool
        Has cut-offs (a scale, a recommend item). False: only a histogram is kept (a choice).
    reversed : bool
        Reverse-keyed: codes are turned round before they are classified or added up.
    max_detractor, min_promoter : int
        Cut-offs on the codes after that correction.
    own : bool
        About one's own view, on a scale: enters the composite and the themes. False for views of
        another side, guesses, and a recommend item (another metric, never averaged in).
    theme : str or None
        Theme the item is reported with.

    Raises
    ------
    ValueError
        The number of points is not allowed, or the cut-offs do not divide the scale.

    Examples
    --------
    >>> ItemSpec("goals", points=5, scored=True, max_detractor=1, min_promoter=3).key
    'goals'
    """

    key: str
    points: int
    scored: bool
    reversed: bool = False
    max_detractor: int = -1
    min_promoter: int = 0
    own: bool = True
    theme: str | None = None

    def __post_init__(self) -> None:
        """Refuse a scale that cannot be scored."""
        if self.scored:
            unit(self.points)
            check_cuts(self.points, self.max_detractor, self.min_promoter)
        elif not 1 <= self.points <= NOT_APPLICABLE:
            raise ValueError(f"a choice has 1 to {NOT_APPLICABLE} options, not {self.points}")


@dataclass(frozen=True)
class Instrument:
    """The columns of a code matrix in order, and the rule that classifies a respondent.

    Attributes
    ----------
    items : tuple of ItemSpec
        One entry a column.
    rule : str
        "composite": the mean of the scored own items; "item": the cut-offs of one item.
    item : str or None
        For rule "item", the key of the classifying item.
    themes : tuple of str
        Keys of the themes, in the order of their counts.
    outcome : str or None
        Item explained by the drivers; for rule "item" the classifying item unless given.

    Raises
    ------
    ValueError
        A key appears twice, names no item or theme, or names one that has no cut-offs; or there
        are more than 250 own scale items.

    Examples
    --------
    >>> goals = ItemSpec("goals", 5, scored=True, max_detractor=1, min_promoter=3, theme="plan")
    >>> ask = ItemSpec("ask", 11, scored=True, max_detractor=6, min_promoter=9, own=False)
    >>> Instrument((goals, ask), rule="composite", themes=("plan",)).composite
    ('goals',)
    """

    items: tuple[ItemSpec, ...]
    rule: Literal["composite", "item"]
    item: str | None = None
    themes: tuple[str, ...] = ()
    outcome: str | None = None

    def __post_init__(self) -> None:
        """Refuse an instrument whose parts do not fit together."""
        keys = [item.key for item in self.items]
        if len({*keys}) < len(keys) or len({*self.themes}) < len(self.themes):
            raise ValueError("the key of an item or a theme appears twice")
        if (self.rule == "item") is (self.item is None):
            raise ValueError('rule "item" names its item, and only that rule does')
        for key in (self.item, self.outcome):
            if key is not None and not self[key].scored:
                raise ValueError(f"item {key} has no cut-offs")
        for item in self.items:
            if item.theme is not None and item.theme not in self.themes:
                raise ValueError(f"item {item.key} belongs to no theme of the survey")
        if len(self.composite) > MOST_SCALE_ITEMS:
            raise ValueError(f"a composite has at most {MOST_SCALE_ITEMS} items")

    def __getitem__(self, key: str) -> ItemSpec:
        """Return the item with a key, or raise ValueError."""
        return self.items[self.column(key)]

    def column(self, key: str) -> int:
        """Return the column of an item.

        Parameters
        ----------
        key : str
            Key of the item.

        Returns
        -------
        int
            0-based.

        Raises
        ------
        ValueError
            No item has that key.

        Examples
        --------
        >>> Instrument((ItemSpec("city", 3, scored=False),), rule="composite").column("city")
        0
        """
        for column, item in enumerate(self.items):
            if item.key == key:
                return column
        raise ValueError(f"no item has the key {key}")

    @property
    def options(self) -> int:
        """Largest number of answer options of an item."""
        return max((item.points for item in self.items), default=0)

    @property
    def composite(self) -> tuple[str, ...]:
        """Keys of the own scale items, in the order of the columns."""
        return tuple(item.key for item in self.items if item.scored and item.own)

    def theme_items(self, theme: str) -> tuple[str, ...]:
        """Return the keys of a theme's own scale items.

        Parameters
        ----------
        theme : str
            Key of the theme.

        Returns
        -------
        tuple of str
            In the order of the columns; empty for an unknown theme.

        Examples
        --------
        >>> Instrument((ItemSpec("city", 3, scored=False),), rule="composite").theme_items("plan")
        ()
        """
        return tuple(key for key in self.composite if self[key].theme == theme)

    @property
    def explained(self) -> str | None:
        """Key of the outcome the drivers explain, None if the survey has none."""
        return self.outcome or self.item

    @property
    def crossed(self) -> tuple[str, ...]:
        """Keys of the composite items, then the outcome if it is not one of them."""
        outcome = self.explained
        extra = () if outcome is None or outcome in self.composite else (outcome,)
        return self.composite + extra

    @property
    def drivers(self) -> tuple[str, ...]:
        """Keys of the composite items that may explain the outcome: all but the outcome."""
        return tuple(key for key in self.composite if key != self.explained)
