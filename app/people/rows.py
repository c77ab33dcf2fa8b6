"""The rows of a people file as checked values, and what is wrong with the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from app.kit.csv import Table
from app.kit.text import TooManyMarks, composed
from app.people import cells
from app.people.columns import ATTRIBUTES, Columns
from app.people.problems import RowError, Values, shown
from app.people.tree import SEPARATOR, folded_path

TOLD_EVERY = 2_500

_CODE = "department_code"


class Row(NamedTuple):
    """What a row says about one person; None where the file has no such column."""

    number: int
    employee_id: str
    department: str
    path: str  # the department in the form in which paths are compared
    department_code: str
    name: str | None
    email: str | None
    manager: str | None
    language: str | None
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Rows:
    """The rows that are right by themselves, and every employee id that occurs at all."""

    good: tuple[Row, ...]
    # A bad row still names a person who is there: nobody is absent because of a typing error.
    mentioned: frozenset[str]


class Errors:
    """Collects what is wrong, under the file's own names of the columns."""

    def __init__(self, columns: Columns) -> None:
        self._headers = {column.field: column.header for column in columns.used}
        self.found: list[RowError] = []

    def add(
        self,
        row: int,
        column: str,
        value: str,
        key: str,
        values: Values = (),
        *,
        left_out: bool = True,
    ) -> None:
        header = self._headers.get(column, column)
        self.found.append(RowError(row, column, header, shown(value), key, values, left_out))


def read(
    table: Table, columns: Columns, errors: Errors, tell: Callable[[float], None] = lambda _: None
) -> Rows:
    """Every row of the table, checked by itself and against the rows before it."""
    reader = _Reader(columns, len(table.header), errors)
    parsed = []
    for place, (number, row_cells) in enumerate(table.rows, start=1):
        if row := reader.row(number, row_cells):
            parsed.append(row)
        if place % TOLD_EVERY == 0:
            tell(place / len(table.rows))
    good = _by_code(_by_email(_by_id(parsed, errors), errors), errors)
    return Rows(tuple(good), frozenset(reader.mentioned))


class _Reader:
    def __init__(self, columns: Columns, width: int, errors: Errors) -> None:
        self._places = [
            (one.field, one.index, cells.CHECKS.get(one.field, cells.text)) for one in columns.used
        ]
        self._id_place = next(i for field, i, _ in self._places if field == "employee_id")
        self._width = width
        self._errors = errors
        self.mentioned: set[str] = set()

    def row(self, number: int, row_cells: tuple[str, ...]) -> Row | None:
        row = self._read(number, row_cells)
        if row:
            self.mentioned.add(row.employee_id)
        else:
            self._mention(row_cells)
        return row

    def _read(self, number: int, row_cells: tuple[str, ...]) -> Row | None:
        if len(row_cells) != self._width:
            values = (("found", len(row_cells)), ("expected", self._width))
            self._errors.add(number, "", "", "cells", values)
            return None
        before = len(self._errors.found)
        found = {
            field: self._checked(number, field, row_cells[place], check)
            for field, place, check in self._places
        }
        return _row(number, found) if len(self._errors.found) == before else None

    def _mention(self, row_cells: tuple[str, ...]) -> None:
        place = self._id_place
        if place < len(row_cells):
            # What cannot be composed is refused as a cell; as an id it is nobody's.
            with suppress(TooManyMarks):
                self.mentioned.add(" ".join(composed(row_cells[place]).split()))

    def _checked(self, number: int, field: str, cell: str, check: Callable[[str], str]) -> str:
        try:
            return check(cell)
        except cells.Wrong as wrong:
            self._errors.add(number, field, cell, wrong.key, wrong.values)
            return ""


def _row(number: int, found: Mapping[str, str]) -> Row:
    return Row(
        number=number,
        employee_id=found["employee_id"],
        department=found["department"],
        path=_path(found["department"]),
        department_code=found.get("department_code", ""),
        name=_name(found),
        email=found.get("email"),
        manager=found.get("manager_id"),
        language=found.get("language"),
        attributes=tuple((field, found[field]) for field in ATTRIBUTES if field in found),
    )


def _name(found: Mapping[str, str]) -> str | None:
    parts = [found[field] for field in ("name", "first_name", "last_name") if field in found]
    return " ".join(part for part in parts if part) if parts else None


@lru_cache(maxsize=10_000)
def _path(department: str) -> str:
    # A file names few departments many times.
    return folded_path(department.split(SEPARATOR))


def _by_id(rows: Iterable[Row], errors: Errors) -> Iterator[Row]:
    first: dict[str, Row] = {}
    for row in rows:
        other = first.setdefault(row.employee_id, row)
        if other is row:
            yield row
        else:
            values = (("first", other.number),)
            errors.add(row.number, "employee_id", row.employee_id, "id_twice", values)


def _by_email(rows: Iterable[Row], errors: Errors) -> Iterator[Row]:
    first: dict[str, Row] = {}
    for row in rows:
        other = first.setdefault(row.email.casefold(), row) if row.email else row
        if other is row:
            yield row
        else:
            values = (("first", other.number),)
            errors.add(row.number, "email", row.email or "", "email_twice", values)


def _by_code(rows: Iterable[Row], errors: Errors) -> Iterator[Row]:
    """Within one file a code stands for one path, and a path has one code."""
    paths: dict[str, Row] = {}
    codes: dict[str, Row] = {}
    for row in rows:
        if not row.department_code:
            yield row
            continue
        same_code = paths.get(row.department_code, row)
        same_path = codes.get(row.path, row)
        if same_code.path != row.path:
            values = (("first", same_code.number), ("path", shown(same_code.department)))
            errors.add(row.number, _CODE, row.department_code, "code_two_paths", values)
        elif same_path.department_code != row.department_code:
            other = (("first", same_path.number), ("code", same_path.department_code))
            errors.add(row.number, _CODE, row.department_code, "path_two_codes", other)
        else:
            paths.setdefault(row.department_code, row)
            codes.setdefault(row.path, row)
            yield row
