"""Two rounds of one survey beside each other: every group and theme that both of them print."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.scoring import alignment, compare
from app.scoring.classes import ClassCounts
from app.scoring.interval import Interval

Json = Mapping[str, Any]
# A department's path to its lasting id; the whole's path is empty and so is its id.
Ids = Mapping[str, str]


@dataclass(frozen=True)
class Pair:
    """One measure in two rounds; without a verdict one of them does not print it."""

    path: str
    theme: str
    before: float | None
    after: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = ""


def comparable(first: Json, second: Json) -> bool:
    """Whether both were asked and scored alike."""
    return _rules(first) == _rules(second)


def pairs(first: Json, second: Json, ids_then: Ids, ids_now: Ids) -> list[Pair]:
    """Every group of the second round with itself in the first, then the whole's themes.

    All differences are one family, as in a release.
    """
    found = list(_measured(first, second, ids_then, ids_now))
    compared = [
        (n, interval, p)
        for n, (_, _, then, now) in enumerate(found)
        if then is not None
        and now is not None
        and (interval := compare.difference_interval(now, then)) is not None
        and (p := compare.difference_p(now, then)) is not None
    ]
    q_values = compare.benjamini_hochberg([p for _, _, p in compared])
    verdicts = {
        n: (interval, compare.verdict(interval, q))
        for (n, interval, _), q in zip(compared, q_values, strict=True)
    }
    return [_pair(*one, verdicts.get(n)) for n, one in enumerate(found)]


Measured = tuple[str, str, ClassCounts | None, ClassCounts | None]


def _measured(first: Json, second: Json, ids_then: Ids, ids_now: Ids) -> Iterator[Measured]:
    then = {
        ids_then[one["department"]]: one for one in first["groups"] if one["department"] in ids_then
    }
    for group in second["groups"]:
        path = group["department"]
        if path in ids_now:
            yield path, "", _classes(then.get(ids_now[path], {})), _classes(group)
    before = {one["key"]: one for one in first["groups"][0].get("themes", ())}
    for theme in second["groups"][0].get("themes", ()):
        yield "", theme["key"], _classes(before.get(theme["key"], {})), _classes(theme)


def _pair(
    path: str,
    theme: str,
    then: ClassCounts | None,
    now: ClassCounts | None,
    found: tuple[Interval, str] | None,
) -> Pair:
    before, after = _score(then), _score(now)
    if found is None or before is None or after is None:
        return Pair(path, theme, before, after)
    interval, verdict = found
    return Pair(path, theme, before, after, after - before, interval.low, interval.high, verdict)


def _score(counts: ClassCounts | None) -> float | None:
    score = None if counts is None else alignment.score(counts)
    return None if score is None else float(score)


def _classes(measures: Json) -> ClassCounts | None:
    """The printed counts; None where there are none, or a band stands for them."""
    if measures.get("promoters") is None:
        return None
    return ClassCounts(*(measures[kind] for kind in ("promoters", "passives", "detractors")))


def _rules(content: Json) -> tuple[str, int, str]:
    about = content["round"]
    return about["survey"], about["survey_version"], content["method"]["hash"]
