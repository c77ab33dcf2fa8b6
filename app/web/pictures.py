"""The pictures of a results page as files: the same drawings, from the same values."""

import re
from collections.abc import Callable, Mapping

from app.results import report
from app.results.export.extract import Extract, Json
from app.web import charts
from app.web.charts import Chart

# A picture is drawn for slides and posters: twice as fine as a page.
FINE = 2.0


def of(extract: Extract, group: Json, name: str) -> Chart | None:
    """The picture of that name of a group that has figures; None where there is none."""
    kind, _, key = name.partition("-")
    if kind == "item" and key:
        return _item(extract, group, key)
    draw = DRAWN.get(name)
    return draw(extract, group) if draw else None


def named(extract: Extract, group: Json) -> list[tuple[str, str]]:
    """Every picture there is of a group, by name and in words."""
    text = extract.language.text
    words = {
        "score": text("Score"),
        "stances": text("Promoters, passives and detractors"),
        "items": text("Answers to each question"),
    }
    items = [(f"item-{line.key}", line.text) for line in _lines(extract, group)]
    return [one for one in (*words.items(), *items) if of(extract, group, one[0]) is not None]


def png(chart: Chart, theme: str) -> bytes:
    """The picture in dots; needs the extra `png`."""
    import resvg_py

    svg = charts.standalone(chart, theme)
    return resvg_py.svg_to_bytes(svg_string=svg, zoom=FINE, sans_serif_family="DejaVu Sans")


def safe(name: str) -> str:
    """The name as part of a file's."""
    return re.sub(r"[^a-z0-9_-]", "_", name.lower())[:60]


def _score(extract: Extract, group: Json) -> Chart | None:
    if group["score_low"] is None:
        return None
    name, likely = report.title(group, extract.language), report.likely(group, extract.language)
    score, low, high = (group[one] for one in ("score_exact", "score_low", "score_high"))
    return charts.interval(f"{name}: {report.signed(score)}, {likely}", score, low, high)


def _stances(extract: Extract, group: Json) -> Chart | None:
    if not group["n"]:
        return None
    parts = report.stances(group, extract.language)
    said = ", ".join(
        f"{part.label} {report.amount(part, group['n'], extract.language)}" for part in parts
    )
    return charts.stances(f"{report.title(group, extract.language)}: {said}", parts)


def _items(extract: Extract, group: Json) -> Chart | None:
    lines = _lines(extract, group)
    if not lines:
        return None
    rows = [charts.Row(line.text, report.signed(line.score), line.parts) for line in lines]
    title = extract.language.text("Answers to each question")
    return charts.items(f"{report.title(group, extract.language)}: {title}", rows)


def _item(extract: Extract, group: Json, key: str) -> Chart | None:
    line = next((one for one in _lines(extract, group) if one.key == key), None)
    if line is None:
        return None
    said = extract.language.text(
        "%(n)s answers, score %(score)s", n=line.n, score=report.signed(line.score)
    )
    return charts.stacked(f"{line.text} {said}", line.parts, 32)


def _lines(extract: Extract, group: Json) -> list[report.ItemLine]:
    lines = report.items_of(group, extract.survey, extract.language)
    return [line for line in lines if line.n]


DRAWN: Mapping[str, Callable[[Extract, Json], Chart | None]] = {
    "score": _score,
    "stances": _stances,
    "items": _items,
}
