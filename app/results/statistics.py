"""Beyond the score: agreement, gaps, comparisons, reliability and drivers, of printed groups only.

Every figure here is worked out from tables that the release prints (or, for the whole round, from
its pooled counters), so none of them tells more than those do.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from app.results.disclosure import Disclosed, Group
from app.results.earlier import Earlier
from app.scoring import agreement as agreeing
from app.scoring import alignment, compare, gap, rounding
from app.scoring import drivers as driving
from app.scoring import reliability as relying
from app.scoring.classes import ClassCounts
from app.scoring.counts import Counters
from app.scoring.icc import icc as intraclass
from app.scoring.interval import Interval
from app.scoring.ordinal import cliffs_delta
from app.surveys.definition import Item, Survey
from app.surveys.paper import column_key

Json = dict[str, Any]
FEWEST_FOR_AGREEMENT = 10
# A p value is never 0: enough digits that a small one does not print as one.
P_DIGITS = 8


def decimal(value: Fraction | float | None, digits: int = 4) -> float | None:
    """Rounded half away from zero; -0.0 is 0.0."""
    if value is None:
        return None
    scaled = rounding.round_half_away(Fraction(value) * 10**digits)
    return float(scaled / 10**digits)


def of_group(group: Group) -> Json | None:
    """How far the members agree, over the items of the composite that are printed."""
    counters = group.counters
    if counters is None or not counters.classes.n:
        return None
    keys = counters.instrument.composite
    if not _printed(group, keys):
        return None
    points = {counters.instrument[key].points for key in keys}
    if len(points) > 1:
        return None
    histograms = [counters.oriented_histogram(key) for key in keys]
    measured = agreeing.agreement(histograms)
    skewed = agreeing.NULL_VARIANCES.get(points.pop(), {}).get("slight_skew")
    return {
        **{name: decimal(value) for name, value in measured._asdict().items()},
        "r_wg_j_skewed": decimal(skewed and agreeing.r_wg_j(histograms, skewed)),
        "few_answers": counters.classes.n < FEWEST_FOR_AGREEMENT,
    }


def comparisons(published: Disclosed, earlier: Earlier | None = None) -> list[Json]:
    """Each department against the rest of the round and itself in the round before.

    Never against a whole it is part of. All of them are one family.
    """
    return _family([*_with_rest(published), *_with_earlier(published, earlier)])


def theme_changes(published: Disclosed, earlier: Earlier | None = None) -> list[Json]:
    """Each printed theme of each group against itself in the round before; a family of its own.

    Only where the theme was printed in both rounds with its counts.
    """
    return _family(_themes_with_earlier(published, earlier))


def _family(pairs: Iterable["Pair"]) -> list[Json]:
    """Compared two by two, and told apart from chance over all of them together."""
    found = [row for pair in pairs if (row := _compared(*pair)) is not None]
    q_values = compare.benjamini_hochberg([row["p"] for row in found])
    return [
        {
            **row,
            "difference": decimal(row["difference"]),
            "low": decimal(interval.low),
            "high": decimal(interval.high),
            "p": decimal(row["p"], P_DIGITS),
            "q": decimal(q, P_DIGITS),
            "verdict": compare.verdict(interval, q),
        }
        for row, q in zip(found, q_values, strict=True)
        for interval in [Interval(row["low"], row["high"])]
    ]


Pair = tuple[Group, ClassCounts, ClassCounts, Json]


def _with_rest(published: Disclosed) -> Iterator[Pair]:
    whole = _whole(published)
    for group, counters in _departments(published) if whole is not None else ():
        assert whole is not None
        others = compare.rest(whole.classes, counters.classes)
        yield group, counters.classes, others, {"with": "rest"}


def _with_earlier(published: Disclosed, earlier: Earlier | None) -> Iterator[Pair]:
    if earlier is None:
        return
    for group in published.groups:
        then = earlier.classes.get("" if not group.path else group.department_id)
        if group.counters is not None and then is not None and not group.path.endswith("*"):
            yield group, group.counters.classes, then, _told(earlier, then)


def _themes_with_earlier(published: Disclosed, earlier: Earlier | None) -> Iterator[Pair]:
    if earlier is None:
        return
    for group in published.groups:
        before = earlier.themes.get("" if not group.path else group.department_id, {})
        if group.counters is None or group.path.endswith("*"):
            continue
        for key, then in before.items():
            if key in group.themes:
                mine = group.counters.theme_classes[key]
                yield group, mine, then, {"theme": key, **_told(earlier, then)}


def _told(earlier: Earlier, then: ClassCounts) -> Json:
    before = {"promoters": then.promoters, "detractors": then.detractors, "n": then.n}
    return {"with": f"round:{earlier.round_id}", "round_name": earlier.name, "before": before}


def _compared(group: Group, mine: ClassCounts, theirs: ClassCounts, told: Json) -> Json | None:
    scores = alignment.score(mine), alignment.score(theirs)
    interval, p = compare.difference_interval(mine, theirs), compare.difference_p(mine, theirs)
    if scores[0] is None or scores[1] is None or interval is None or p is None:
        return None
    return {
        "department": group.path,
        **told,
        "difference": scores[0] - scores[1],
        **interval._asdict(),
        "p": p,
    }


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


def reliability(published: Disclosed) -> Json | None:
    """Whether the items of the composite belong together; of the whole round only."""
    whole = _whole(published)
    if whole is None or not _printed(published.groups[0], whole.instrument.composite):
        return None
    least = relying.LEAST_COMPLETE if published.controlled else 2
    found = relying.reliability(whole.composite_products(), whole.instrument.composite, least)
    if found is None:
        return None
    return {
        "n": found.n,
        "alpha": decimal(found.alpha),
        "alpha_low": decimal(found.alpha_low),
        "alpha_high": decimal(found.alpha_high),
        "omega": decimal(found.omega),
        "items": [
            {
                "key": one.key,
                "item_rest": decimal(one.item_rest),
                "alpha_if_dropped": decimal(one.alpha_if_dropped),
            }
            for one in found.items
        ],
    }


def icc(published: Disclosed) -> Json | None:
    """How much of the spread lies between departments: those printed that hold no printed one."""
    groups = _departments(published)
    inner = {group.path.rpartition("/")[0] for group, _ in groups}
    leaves = [
        counters
        for group, counters in groups
        if group.path not in inner and _printed(group, counters.instrument.composite)
    ]
    found = intraclass([counters.moments for counters in leaves])
    if found.icc1 is None:
        return None
    return {"icc1": decimal(found.icc1), "icc2": decimal(found.icc2), "groups": found.groups}


def drivers(published: Disclosed) -> list[Json]:
    """Which items move the outcome; of the whole round only, and only where enough answered.

    The weights add up to the share of the outcome that the items explain; an item that does not
    vary or repeats others is not in the list.
    """
    whole = _whole(published)
    products = whole.driver_products() if whole is not None else None
    if whole is None or products is None:
        return []
    if not _printed(published.groups[0], whole.instrument.crossed):
        return []
    found = driving.drivers(products, whole.instrument.drivers)
    if found is None:
        return []
    points = ("weight", "r", "r_low", "r_high")
    return [
        {
            "key": one.key,
            **{name: decimal(getattr(one, name)) for name in points},
            "tier": one.tier,
            "rank": one.rank,
            "outcome": whole.instrument.explained,
            "n": found.n,
        }
        for one in found.items
    ]


def _printed(group: Group, keys: Sequence[str]) -> bool:
    """Whether every one of these items is: a figure of all would tell one that is withheld."""
    return bool(keys) and group.items.issuperset(keys)


def _whole(published: Disclosed) -> Counters | None:
    return published.groups[0].counters if published.groups else None


def _departments(published: Disclosed) -> list[tuple[Group, Counters]]:
    """The printed departments: not the whole, and not what is left over."""
    return [
        (group, group.counters)
        for group in published.groups
        if group.counters is not None and group.path and not group.path.endswith("*")
    ]


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
