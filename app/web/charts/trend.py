"""A score over rounds: the same axis everywhere, and no line where nothing can be compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.web.charts.drawing import Chart, Dot, Line, Mark, Words

LEFT, RIGHT = 11.0, 97.0
TOP = 14.0
NEAREST = 1.5


@dataclass(frozen=True)
class Point:
    """One round on the line; without a score there is a gap. `joined` to the point before it."""

    on: date
    label: str
    score: float | None
    low: float | None = None
    high: float | None = None
    joined: bool = False
    changed: bool = False
    note: str = ""


def trend(title: str, points: Sequence[Point], height: float = 180) -> Chart:
    """Scores with their intervals over time, from -100 to +100."""
    return Chart(title, height + 2 * TOP + 18, tuple(_marks(points, height)), "trend")


def _marks(points: Sequence[Point], height: float) -> Iterator[Mark]:
    across = places([one.on for one in points])
    top, zero, bottom = (_down(level, height) for level in (100, 0, -100))
    yield from (Line("grid" if y != zero else "zero", 0, y, 100, y) for y in (top, zero, bottom))
    yield Words("tick", 0, top + 9, "+100", "start")
    yield Words("tick", 0, zero - 7, "0", "start")
    yield Words("tick", 0, bottom - 7, "−100", "start")
    yield from _between(points, across, height)
    for point, x in zip(points, across, strict=True):
        if point.note:
            yield Line("noted", x, top, x, bottom)
            yield Words("note", x, top - 5, point.note)
        yield from _round(point, x, height)
    yield from _dates(points, across, bottom + TOP + 8)


def _round(point: Point, x: float, height: float) -> Iterator[Mark]:
    if point.score is None:
        bottom = _down(-100, height)
        yield Line("missing", x, bottom - 6, x, bottom + 6)
        return
    if point.low is not None and point.high is not None:
        yield Line("whisker", x, _down(point.high, height), x, _down(point.low, height))
    data = (("on", point.on.isoformat()), ("score", point.score))
    yield Dot("point", x, _down(point.score, height), 5, data)


def _between(points: Sequence[Point], across: Sequence[float], height: float) -> Iterator[Mark]:
    """What lies between two rounds in a row: a line, or the mark of changed wording."""
    for (one, x), (other, to_x) in pairwise(zip(points, across, strict=True)):
        if other.changed:
            middle = (x + to_x) / 2
            yield Line("changed", middle, _down(100, height), middle, _down(-100, height))
        if other.joined and one.score is not None and other.score is not None:
            yield Line("line", x, _down(one.score, height), to_x, _down(other.score, height))


def _down(score: float, height: float) -> float:
    return TOP + (100 - score) * height / 200


def _dates(points: Sequence[Point], across: Sequence[float], y: float) -> Iterator[Mark]:
    """The first and the last round by name."""
    if not points:
        return
    last = len(points) - 1
    chosen = {0: "start", last: "end"} if last else {0: "middle"}
    for place, anchor in chosen.items():
        x = {"start": 0.0, "end": 100.0, "middle": across[place]}[anchor]
        yield Words("tick", x, y, points[place].label, anchor)


def places(days: Sequence[date]) -> list[float]:
    """Where each day lies between the first and the last one, in per cent.

    Side by side where two would lie on top of each other: rounds of one week over three years.
    """
    if len(days) < 2:
        return [50.0] * len(days)
    length = (days[-1] - days[0]).days
    width = RIGHT - LEFT
    if not length or min((b - a).days for a, b in pairwise(days)) * width / length < NEAREST:
        return [LEFT + width * n / (len(days) - 1) for n in range(len(days))]
    return [LEFT + width * (day - days[0]).days / length for day in days]
