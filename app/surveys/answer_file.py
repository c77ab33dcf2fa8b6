"""Answers out of a CSV of any tool, one column an item: the bytes of ballots, or all that is wrong.

What a cell means is said by whoever hands the file over (codes from 0, codes from 1, or labels)
and never guessed. Every different text of a column is read once, so a large file costs little.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from app.kit.csv import Table
from app.surveys.cell_codes import READERS, CellRefused
from app.surveys.coding import Column, Layout
from app.surveys.definition import Survey
from app.surveys.question_types import text
from app.surveys.question_types.kind import Offer, Refused

Notation = Literal["zero", "one", "labels"]
LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One cell, or without a column one row, that cannot be read; the header is row 1."""

    row: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        where = f"row {self.row}" + (f", column {self.column}" if self.column else "")
        return (
            f'{where}: {self.message}: "{self.value}"' if self.value else f"{where}: {self.message}"
        )


class AnswersRefused(Exception):
    """The file cannot be scored as it is; nothing of it was."""

    def __init__(self, problems: Sequence[CellProblem]) -> None:
        first = problems[0]
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{first}{more}")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file as read: a record of ballot bytes a row, each row's department, and comments.

    `comments` holds for each open item the places of the rows and what was written there;
    `ignored` names the columns that are no item of the survey.
    """

    records: bytes
    departments: tuple[str, ...]
    comments: Mapping[str, tuple[tuple[int, str], ...]]
    ignored: tuple[str, ...]


def read(
    table: Table,
    survey: Survey,
    notation: Notation,
    department: str | None,
    unplaceable: Callable[[str], str],
) -> AnswerFile:
    """Every row of the file; raises AnswersRefused, which names all cells that are wrong.

    Without a `department` everybody is one group; `unplaceable` says why a text is none.
    """
    layout = Layout.of(survey)
    places = _places(table, layout, survey, department)
    whole = [row for row in table.rows if len(row[1]) == len(table.header)]
    cells = _Cells(
        numbers=[number for number, _ in whole],
        columns=list(zip(*(row for _, row in whole), strict=True)) or [()] * len(table.header),
        problems=[_ragged(number, row, table) for number, row in _unlike(table)],
    )
    placed: Sequence[str] = ("",) * len(whole)
    if department is not None:
        placed = cells.checked(department, places[department], unplaceable)
    kept = [(one, _kept(one, survey, notation, cells, places)) for one in layout.columns]
    comments = _comments(survey, places, cells)
    if cells.problems:
        raise AnswersRefused(sorted(cells.problems, key=lambda one: one.row))
    return AnswerFile(
        records=_records(kept, len(whole)),
        departments=tuple(placed),
        comments=comments,
        ignored=tuple(name for n, name in enumerate(table.header) if n not in places.values()),
    )


@dataclass
class _Cells:
    """The whole rows of a file by column, and what is wrong with them so far."""

    numbers: Sequence[int]
    columns: Sequence[Sequence[str]]
    problems: list[CellProblem]

    def checked(self, name: str, place: int, wrong: Callable[[str], str]) -> Sequence[str]:
        """A column, after each of its different texts was looked at once."""
        column = self.columns[place]
        refused = {cell: message for cell in set(column) if (message := wrong(cell))}
        if refused:
            self.problems += [
                CellProblem(number, name, cell.strip()[:LONGEST_SHOWN], refused[cell])
                for number, cell in zip(self.numbers, column, strict=True)
                if cell in refused
            ]
        return column


def _kept(
    one: Column, survey: Survey, notation: Notation, cells: _Cells, places: Mapping[str, int]
) -> bytes:
    """The bytes of one column, a row after the other; short where a cell was refused."""
    reader = READERS[one.item.type](survey, one.item, notation)
    known: dict[str, bytes] = {}

    def wrong(cell: str) -> str:
        try:
            known[cell] = reader(cell.strip())
        except CellRefused as refused:
            known[cell] = b""
            return str(refused)
        return ""

    column = cells.checked(one.key, places[one.key], wrong)
    return b"".join(map(known.__getitem__, column))


def _places(table: Table, layout: Layout, survey: Survey, department: str | None) -> dict[str, int]:
    """Where each column of the file that is used stands; raises AnswersRefused."""
    names = [name for name in table.header if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [
        CellProblem(1, name, "", "two columns have this name: rename one") for name in twice
    ]
    needed = [column.key for column in layout.columns]
    open_items = [item.key for item in survey.items if item.type == "text"]
    if len(table.header) == 1 and len(needed) > 1:
        message = "the header is one cell: separate the columns by comma, semicolon or tab"
        raise AnswersRefused([CellProblem(1, table.header[0][:LONGEST_SHOWN], "", message)])
    if department is not None and department not in names:
        message = f"the file has no such column of departments; it has {', '.join(names[:20])}"
        problems.append(CellProblem(1, department, "", message))
    problems += [
        CellProblem(1, key, "", _missing(key, names)) for key in needed if key not in names
    ]
    if problems:
        raise AnswersRefused(problems)
    used = [*needed, *(key for key in open_items if key in names)]
    return {key: table.header.index(key) for key in [*used, *([department] if department else [])]}


def _missing(key: str, names: Sequence[str]) -> str:
    folded = {name.casefold(): name for name in reversed(names)}
    near = get_close_matches(key.casefold(), folded, n=1)
    meant = f', perhaps "{folded[near[0]]}"' if near else ", empty if it was not asked"
    return f"the file has no such column: name it{meant}"


def _unlike(table: Table) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows that have more or fewer cells than the header."""
    return (row for row in table.rows if len(row[1]) != len(table.header))


def _ragged(number: int, row: Sequence[str], table: Table) -> CellProblem:
    message = f"it has {len(row)} cells and the header has {len(table.header)}"
    return CellProblem(number, "", "", message)


def _comments(
    survey: Survey, places: Mapping[str, int], cells: _Cells
) -> dict[str, tuple[tuple[int, str], ...]]:
    """What was written to each open item that is in the file, with the place of its row."""
    open_items = [item.key for item in survey.items if item.type == "text" and item.key in places]
    return {key: tuple(_written(key, cells, cells.columns[places[key]])) for key in open_items}


def _written(key: str, cells: _Cells, column: Sequence[str]) -> Iterator[tuple[int, str]]:
    for place, words in enumerate(column):
        try:
            kept = text.read(Offer(0), [words])
        except Refused as refused:
            message = f"this comment cannot be kept ({refused.kind.replace('_', ' ')})"
            cells.problems.append(CellProblem(cells.numbers[place], key, "", message))
            continue
        if kept:
            yield place, kept.decode()


def _records(columns: Sequence[tuple[Column, bytes]], rows: int) -> bytes:
    """The bytes of all rows, each row's columns in their places."""
    size = sum(column.width for column, _ in columns)
    buffer = bytearray(rows * size)
    for column, kept in columns:
        for byte in range(column.width):
            buffer[column.offset + byte :: size] = kept[byte :: column.width]
    return bytes(buffer)
