"""Differences of scores: of departments from the others, and of groups from the round before."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.results.disclosure import Disclosed, Group
from app.results.earlier import Earlier
from app.results.statistics import P_DIGITS, decimal, departments_of, whole_of
from app.scoring import alignment, compare
from app.scoring.classes import ClassCounts
from app.scoring.interval import Interval

Json = dict[str, Any]


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
    whole = whole_of(published)
    for group, counters in departments_of(published) if whole is not None else ():
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
