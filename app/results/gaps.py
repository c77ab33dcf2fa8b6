"""Where two sides see things differently: their own views, and each other's."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.results.disclosure import Disclosed, Group
from app.results.statistics import P_DIGITS, decimal
from app.scoring import compare, gap
from app.scoring.ordinal import cliffs_delta
from app.surveys.definition import Item, Survey
from app.surveys.paper import column_key

Json = dict[str, Any]


def gaps(published: Disclosed, survey: Survey) -> list[Json]:
    """Where two sides see things differently: their own views, and each other's."""
    sides = sides_of(published, survey)
    found = [
        row
        for one in sides
        for other in sides
        if one != other
        for row in _between(survey, one, sides[one], other, sides[other])
    ]
    return told_apart(found)


def told_apart(found: list[Json]) -> list[Json]:
    """The gaps that are printed together, told apart from chance over all of them."""
    tested = [row for row in found if row["p"] is not None]
    q_values = compare.benjamini_hochberg([row["p"] for row in tested])
    for row, q in zip(tested, q_values, strict=True):
        row["q"] = q
    for row in found:
        row["verdict"] = gap.verdict(row["gap"], row["low"], row["high"], row["q"])
    points = dict.fromkeys(("gap", "low", "high", "wasserstein", "noise", "cliff"), 4)
    digits = {**points, "p": P_DIGITS, "q": P_DIGITS}
    return [{**row, **{name: decimal(row[name], n) for name, n in digits.items()}} for row in found]


def sides_of(published: Disclosed, survey: Survey) -> Mapping[str, Group]:
    """The printed group that is a whole side: the topmost of its side."""
    found: dict[str, Group] = {}
    for group in published.groups:
        if group.side is not None and not group.path.endswith("*"):
            found.setdefault(group.side, group)
    return {
        side.key: found[side.key]
        for side in survey.sides
        if side.key in found and found[side.key].disclosed
    }


def _between(survey: Survey, one: str, mine: Group, other: str, theirs: Group) -> Iterator[Json]:
    """What `mine` thinks beside `theirs`; their own views once a pair, for both directions."""
    named = {"from": mine.name, "about": theirs.name, "sides": [one, other], "q": None}
    keys = [side.key for side in survey.sides]
    if keys.index(one) < keys.index(other):
        yield from _means(survey, mine, theirs, named)
        yield from _reciprocity(survey, mine, theirs, named)
    for item in survey.items:
        if item.about == "own" or item.same_as is None:
            continue
        key = column_key(item, survey.side(other), survey.sides)
        seen, own = _answers(mine, key), _answers(theirs, item.same_as)
        if seen is None or own is None:
            continue
        if item.about == "other":
            view = gap.perception_gap(own, seen)
        else:
            view = gap.compare_views(seen, own)
        if view is not None:
            kind = "perception" if item.about == "other" else "guess"
            pair = (own, seen) if kind == "perception" else (seen, own)
            yield {**_of(item), **named, "kind": kind, **view._asdict(), **_effect(*pair)}


def _means(survey: Survey, mine: Group, theirs: Group, named: Json) -> Iterator[Json]:
    for theme in survey.themes:
        found = _theme_gap(mine, theirs, theme.key)
        if found is not None:
            nothing = {"wasserstein": None, "noise": None, "cliff": None}
            yield {
                "theme": theme.key,
                "item": None,
                **named,
                "kind": "means",
                **found._asdict(),
                **nothing,
            }
    for item in survey.items:
        if item.about != "own" or not item.rated:
            continue
        first, second = _answers(mine, item.key), _answers(theirs, item.key)
        view = gap.compare_views(first, second) if first and second else None
        if view is not None and first and second:
            effect = _effect(first, second)
            yield {**_of(item), **named, "kind": "means", **view._asdict(), **effect}


def _reciprocity(survey: Survey, mine: Group, theirs: Group, named: Json) -> Iterator[Json]:
    """What each says about the other, side by side; once a pair."""
    one, other = (survey.side(key) for key in named["sides"])
    for item in (one for one in survey.items if one.rated and one.about == "other"):
        first = _answers(mine, column_key(item, other, survey.sides))
        second = _answers(theirs, column_key(item, one, survey.sides))
        view = gap.compare_views(first, second) if first and second else None
        if view is not None and first and second:
            effect = _effect(first, second)
            yield {**_of(item), **named, "kind": "reciprocity", **view._asdict(), **effect}


def _effect(first: Sequence[int], second: Sequence[int]) -> Json:
    return {"cliff": cliffs_delta(first, second)}


def _theme_gap(mine: Group, theirs: Group, theme: str) -> gap.Gap | None:
    """Only where every item of the theme is printed on both sides."""
    if mine.counters is None or theirs.counters is None:
        return None
    keys = mine.counters.instrument.theme_items(theme)
    # A mean of what is withheld would tell of it.
    if theme not in mine.themes & theirs.themes:
        return None
    if not keys or not (mine.items & theirs.items).issuperset(keys):
        return None
    return gap.mean_gap(mine.counters.theme_moments(theme), theirs.counters.theme_moments(theme))


def _answers(group: Group, key: str) -> Sequence[int] | None:
    if group.counters is None or key not in group.items:
        return None
    return group.counters.oriented_histogram(key)


def _of(item: Item) -> Json:
    return {"theme": item.theme, "item": item.key}
