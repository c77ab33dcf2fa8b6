"""Tables of slides: native ones, whose cells can be edited where the slides are shown."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from app.kit.text import visible
from app.results.export.slides.deck import FONT, colour, short

LONGEST_NAME = 64
LARGE, SMALL = 14, 12
# From so many columns on the letters are smaller.
MANY = 8
LEAST = Inches(0.44)
SIDE, EDGE = Inches(0.06), Inches(0.03)
# How wide and high a letter is at most, by its size.
WIDE, HIGH = 0.64, 1.25
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
# The style of a table that brings neither colours nor lines.
PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Cell:
    """What a cell says, a note below it, and whether it is words in place of a figure."""

    text: str
    note: str = ""
    quiet: bool = False


# A name and its cells; a single cell has the whole width.
Row = tuple[str, Sequence[Cell]]


def pages(
    heads: Sequence[str], rows: Sequence[Row], box: Box, *, names: float
) -> Iterator[Sequence[Row]]:
    """The rows by tables that fit into the box, however long the names are."""
    widths = _widths(len(heads), box[2], names)
    room = box[3] - _head_height(heads, widths)
    page: list[Row] = []
    taken = 0
    for row in rows:
        height = _row_height(row, widths)
        if page and taken + height > room:
            yield page
            page, taken = [], 0
        page.append(row)
        taken += height
    if page:
        yield page


def grid(
    slide: Slide, heads: Sequence[str], rows: Sequence[Row], box: Box, *, alt: str, names: float
) -> None:
    """A table: a head for each column, and rows of a name and cells; `names` is their share."""
    left, top, width, _ = box
    widths = _widths(len(heads), width, names)
    heights = [_head_height(heads, widths), *(_row_height(row, widths) for row in rows)]
    shapes: Any = slide.shapes
    frame = shapes.add_table(len(heights), len(heads), left, top, Emu(width), Emu(sum(heights)))
    frame._element.nvGraphicFramePr.cNvPr.set("descr", visible(alt))
    table = frame.table
    table._tbl.tblPr.find(f"{DRAWING}tableStyleId").text = PLAIN
    for column, its_width in zip(table.columns, widths, strict=True):
        column.width = Emu(its_width)
    for line, height in zip(table.rows, heights, strict=True):
        line.height = Emu(height)
    size = _size(widths)
    for place, head in enumerate(heads):
        _write(table.cell(0, place), Cell(short(head, LONGEST_NAME)), size - 2, place, "link")
    for down, (name, cells) in enumerate(rows, start=1):
        kind = "shade" if down % 2 else "paper"
        if len(cells) < len(heads) - 1:
            table.cell(down, 1).merge(table.cell(down, len(heads) - 1))
        for place, cell in enumerate((Cell(short(name, LONGEST_NAME)), *cells)):
            _write(table.cell(down, place), cell, size, place, kind)


def _widths(columns: int, width: int, names: float) -> list[int]:
    first = round(width * names)
    return [first, *[(width - first) // max(1, columns - 1)] * (columns - 1)]


def _size(widths: Sequence[int]) -> int:
    return SMALL if len(widths) >= MANY else LARGE


def _head_height(heads: Sequence[str], widths: Sequence[int]) -> int:
    size = _size(widths) - 2
    return max(_height(head, size, width) for head, width in zip(heads, widths, strict=True))


def _row_height(row: Row, widths: Sequence[int]) -> int:
    name, cells = row
    size = _size(widths)
    noted = any(cell.note for cell in cells) * Pt(HIGH * (size - 4))
    return max(_height(name, size, widths[0]), Pt(HIGH * size) + noted + 2 * EDGE)


def _height(text: str, size: int, width: int) -> int:
    letters = max(1, int((width - 2 * SIDE) / Pt(size) / WIDE))
    lines = len(textwrap.wrap(short(text, LONGEST_NAME), letters)) or 1
    return max(LEAST, round(lines * Pt(size) * HIGH) + 2 * EDGE)


def _write(into: Any, cell: Cell, size: int, place: int, kind: str) -> None:
    head = kind == "link"
    into.fill.solid()
    into.fill.fore_color.rgb = colour(kind)
    into.vertical_anchor = MSO_ANCHOR.MIDDLE
    into.margin_top = into.margin_bottom = EDGE
    into.margin_left = into.margin_right = SIDE
    frame = into.text_frame
    frame.word_wrap = True
    ink = "paper" if head else "ink-2" if cell.quiet else "ink"
    first = frame.paragraphs[0]
    _line(first, cell.text, size - 2 if cell.quiet else size, ink, place)
    first.font.bold = head or place == 0
    if cell.note:
        _line(frame.add_paragraph(), cell.note, size - 4, "ink-2", place)


def _line(paragraph: Any, text: str, size: int, ink: str, place: int) -> None:
    paragraph.text = " ".join(visible(text).split())
    paragraph.alignment = PP_ALIGN.CENTER if place else PP_ALIGN.LEFT
    paragraph.font.name, paragraph.font.size = FONT, Pt(size)
    paragraph.font.color.rgb = colour(ink)
