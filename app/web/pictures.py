"""The pictures of a results page as files: the same drawings, from the same values."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.access.sign_in import Viewer
from app.results import heat, mirrors, release, report, trend
from app.results.export import offer
from app.results.export.extract import Extract, Json
from app.results.mirrors import Direction
from app.results.summary import Summary
from app.results.trend import Moment
from app.web import charts, lines
from app.web.charts import Chart, Views
from app.web.sight import results_of

# A picture is drawn for slides and posters: twice as fine as a page.
FINE = 2.0
HEAT, TREND, GAPS = "heatmap", "trend", "gaps"


@dataclass(frozen=True)
class Shown:
    """What pictures are made from: all of it as far as the reader may see it.

    The group is None where it has no figures. `moments` are the rounds of its score, or of the
    measure that is asked for.
    """

    extract: Extract
    group: Json | None
    groups: Sequence[Summary]
    directions: Sequence[Direction]
    moments: Sequence[Moment]


def shown(
    session: Session,
    viewer: Viewer,
    extract: Extract,
    department: str,
    zone: ZoneInfo,
    measure: str = "",
) -> Shown | None:
    """What the pictures of a group are made from; None where it is not the viewer's to read."""
    round_id = extract.release["round"]["id"]
    results = results_of(session, viewer, round_id)
    if not results.sight.may_read(department):
        return None
    with_figures = offer.subjects(extract)
    # A side's own answers, of which the page prints the mean, are in the whole release alone.
    content = release.read(session, round_id)
    rows = mirrors.readable(content["gaps"], results.sight.sides)
    of = results.standing.id_of(department)
    return Shown(
        extract=extract,
        group=next((one for one in with_figures if one["department"] == department), None),
        groups=[one for one in results.standing.groups if results.sight.may_read(one.path)],
        directions=mirrors.directions(content, rows, extract.survey, extract.language),
        moments=trend.over_time(session, viewer, results.released, of, measure, zone),
    )


def of(shown: Shown, name: str) -> Chart | None:
    """The picture of that name; None where there is none."""
    kind, _, key = name.partition("-")
    if kind == "item" and key:
        return _item(shown, key)
    if kind == GAPS and key:
        return _gaps(shown, key)
    draw = DRAWN.get(name)
    return draw(shown) if draw else None


def named(shown: Shown) -> list[tuple[str, str]]:
    """Every picture there is of a group, by name and in words; single questions last."""
    return [one for one in _names(shown) if of(shown, one[0]) is not None]


def _names(shown: Shown) -> Iterator[tuple[str, str]]:
    text = shown.extract.language.text
    yield "score", text("Score")
    yield "stances", text("Promoters, passives and detractors")
    yield "items", text("Answers to each question")
    yield "distributions", text("Answers to each question, as whole bars")
    yield TREND, text("Score over the rounds")
    yield HEAT, text("Departments and themes")
    for one in shown.directions:
        yield gaps_name(one), text("%(side)s looks at %(other)s", side=one.one, other=one.other)
    yield from ((f"item-{line.key}", line.text) for line in _lines(shown))


def gaps_name(found: Direction) -> str:
    """How the picture of what one side sees of another is called."""
    return f"{GAPS}-{'-'.join(found.sides)}"


def png(chart: Chart, theme: str) -> bytes:
    """The picture in dots; needs the extra `png`."""
    import resvg_py

    svg = charts.standalone(chart, theme)
    return resvg_py.svg_to_bytes(svg_string=svg, zoom=FINE, sans_serif_family="DejaVu Sans")


def safe(name: str) -> str:
    """The name as part of a file's."""
    return re.sub(r"[^a-z0-9_-]", "_", name.lower())[:60]


def _score(shown: Shown) -> Chart | None:
    group, reader = shown.group, shown.extract.language
    if group is None or group["score_low"] is None:
        return None
    name, likely = report.title(group, reader), report.likely(group, reader)
    score, low, high = (group[one] for one in ("score_exact", "score_low", "score_high"))
    return charts.interval(f"{name}: {report.signed(score)}, {likely}", score, low, high)


def _stances(shown: Shown) -> Chart | None:
    group, reader = shown.group, shown.extract.language
    if group is None or not group["n"]:
        return None
    parts = report.stances(group, reader)
    said = ", ".join(f"{part.label} {report.amount(part, group['n'], reader)}" for part in parts)
    return charts.stances(f"{report.title(group, reader)}: {said}", parts)


def _diverging(shown: Shown) -> Chart | None:
    return _items(shown, whole=False)


def _whole(shown: Shown) -> Chart | None:
    return _items(shown, whole=True)


def _items(shown: Shown, *, whole: bool) -> Chart | None:
    found, reader = _lines(shown), shown.extract.language
    if shown.group is None or not found:
        return None
    rows = [charts.Row(line.text, report.signed(line.score), line.parts) for line in found]
    title = f"{report.title(shown.group, reader)}: {reader.text('Answers to each question')}"
    return charts.items(title, rows, whole=whole)


def _item(shown: Shown, key: str) -> Chart | None:
    line = next((one for one in _lines(shown) if one.key == key), None)
    if line is None:
        return None
    said = shown.extract.language.text(
        "%(n)s answers, score %(score)s", n=line.n, score=report.signed(line.score)
    )
    return charts.stacked(f"{line.text} {said}", line.parts, 32)


def _lines(shown: Shown) -> list[report.ItemLine]:
    if shown.group is None:
        return []
    found = report.items_of(shown.group, shown.extract.survey, shown.extract.language)
    return [line for line in found if line.n and line.parts]


def _gaps(shown: Shown, key: str) -> Chart | None:
    found = next((one for one in shown.directions if gaps_name(one) == f"{GAPS}-{key}"), None)
    if found is None:
        return None
    text, names = shown.extract.language.text, {"side": found.one, "other": found.other}
    legend = (
        text("%(other)s of itself", **names),
        text("%(side)s of %(other)s", **names),
        text("what %(side)s expects %(other)s to answer", **names),
    )
    title = text("%(side)s looks at %(other)s", **names)
    rows = [Views(view.text, view.own, view.seen, view.guessed) for view in found.views]
    return charts.views(title, rows, labelled=True, legend=legend)


def _heat(shown: Shown) -> Chart | None:
    reader = shown.extract.language
    columns = heat.columns(shown.extract.survey, reader, "")
    rows = heat.rows(shown.groups, columns, "", reader, interval=False)
    if not columns or not any(row.cells for row in rows):
        return None
    title = reader.text("Score by department and theme")
    return charts.heat(title, columns, rows, reader.text("too few answers, or protected"))


def _trend(shown: Shown) -> Chart | None:
    return lines.chart(shown.moments, shown.extract.language)


DRAWN: Mapping[str, Callable[[Shown], Chart | None]] = {
    "score": _score,
    "stances": _stances,
    "items": _diverging,
    "distributions": _whole,
    TREND: _trend,
    HEAT: _heat,
}
