"""Pictures that stand under one another on one time axis: the score, and figures of business."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.indicators import periods
from app.kit.language import Language
from app.results.trend import Moment
from app.web.charts.drawing import Chart, Dot, Line, Mark, Words
from app.web.figures import Figure, written

LEFT, RIGHT = 3.0, 97.0
TOP, FOOT = 16.0, 26.0
SCORES, VALUES = 150.0, 96.0
# Air above and below the values, as a share of their range.
AIR = 0.15

Axis = tuple[str, str]


def scores_chart(moments: Sequence[Moment], axis: Axis, language: Language) -> Chart:
    """The alignment score of every round, joined where rounds can be compared."""
    known = [one for one in moments if one.score is not None]
    title = language.plural(
        "Alignment score of %(n)s round", "Alignment score of %(n)s rounds", len(known)
    )
    return Chart(title, SCORES + TOP + FOOT, tuple(_scores(moments, axis, language)), "trend")


def values_chart(
    figure: Figure, moments: Sequence[Moment], axis: Axis, language: Language
) -> Chart:
    """The values of an indicator by month, with what was agreed and the days rounds closed on."""
    first, last = figure.lines[0], figure.lines[-1]
    title = language.text(
        "%(name)s: from %(first)s in %(start)s to %(last)s in %(end)s",
        name=figure.name,
        first=first.shown,
        start=first.month,
        last=last.shown,
        end=last.month,
    )
    marks = tuple(_values(figure, moments, axis, language))
    return Chart(title, VALUES + TOP + FOOT, marks, "trend")


def _scores(moments: Sequence[Moment], axis: Axis, language: Language) -> Iterator[Mark]:
    top, zero, bottom = (_score_down(level) for level in (100, 0, -100))
    yield Line("grid", 0, top, 100, top)
    yield Line("zero", 0, zero, 100, zero)
    yield Line("grid", 0, bottom, 100, bottom)
    yield Words("tick", 0, top - 8, "+100", "start")
    yield Words("tick", 0, bottom - 8, "−100", "start")
    for one, two in pairwise(moments):
        if two.joined and one.score is not None and two.score is not None:
            places = _across(periods.of(one.on), axis), _across(periods.of(two.on), axis)
            yield Line("line", places[0], _score_down(one.score), places[1], _score_down(two.score))
    for one in moments:
        yield from _moment(one, _across(periods.of(one.on), axis))
    yield from _ends(axis, TOP + SCORES + 16, language)


def _moment(moment: Moment, x: float) -> Iterator[Mark]:
    if moment.score is None:
        bottom = _score_down(-100)
        yield Line("missing", x, bottom - 6, x, bottom + 6)
        return
    if moment.low is not None and moment.high is not None:
        yield Line("whisker", x, _score_down(moment.high), x, _score_down(moment.low))
    data = (("on", moment.on.isoformat()), ("score", moment.score))
    yield Dot("point", x, _score_down(moment.score), 5, data)


def _values(
    figure: Figure, moments: Sequence[Moment], axis: Axis, language: Language
) -> Iterator[Mark]:
    low, high = _range(figure)
    bottom = TOP + VALUES
    for one in moments:
        x = _across(periods.of(one.on), axis)
        yield Line("noted", x, TOP, x, bottom)
    yield Line("grid", 0, bottom, 100, bottom)
    levels = {"level": figure.row.service_level, "aim": figure.row.target}
    for kind, level in levels.items():
        if level is not None:
            y = _down(level, low, high)
            yield Line(kind, 0, y, 100, y)
    places = [
        (_across(line.period, axis), _down(line.value, low, high), line) for line in figure.lines
    ]
    for (x, y, line), (to_x, to_y, later) in pairwise(places):
        # A month without a value is a gap.
        if periods.place(later.period) - periods.place(line.period) == 1:
            yield Line("line", x, y, to_x, to_y)
    for x, y, line in places:
        yield Dot("point", x, y, 4, (("period", line.period), ("value", line.value)))
    highest = max(figure.lines, key=lambda line: line.value)
    yield Words("tick", 0, TOP - 8, written(highest.value, figure.row.unit, language), "start")
    yield from _ends(axis, bottom + 16, language)


def _range(figure: Figure) -> tuple[float, float]:
    agreed = (figure.row.target, figure.row.service_level)
    every = [line.value for line in figure.lines] + [one for one in agreed if one is not None]
    low, high = min(every), max(every)
    air = (high - low) * AIR or max(abs(high), 1.0) * AIR
    return low - air, high + air


def _across(period: str, axis: Axis) -> float:
    """Where a month lies between the first and the last one, in per cent."""
    first, last = map(periods.place, axis)
    if first == last:
        return 50.0
    return LEFT + (RIGHT - LEFT) * (periods.place(period) - first) / (last - first)


def _score_down(score: float) -> float:
    return TOP + (100 - score) * SCORES / 200


def _down(value: float, low: float, high: float) -> float:
    return TOP + VALUES * (high - value) / (high - low)


def _ends(axis: Axis, y: float, language: Language) -> Iterator[Mark]:
    first, last = (language.short_month(periods.first_day(one)) for one in axis)
    if axis[0] == axis[1]:
        yield Words("tick", 50, y, first)
        return
    yield Words("tick", 0, y, first, "start")
    yield Words("tick", 100, y, last, "end")
