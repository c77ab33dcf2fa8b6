"""The heat map: its cells in a page's table, and the whole of it as a picture to keep."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from textwrap import wrap

from markupsafe import Markup

from app.results.heat import Cell, Column, Row
from app.web.charts.drawing import Bar, Chart, Mark, Words

# More kinds of cells than a page of a few hundred departments has.
DIFFERENT = 10_000
# In pixels.
NAMES, CELL, HIGH, HEAD_LINE = 240, 104, 28, 16
LETTERS = 14
GAP = 2


def cells(row: Sequence[Cell]) -> Markup:
    """The cells of one row; most of them look like one that was drawn before."""
    return Markup("").join(map(_cell, row))


def heat(title: str, columns: Sequence[Column], rows: Sequence[Row], hidden: str) -> Chart:
    """Every group beside every measure; `hidden` stands where a group has no figure."""
    heads = [wrap(column.name, LETTERS) for column in columns]
    top = HEAD_LINE * max(map(len, heads), default=0) + GAP
    width = NAMES + CELL * len(columns)
    marks: list[Mark] = []
    for place, lines in enumerate(heads):
        middle = (NAMES + CELL * (place + 0.5)) * 100 / width
        marks += [
            Words("tick", middle, HEAD_LINE * (n + 0.5), line) for n, line in enumerate(lines)
        ]
    for place, row in enumerate(rows):
        marks += _row(row, top + place * HIGH, width, hidden)
    return Chart(title, top + len(rows) * HIGH, tuple(marks), "heat", width=width + 32)


@lru_cache(DIFFERENT)
def _cell(cell: Cell) -> Markup:
    if not cell.step:
        why = Markup(' title="{}"').format(cell.why) if cell.why else ""
        return Markup('<td class="said"{}>{}</td>').format(why, cell.said)
    more = Markup('<br><small class="nowrap">{}</small>').format(cell.interval)
    return Markup('<td class="heat-{}">{}{}</td>').format(
        cell.step, cell.score, more if cell.interval else ""
    )


def _row(row: Row, y: float, width: int, hidden: str) -> Iterator[Mark]:
    middle = y + (HIGH - GAP) / 2
    indent = 12 * max(0, row.level)
    yield Words("label", indent * 100 / width, middle, _short(row.place), "start")
    if not row.cells:
        yield Words("tick", (NAMES + 6) * 100 / width, middle, hidden, "start")
    for place, cell in enumerate(row.cells):
        x = (NAMES + CELL * place) * 100 / width
        if cell.step:
            data = (("score", cell.score),)
            yield Bar(f"heat-{cell.step}", x, (CELL - GAP) * 100 / width, y, HIGH - GAP, data)
        kind = f"heat-{cell.step}" if cell.step else "tick"
        said = cell.score if cell.step else _short(cell.said, LETTERS)
        yield Words(kind, x + (CELL - GAP) * 50 / width, middle, said)


def _short(text: str, most: int = 30) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
