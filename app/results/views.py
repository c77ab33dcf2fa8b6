"""How departments see each other: what the people of one say about another, in both directions.

Worked out from answers the release prints, so it tells nothing more than those do. How often two
departments have to do with each other is a question of its own and never part of it.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from app.results.disclosure import Disclosed, Group
from app.results.gaps import sides_of
from app.results.statistics import decimal
from app.surveys.definition import Item, Survey
from app.surveys.paper import column_key

Json = dict[str, Any]


def views(published: Disclosed, survey: Survey) -> list[Json]:
    """For each department that is printed and each it was asked about, the mean by theme.

    A theme is given where every one of its items is printed, and the whole where every item is.
    """
    if not survey.outside_views:
        return []
    themes = {item.theme for item in survey.outside_views}
    wanted = [None, *(theme.key for theme in survey.themes if theme.key in themes)]
    return [
        {
            "from": group.name,
            "about": about.name.entries[0][1],
            "sides": [side, about.key],
            "theme": theme,
            **_mean(survey, group, about.key, theme),
        }
        for side, group in sides_of(published, survey).items()
        for about in survey.counterparts(side)
        for theme in wanted
    ]


def _mean(survey: Survey, group: Group, about: str, theme: str | None) -> Json:
    items = [one for one in survey.outside_views if theme in {None, one.theme}]
    indexes = list(_indexes(survey, group, about, items))
    if len(indexes) < len(items):
        return {"disclosed": False, "reason": "protected", "n": None, "index": None}
    fewest = min(n for n, _ in indexes)
    mean = sum((index for _, index in indexes), Fraction(0)) / len(indexes)
    return {"disclosed": True, "reason": None, "n": fewest, "index": decimal(mean)}


def _indexes(
    survey: Survey, group: Group, about: str, items: Sequence[Item]
) -> Iterator[tuple[int, Fraction]]:
    for item in items:
        key = column_key(item, survey.side(about), survey.sides)
        if group.counters is None or key not in group.items:
            continue
        index = group.counters.item_index(key)
        if index is not None:
            yield sum(group.counters.histogram(key)), index
