"""Pictures: drawn from the same figures as their tables, without a style, and also as files."""

import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.results.report import Share
from app.web import charts
from app.web.charts import Chart, Point, Row, Scale, Views
from app.web.charts.drawing import Bar, Line
from app.web.charts.trend import places

SVG = "{http://www.w3.org/2000/svg}"
STANCES = (-1, -1, 0, 1, 1)


def shares(counts: list[int]) -> list[Share]:
    n = sum(counts) or 1
    return [
        Share(f"likert-{place}", f"Point {place}", count, 100 * count / n, 0, str(count), stance)
        for place, (count, stance) in enumerate(zip(counts, STANCES, strict=True), start=1)
    ]


def bars(chart: Chart) -> list[Bar]:
    return [one for one in chart.marks if isinstance(one, Bar)]


def samples() -> list[Chart]:
    parts = shares([4, 10, 6, 15, 5])
    rows = [Row("“Hand-offs” & more <work>", "Mostly for", parts)]
    points = [
        Point(date(2026, 1, 31), "Jan 2026", 10.0, -5.0, 25.0),
        Point(date(2026, 2, 28), "Feb 2026", None),
        Point(date(2026, 3, 31), "Mar 2026", 30.0, 10.0, 50.0, changed=True, note="1"),
    ]
    return [
        charts.interval("Score <+24>", 24.2, 14.0, 34.0, company=10.0),
        charts.stances("Promoters 40 %", shares([1, 1, 2, 3, 3])),
        charts.stacked("40 answers", parts),
        charts.diverging("40 answers", parts, Scale.of([parts])),
        charts.items("All questions", rows),
        charts.trend("Up", points),
        charts.views("Who misjudges whom", [Views("Promises", 40.0, 70.0, None)], labelled=True),
    ]


@pytest.mark.parametrize("chart", samples(), ids=lambda one: one.kind)
def test_a_page_holds_it_without_a_style_and_with_its_finding(chart: Chart) -> None:
    svg = str(chart.svg())
    assert "style" not in svg
    assert "%" in svg
    drawn = ET.fromstring(svg)
    assert drawn.attrib["role"] == "img"
    assert drawn.attrib["aria-label"] == chart.title
    assert [one.text for one in drawn.iter("title")] == [chart.title]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("chart", samples(), ids=lambda one: one.kind)
def test_a_file_stands_by_itself(chart: Chart, theme: str) -> None:
    """Every class it uses has a rule in it, no colour is left to a page, and it has a size."""
    text = charts.standalone(chart, theme)
    drawn = ET.fromstring(text)
    [style] = [one.text or "" for one in drawn.iter(f"{SVG}style")]
    assert "var(" not in style
    assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    used = {name for one in drawn.iter() for name in one.attrib.get("class", "").split()}
    plain = {"chart", "middle", "tick", "views", "bar", "note"}
    assert {name for name in used - plain if f".{name}" not in style} == set()
    for one in drawn.iter():
        assert not [value for name, value in one.attrib.items() if name in PLACES and "%" in value]


PLACES = ("x", "y", "x1", "x2", "cx", "width", "height")


@given(st.lists(st.integers(0, 60), min_size=5, max_size=5).filter(any))
def test_the_pieces_of_a_bar_are_all_answers(counts: list[int]) -> None:
    parts = shares(counts)
    drawn = bars(charts.stacked("", parts))
    assert sum(one.width for one in drawn) == pytest.approx(100, abs=0.1)
    told = [dict(one.data)["people"] for one in drawn]
    assert told == [count for count in counts if count]


@given(
    st.lists(
        st.lists(st.integers(0, 60), min_size=5, max_size=5).filter(any), min_size=1, max_size=6
    ),
    st.booleans(),
)
def test_neutral_answers_never_touch_zero(rows: list[list[int]], turned: bool) -> None:
    """Against left of it, for right of it, neutral at the edge, all by one measure."""
    every = [shares(counts)[:: -1 if turned else 1] for counts in rows]
    scale = Scale.of(every)
    for parts in every:
        sides = {part.kind: part.stance for part in parts}
        drawn = bars(charts.diverging("", parts, scale))
        assert sum(float(str(dict(one.data)["share"])) for one in drawn) == pytest.approx(100, 0.1)
        for one in drawn:
            assert one.width == pytest.approx(
                float(str(dict(one.data)["share"])) * scale.unit, rel=1e-3, abs=1e-3
            )
            side = sides[one.kind]
            if side < 0:
                assert one.x + one.width <= scale.zero + 1e-6
            if side > 0:
                assert one.x >= scale.zero - 1e-6
            if side == 0:
                assert one.x >= scale.middle - 1e-6
            assert one.x >= -1e-6
            assert one.x + one.width <= 100 + 1e-6


def test_the_strongest_answers_are_the_outer_ones_also_when_turned() -> None:
    parts = shares([1, 2, 3, 4, 5])
    scale = Scale.of([parts])
    straight = [one.kind for one in sorted(bars(charts.diverging("", parts, scale)), key=at)]
    turned = [one.kind for one in sorted(bars(charts.diverging("", parts[::-1], scale)), key=at)]
    assert straight == turned == ["likert-1", "likert-2", "likert-4", "likert-5", "likert-3"]


def at(bar: Bar) -> float:
    return bar.x


def test_a_line_is_drawn_only_between_rounds_that_can_be_compared() -> None:
    def points(**given: object) -> list[Point]:
        days = [date(2026, month, 28) for month in (1, 2, 3)]
        made = [Point(day, str(day), 10.0, 0.0, 20.0, joined=n > 0) for n, day in enumerate(days)]
        return [*made[:2], Point(days[2], "last", **{"score": 20.0, **given})]  # type: ignore[arg-type]

    def lines(*, kind: str = "line", **given: object) -> int:
        marks = charts.trend("", points(**given)).marks
        return len([one for one in marks if isinstance(one, Line) and one.kind == kind])

    assert lines(joined=True) == 2
    assert lines(joined=False, changed=True) == 1
    assert lines(kind="changed", joined=False, changed=True) == 1
    assert lines(score=None, joined=True) == 1
    assert lines(kind="missing", score=None) == 1


def test_every_trend_has_the_same_axis() -> None:
    def height(score: float) -> float:
        svg = str(charts.trend("", [Point(date(2026, 1, 1), "", score)]).svg())
        found = re.search(r'<circle[^>]* cy="([\d.]+)"', svg)
        assert found is not None
        return float(found[1])

    assert height(0) - height(50) == pytest.approx(height(-100) - height(-50))
    assert height(-100) > height(100)


def test_rounds_lie_where_their_dates_are_and_never_on_top_of_each_other() -> None:
    across = places([date(2026, 1, 1), date(2026, 1, 11), date(2026, 2, 10)])
    assert (across[1] - across[0]) * 3 == pytest.approx(across[2] - across[1])
    crowded = places([date(2023, 1, 1), date(2026, 1, 1), date(2026, 1, 2)])
    assert crowded == pytest.approx([11, 54, 97])
    assert places([date(2026, 1, 1)]) == [50]
    assert places([]) == []
