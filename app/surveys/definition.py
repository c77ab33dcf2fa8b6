"""A survey as frozen values: what is asked, on which scale, and how a respondent is classed."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Protocol, TypeVar

from app.surveys.plain import canonical
from app.surveys.text import Text

ItemType = Literal["scale", "recommend", "choice", "choices", "rank", "text"]
About = Literal["own", "other", "guess"]
Rule = Literal["composite", "item", "none"]

# The signs of misalignment the diagnosis knows; a theme names those its low score points to.
SIGNS = (
    "inconsistent_messages",
    "leads_dropped",
    "different_metrics",
    "little_communication",
    "customer_complaints",
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Answer range: codes 0..points-1, with the cut-offs that make a detractor or promoter."""

    key: str
    points: int
    not_applicable: bool
    max_detractor: int
    min_promoter: int
    labels: tuple[Text, ...]  # one a point


RECOMMEND = Scale(
    key="recommend",
    points=11,
    not_applicable=False,
    max_detractor=6,
    min_promoter=9,
    labels=tuple(Text.same(str(code)) for code in range(11)),
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the groups of departments a survey compares."""

    key: str
    name: Text
    asks: tuple[str, ...] = ()  # the sides its people are asked about; all others where empty


@dataclass(frozen=True, slots=True)
class Theme:
    """Items reported together, with what a low score points to and what to do about it."""

    key: str
    name: Text
    signs: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowIf:
    """The item is asked only of those who answered that one with one of these codes."""

    item: str
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a choice, choices or rank item; its code is its place in the list."""

    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class Item:
    """One statement or question; its key stays the same from round to round."""

    key: str
    type: ItemType
    text: Text
    scale: str | None = None  # a key; None on a recommend item is the built-in 0 to 10
    theme: str | None = None
    reversed: bool = False
    about: About = "own"
    same_as: str | None = None
    required: bool = False
    show_if: ShowIf | None = None
    options: tuple[Option, ...] = ()
    help: Text | None = None
    aside: bool = False  # asked along with the survey: no part of its score or of a theme's

    @property
    def rated(self) -> bool:
        """Whether the answer is a point on a scale, so that it can be scored."""
        return self.type in {"scale", "recommend"}


@dataclass(frozen=True, slots=True)
class Practice:
    """One entry of the playbook: what a team can do about a weak theme."""

    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class Classification:
    """How a respondent becomes promoter, passive or detractor; `none` where nothing is rated."""

    rule: Rule
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """One version of a survey, whole and never changed."""

    key: str
    version: int
    languages: tuple[str, ...]
    title: Text
    minutes: int
    intro: Text | None
    scales: tuple[Scale, ...]
    sides: tuple[Side, ...]
    themes: tuple[Theme, ...]
    items: tuple[Item, ...]
    classification: Classification
    practices: tuple[Practice, ...] = ()
    paged: bool = False  # whether the form shows one theme after the other

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON: what a round freezes its survey by."""
        return sha256(canonical(self).encode()).hexdigest()

    @property
    def composite(self) -> tuple[Item, ...]:
        """The scale items about people's own view: those whose mean classes a respondent."""
        return tuple(
            item
            for item in self.items
            if item.type == "scale" and item.about == "own" and not item.aside
        )

    @property
    def outside_views(self) -> tuple[Item, ...]:
        """The rated items about another department that mirror none about one's own."""
        return tuple(
            item
            for item in self.items
            if item.rated and item.about == "other" and item.same_as is None
        )

    def item(self, key: str) -> Item:
        return _named(self.items, key)

    def theme(self, key: str) -> Theme:
        return _named(self.themes, key)

    def side(self, key: str) -> Side:
        return _named(self.sides, key)

    def counterparts(self, side: str) -> tuple[Side, ...]:
        """The sides that people of this one are asked about."""
        asks = self.side(side).asks
        return tuple(one for one in self.sides if one.key != side and (not asks or one.key in asks))

    @property
    def needs_pairs(self) -> bool:
        """Whether it asks about other departments and leaves it to the round which ones."""
        return not self.sides and any(item.about != "own" for item in self.items)

    def practice(self, key: str) -> Practice:
        return _named(self.practices, key)

    def items_of(self, theme: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.theme == theme)

    def scale_of(self, item: Item) -> Scale | None:
        """The scale a rated item is answered on; None for the other types."""
        if item.scale is not None:
            return _named(self.scales, item.scale)
        return RECOMMEND if item.type == "recommend" else None

    def codes_of(self, item: Item) -> int:
        """How many codes the item offers: points of its scale, or options; 0 for text."""
        scale = self.scale_of(item)
        return scale.points if scale else len(item.options)


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


_K = TypeVar("_K", bound=_Keyed)


def _named(things: Iterable[_K], key: str) -> _K:
    for thing in things:
        if thing.key == key:
            return thing
    raise KeyError(key)
