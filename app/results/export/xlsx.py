"""A workbook: what it is about, an overview to read, and the tables to work with.

Text is only ever written as text: nothing in a workbook is a formula or a link.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.kit import streaming
from app.kit.csv import Cell
from app.kit.language import Refusal
from app.kit.text import visible
from app.results import report
from app.results.export.columns import TOLD
from app.results.export.extract import Extract
from app.results.export.facts import facts
from app.results.export.table import Column, Table

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
# What the format itself allows.
LONGEST_TEXT, MOST_ROWS = 32_767, 1_048_576

INK, PAPER, HEAD, LINE = "#16191d", "#ffffff", "#0b4f9e", "#d9dde2"
SIGNED, WHOLE, TENTH, CHANCE = "+0;-0;0", "#,##0", "0.0", "0.0000"
FORMATS = {
    "score": SIGNED,
    **dict.fromkeys(("score_exact", "score_low", "score_high"), "+0.0;-0.0;0.0"),
    **dict.fromkeys(("range_low", "range_high", "gap", "low", "high"), "+0.0;-0.0;0.0"),
    "difference": "+0.0;-0.0;0.0",
    **dict.fromkeys(("p", "q"), CHANCE),
    "cliff": "0.00",
}
WIDTHS = {"text": 80, **dict.fromkeys(TOLD, 60), "department": 34, "name": 24, "label": 28}
WIDTHS |= {"item": 24, "measure": 24, "theme": 20, "column": 20, "verdict": 20, "with": 18}
WRAPPED = {"text", *TOLD}
HEAD_HEIGHT = 20


class TooManyRows(Refusal):
    """A spreadsheet cannot hold the table."""


def pieces(extract: Extract, tables: Sequence[Table], *, overview: bool = True) -> Iterator[bytes]:
    """The workbook of these tables; written whole before the first piece leaves."""

    def write(file: IO[bytes]) -> None:
        with Workbook(file, OPTIONS) as book:
            _Book(book, extract).fill(tables, overview=overview)

    return streaming.built(write)


class _Book:
    """A workbook being written, row by row and never back."""

    def __init__(self, book: Workbook, extract: Extract) -> None:
        self._book = book
        self._extract = extract
        self._reader = extract.language
        self._formats: dict[str, Format] = {}

    def fill(self, tables: Sequence[Table], *, overview: bool) -> None:
        self._book.set_properties({"title": visible(self._extract.release["round"]["name"])})
        self._about()
        if overview:
            self._overview()
        for table in tables:
            self._table(table)

    def _about(self) -> None:
        told = facts(self._extract)
        widest = max(len(fact) for fact, _ in told) + 3
        sheet = self._sheet(self._reader.text("About"), {0: widest, 1: 90})
        name = self._extract.release["round"]["name"]
        sheet.write_string(0, 0, _cut(name), self._format(title=True))
        for row, (fact, value) in enumerate(told, start=2):
            sheet.write_string(row, 0, fact, self._format(bold=True, top=True))
            sheet.write_string(row, 1, _cut(value), self._format(wrap=True))

    def _overview(self) -> None:
        text = self._reader.text
        heads = [
            *(text("Department"), text("Score"), text("Low"), text("High")),
            *(text("Promoters"), text("Passives"), text("Detractors")),
            *(text("Answered"), text("Asked")),
        ]
        sheet = self._sheet(text("Overview"), {0: 44, **dict.fromkeys(range(1, 9), 12)})
        self._heads(sheet, heads, numbers=range(1, 9))
        for row, group in enumerate(self._extract.groups, start=1):
            self._group(sheet, row, group)

    def _group(self, sheet: Worksheet, row: int, group: Mapping[str, Any]) -> None:
        place = report.place(group["department"], self._reader)
        named = self._format(indent=group["level"], wrap=True)
        sheet.write_string(row, 0, _cut(place), named)
        if not group["disclosed"]:
            sheet.write_string(
                row, 1, self._reader.text("too few answers, or protected"), self._format(quiet=True)
            )
            return
        if group["band"]:
            sheet.write_string(row, 1, report.band(group, self._reader), self._format(quiet=True))
        else:
            for at, name in enumerate(("score", "score_low", "score_high"), start=1):
                self._number(sheet, row, at, group[name], SIGNED)
            for at, name in enumerate(("promoters", "passives", "detractors"), start=4):
                self._number(sheet, row, at, group[name], WHOLE)
        for at, name in enumerate(("answered", "invited"), start=7):
            self._number(sheet, row, at, group[name], WHOLE)

    def _table(self, table: Table) -> None:
        widths = {at: _width(column) for at, column in enumerate(table.columns)}
        sheet = self._sheet(table.name, widths)
        numbers = [at for at, one in enumerate(table.columns) if one.kind in {"integer", "number"}]
        self._heads(sheet, table.header, numbers, filtered=True)
        last = 0
        for last, row in enumerate(table.rows, start=1):
            if last >= MOST_ROWS:
                raise TooManyRows("a spreadsheet cannot hold so many rows: choose CSV")
            for at, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                self._cell(sheet, last, at, column, value)
        sheet.autofilter(0, 0, last, len(table.columns) - 1)

    def _cell(self, sheet: Worksheet, row: int, at: int, column: Column, value: Cell) -> None:
        if value is None:
            return
        if column.kind == "boolean":
            sheet.write_boolean(row, at, value == "true")
        elif isinstance(value, str):
            sheet.write_string(row, at, _cut(value), self._format(wrap=column.name in WRAPPED))
        else:
            default = TENTH if column.kind == "number" else WHOLE
            self._number(sheet, row, at, value, FORMATS.get(column.name, default))

    def _number(
        self, sheet: Worksheet, row: int, at: int, value: float | None, pattern: str
    ) -> None:
        if value is not None:
            sheet.write_number(row, at, value, self._format(pattern=pattern))

    def _sheet(self, name: str, widths: Mapping[int, int]) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        for at, width in widths.items():
            sheet.set_column(at, at, width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _heads(
        self,
        sheet: Worksheet,
        heads: Sequence[str],
        numbers: Sequence[int],
        *,
        filtered: bool = False,
    ) -> None:
        for at, head in enumerate(heads):
            right = at in numbers
            # Clear of the button that filters, which a reader of tables draws over the end.
            place = self._format(head=True, right=right, indent=2 if right and filtered else 0)
            sheet.write_string(0, at, head, place)
        sheet.set_row(0, HEAD_HEIGHT)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)

    def _format(self, **wanted: Any) -> Format:
        """Each kind of cell has one format, made when it is first needed."""
        key = repr(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(_properties(**wanted))
        return self._formats[key]


def _properties(
    *,
    title: bool = False,
    bold: bool = False,
    head: bool = False,
    quiet: bool = False,
    right: bool = False,
    top: bool = False,
    wrap: bool = False,
    indent: int = 0,
    pattern: str = "",
) -> dict[str, Any]:
    found: dict[str, Any] = {"font_color": INK, "valign": "top" if wrap or top else "vcenter"}
    if title:
        found |= {"font_size": 16, "bold": True, "font_color": HEAD}
    if head:
        found |= {"bold": True, "bg_color": HEAD, "font_color": PAPER, "bottom": 1}
    if quiet:
        found |= {"italic": True, "font_color": "#4a525c"}
    if pattern:
        found["num_format"] = pattern
    return found | {
        **({"bold": True} if bold else {}),
        **({"align": "right"} if right else {}),
        **({"text_wrap": True} if wrap else {}),
        **({"align": "right" if right else "left", "indent": indent} if indent else {}),
    }


def _cut(text: str) -> str:
    # Within a cell a line ends in one way only.
    shown = visible(text).replace("\r\n", "\n").replace("\r", "\n")
    return shown if len(shown) <= LONGEST_TEXT else shown[: LONGEST_TEXT - 1] + "…"


def _width(column: Column) -> int:
    """Enough for what is in it, and for its head and the button beside that."""
    least = len(column.name) + 5
    return max(least, WIDTHS.get(column.name, 14 if column.kind == "string" else 10))
