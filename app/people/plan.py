"""What importing a people file would do, worked out to the last row without changing anything."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from sqlmodel import Session

from app.kit import csv
from app.kit.tokens import random_token
from app.people import column_choices, columns, known, resemblance, rows, settling
from app.people.columns import ATTRIBUTES, Columns
from app.people.known import Known, Person, Unit
from app.people.problems import ImportRefused, RowError
from app.people.resemblance import NewDepartment
from app.people.rows import Errors, Row, Rows
from app.people.settling import Settled
from app.people.tree import SEPARATOR, folded_path

MOST_COLUMNS = 200
LONGEST_NAME = 500

Kind = Literal["new", "changed", "moved", "deactivated"]


@dataclass(frozen=True)
class Bounds:
    """How large a file may be."""

    mib: int
    rows: int


# What a page takes shares the memory of the process that serves respondents; a command has its own.
ON_A_PAGE, BY_COMMAND = Bounds(5, 50_000), Bounds(64, 500_000)


@dataclass(frozen=True)
class Rename:
    """A department that will stand elsewhere or be called otherwise, and stays the same one."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one person; `row` is None for who is not in the file."""

    kind: Kind
    row: int | None
    before: Person | None
    after: Person


@dataclass(frozen=True)
class ImportPlan:
    """Everything a page shows before the import, and everything the import then does."""

    encoding: str
    delimiter: str
    columns: Columns
    total_rows: int
    new: int
    changed: int
    moved: int
    same: int
    deactivated: int
    errors: tuple[RowError, ...]
    new_departments: tuple[NewDepartment, ...]
    renamed_departments: tuple[Rename, ...]
    changes: tuple[Change, ...]
    units: tuple[Unit, ...]
    known: Known

    @property
    def deactivates_many(self) -> bool:
        """Whether more than a tenth would be deactivated, so that the number must be confirmed."""
        return self.deactivated * 10 > self.known.active

    @property
    def changes_nothing(self) -> bool:
        return not self.changes and set(self.units) == set(self.known.units)

    @property
    def fingerprint(self) -> str:
        """The same as long as a preview would say the same."""
        changes = [(one.kind, one.after.employee_id, one.before) for one in self.changes]
        said = (changes, self.errors, self.new_departments, self.renamed_departments)
        return sha256(repr(said).encode("utf-8", "replace")).hexdigest()


# Told how far the work is, as a share of 1.
Tell = Callable[[float], None]


def plan(
    session: Session,
    content: bytes,
    *,
    full: bool = False,
    renamed: Mapping[str, str] | None = None,
    bounds: Bounds = ON_A_PAGE,
    tell: Tell = lambda _: None,
) -> ImportPlan:
    """Read the file and work out what importing it would do.

    `full` deactivates who is absent from the file. `renamed` answers "renamed or new?" for paths
    of the file that no code answers it for: {"Commercial/Jualan": "Commercial/Sales"}.
    """
    table = read_table(content, bounds)
    header = columns.read(table.header, column_choices.read(session))
    errors = Errors(header)
    tell(0.1)
    found = rows.read(table, header, errors, lambda share: tell(0.1 + share * 0.6))
    before = known.read(session)
    tell(0.8)
    absent = _absent(found, before) if full else frozenset()
    settled = settling.settle(found, before, errors, _renames(before, renamed or {}), absent)
    changes = tuple(_changes(settled, before, absent))
    counted = Counter(change.kind for change in changes)
    return ImportPlan(
        encoding=table.encoding,
        delimiter=table.delimiter,
        columns=header,
        total_rows=len(table.rows),
        new=counted["new"],
        changed=counted["changed"],
        moved=counted["moved"],
        same=len(settled.rows) - counted["new"] - counted["changed"] - counted["moved"],
        deactivated=counted["deactivated"],
        errors=tuple(sorted(errors.found, key=lambda error: error.row)),
        new_departments=resemblance.new_departments(settled, before),
        renamed_departments=tuple(Rename(*paths) for paths in settled.arrangement.renamed),
        changes=changes,
        units=settled.arrangement.units,
        known=before,
    )


def check(session: Session, content: bytes) -> None:
    """Refuse what cannot be imported as a whole, without looking at every row."""
    columns.read(read_table(content).header, column_choices.read(session))


def read_table(content: bytes, bounds: Bounds = ON_A_PAGE) -> csv.Table:
    """The file as a table of bounded size; raises ImportRefused."""
    if len(content) > bounds.mib * 1024 * 1024:
        raise ImportRefused("large", limit=bounds.mib)
    try:
        table = csv.read(content)
    except csv.NotCsv as error:
        raise ImportRefused("unreadable") from error
    if len(table.header) > MOST_COLUMNS or any(len(name) > LONGEST_NAME for name in table.header):
        raise ImportRefused("columns", limit=MOST_COLUMNS)
    if not table.rows:
        raise ImportRefused("nobody")
    if len(table.rows) > bounds.rows:
        raise ImportRefused("rows", limit=bounds.rows)
    return table


def _absent(found: Rows, before: Known) -> frozenset[str]:
    active = {person.employee_id for person in before.people.values() if person.active}
    return frozenset(active - found.mentioned)


def _renames(before: Known, renamed: Mapping[str, str]) -> dict[str, str]:
    ids = {unit.folded_path: unit.id for unit in before.units}
    given = {_path(new): ids.get(_path(old)) for new, old in renamed.items()}
    return {path: unit_id for path, unit_id in given.items() if unit_id is not None}


def _path(text: str) -> str:
    return folded_path(text.split(SEPARATOR))


def _changes(settled: Settled, before: Known, absent: frozenset[str]) -> Iterator[Change]:
    for row in settled.rows.values():
        person = before.people.get(row.employee_id)
        department_id = settled.arrangement.ids[row.path]
        after = _after(row, person or _newcomer(row, department_id), department_id)
        if after != person:
            yield Change(_kind(person, after), row.number, person, after)
    for employee_id in sorted(absent):
        person = before.people[employee_id]
        yield Change("deactivated", None, person, person._replace(active=False))


def _newcomer(row: Row, department_id: str) -> Person:
    return Person(random_token(), row.employee_id, "", "", department_id, "", "", "{}", True)


def _after(row: Row, person: Person, department_id: str) -> Person:
    return Person(
        id=person.id,
        employee_id=person.employee_id,
        name=_given(row.name, person.name),
        email=_email(row.email, person.email),
        department_id=department_id,
        manager_id=_given(row.manager, person.manager_id),
        language=_given(row.language, person.language),
        attributes=_attributes(row, person.attributes),
        active=True,
    )


def _given(cell: str | None, otherwise: str) -> str:
    """What the cell says, or what was there where the file has no such column."""
    return otherwise if cell is None else cell


def _email(cell: str | None, before: str) -> str:
    # Another spelling of the same address is no change.
    return before if cell is None or cell.casefold() == before.casefold() else cell


def _attributes(row: Row, stored: str) -> str:
    if not row.attributes:
        return stored
    before: dict[str, str] = json.loads(stored)
    after = before | dict(row.attributes)
    kept = {name: after[name] for name in ATTRIBUTES if after.get(name)}
    return json.dumps(kept, ensure_ascii=False) if kept != before else stored


def _kind(before: Person | None, after: Person) -> Kind:
    if before is None:
        return "new"
    moved = before.active and before.department_id != after.department_id
    return "moved" if moved else "changed"
