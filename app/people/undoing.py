"""Undoing an import: who and what is as it left them goes back, and the rest is named and stays."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as sql_select

from app.kit.clock import now
from app.kit.tokens import random_token
from app.people import known
from app.people.known import Known, Person, Unit
from app.people.models import Department, Employee, ImportedPerson, PeopleImport
from app.people.plan import ImportPlan

# Long enough to notice a wrong file, short enough that earlier values are no archive.
KEPT = timedelta(days=14)

CHANGED_SINCE, ASKED, ADDRESS_TAKEN, NO_DEPARTMENT = "changed", "asked", "address", "department"


@dataclass(frozen=True)
class Stays:
    """Somebody the import touched and undoing cannot, with the reason."""

    person: Person
    why: str


@dataclass(frozen=True)
class Undoing:
    """What undoing an import would do, and what it cannot."""

    removed: tuple[Person, ...]
    restored: tuple[tuple[Person, Person], ...]
    stays: tuple[Stays, ...]
    units_removed: tuple[Unit, ...]
    units_restored: tuple[tuple[Unit, Unit], ...]
    units_stay: tuple[Unit, ...]

    @property
    def does_nothing(self) -> bool:
        return not (self.removed or self.restored or self.units_removed or self.units_restored)


def note(
    session: Session, plan: ImportPlan, actor: str, name: str = "", import_id: str = ""
) -> str:
    """Remember what an import changes, so that it can be undone; returns its id."""
    row = PeopleImport(
        id=import_id or random_token(),
        by=actor,
        name=name,
        new=plan.new,
        changed=plan.changed,
        moved=plan.moved,
        deactivated=plan.deactivated,
        units=json.dumps(_unit_changes(plan)),
    )
    session.add(row)
    session.flush()
    people = [
        {
            "import_id": row.id,
            "person_id": one.after.id,
            "before": json.dumps(asdict(one.before), ensure_ascii=False) if one.before else "",
            "after": _mark(one.after),
        }
        for one in plan.changes
    ]
    if people:
        session.connection().execute(insert(ImportedPerson), people)
    return row.id


def listed(session: Session) -> list[PeopleImport]:
    """The imports that are still remembered, the newest first."""
    statement = sql_select(PeopleImport).where(col(PeopleImport.at) > now() - KEPT)
    return list(session.exec(statement.order_by(col(PeopleImport.at).desc())))


def find(session: Session, import_id: str) -> PeopleImport | None:
    """An import that is still remembered and has not been undone."""
    row = session.get(PeopleImport, import_id)
    return row if row and row.undone_at is None and row.at > now() - KEPT else None


def plan(session: Session, row: PeopleImport) -> Undoing:
    """What undoing it would do now; reads only."""
    before = known.read(session)
    people = list(_people(session, row.id, before))
    asked = _needed(session, Employee, {one.id for one, _, _ in people})
    units = [_unit_pair(one) for one in json.loads(row.units)]
    removed, restored, stays = _sorted(people, asked, before)
    removed_units, restored_units, units_stay = _units(session, units, before, removed, restored)
    return Undoing(removed, restored, stays, removed_units, restored_units, units_stay)


def undo(session: Session, row: PeopleImport) -> Undoing:
    """Do what the plan says, in the caller's transaction."""
    known.lock(session)
    planned = plan(session, row)
    row.undone_at = now()
    session.add(row)
    session.flush()
    connection = session.connection()
    _delete(session, Employee, [one.id for one in planned.removed])
    if planned.restored:
        statement = update(Employee).where(col(Employee.id) == bindparam("row_id"))
        connection.execute(statement, [_columns(after) for _, after in planned.restored])
    _undo_units(session, planned)
    connection.execute(delete(ImportedPerson).where(col(ImportedPerson.import_id) == row.id))
    session.expire_all()
    return planned


def _undo_units(session: Session, planned: Undoing) -> None:
    # Paths and codes are unique: all let go of theirs before any takes one.
    for unit in (*planned.units_removed, *(after for _, after in planned.units_restored)):
        _set_unit(session, unit.id, {"code": None, "folded_path": f"?{unit.id}"})
    for _, after in planned.units_restored:
        _set_unit(session, after.id, {k: v for k, v in asdict(after).items() if k != "id"})
    # Children first.
    _delete(session, Department, [one.id for one in reversed(planned.units_removed)])


def forget(session: Session, person_id: str, employee_id: str) -> None:
    """Erase what is remembered of a person's earlier values, and of whom they managed."""
    managed = f'"manager_id": {json.dumps(employee_id, ensure_ascii=False)}'
    session.connection().execute(
        delete(ImportedPerson).where(
            (col(ImportedPerson.person_id) == person_id)
            | col(ImportedPerson.before).contains(managed, autoescape=True)
        )
    )


def earlier(session: Session, person_id: str) -> list[dict[str, Any]]:
    """The values of a person before the imports that are still remembered."""
    statement = sql_select(ImportedPerson.before).where(ImportedPerson.person_id == person_id)
    return [json.loads(before) for before in session.exec(statement) if before]


def sweep(session: Session) -> None:
    """Forget imports that are too old to be undone."""
    old = select(col(PeopleImport.id)).where(col(PeopleImport.at) <= now() - KEPT)
    connection = session.connection()
    connection.execute(delete(ImportedPerson).where(col(ImportedPerson.import_id).in_(old)))
    connection.execute(delete(PeopleImport).where(col(PeopleImport.at) <= now() - KEPT))


def _unit_changes(plan: ImportPlan) -> list[dict[str, Any]]:
    before = {unit.id: unit for unit in plan.known.units}
    return [
        {"before": asdict(before[unit.id]) if unit.id in before else None, "after": asdict(unit)}
        for unit in plan.units
        if before.get(unit.id) != unit
    ]


def _unit_pair(change: Mapping[str, Any]) -> tuple[Unit | None, Unit]:
    before = Unit(**change["before"]) if change["before"] else None
    return before, Unit(**change["after"])


def _mark(person: Person) -> bytes:
    return sha256(repr(asdict(person)).encode("utf-8", "replace")).digest()


def _people(
    session: Session, import_id: str, before: Known
) -> Iterator[tuple[Person, Person | None, bytes]]:
    """Everybody the import touched who is still there: as he is, as he was, and the mark it left."""
    here = {person.id: person for person in before.people.values()}
    rows = session.exec(sql_select(ImportedPerson).where(ImportedPerson.import_id == import_id))
    for row in rows:
        if row.person_id in here:
            was = Person(**json.loads(row.before)) if row.before else None
            yield here[row.person_id], was, bytes(row.after)


def _sorted(
    people: Iterable[tuple[Person, Person | None, bytes]], asked: set[str], before: Known
) -> tuple[tuple[Person, ...], tuple[tuple[Person, Person], ...], tuple[Stays, ...]]:
    removed: list[Person] = []
    restored: list[tuple[Person, Person]] = []
    stays: list[Stays] = []
    for person, was, mark in people:
        if mark != _mark(person):
            stays.append(Stays(person, CHANGED_SINCE))
        elif was is not None:
            restored.append((person, was))
        elif person.id in asked:
            stays.append(Stays(person, ASKED))
        else:
            removed.append(person)
    kept, refused = _without_conflicts(restored, {one.id for one in removed}, before)
    return tuple(removed), tuple(kept), (*stays, *refused)


def _without_conflicts(
    restored: list[tuple[Person, Person]], removed: set[str], before: Known
) -> tuple[list[tuple[Person, Person]], list[Stays]]:
    """Leave out who would get an address that is somebody else's, or a department that is gone."""
    units = {unit.id for unit in before.units}
    refused = [Stays(one, NO_DEPARTMENT) for one, was in restored if was.department_id not in units]
    while True:
        out = {one.person.id for one in refused} | removed
        going = {one.id: was for one, was in restored if one.id not in out}
        holders: dict[str, set[str]] = defaultdict(set)
        for person in before.people.values():
            after = going.get(person.id, person)
            if person.id not in removed and after.active and after.email:
                holders[after.email.casefold()].add(person.id)
        more = [
            Stays(one, ADDRESS_TAKEN)
            for one, was in restored
            if one.id in going and was.active and len(holders[was.email.casefold()]) > 1
        ]
        if not more:
            return [(one, going[one.id]) for one, _ in restored if one.id in going], refused
        refused += more


def _units(
    session: Session,
    changes: list[tuple[Unit | None, Unit]],
    before: Known,
    removed: Iterable[Person],
    restored: Iterable[tuple[Person, Person]],
) -> tuple[tuple[Unit, ...], tuple[tuple[Unit, Unit], ...], tuple[Unit, ...]]:
    """New departments that are empty again go; renamed ones get their place back where it is free."""
    here = {unit.id: unit for unit in before.units}
    gone = {one.id for one in removed}
    back = {one.id: was.department_id for one, was in restored}
    inside = {
        back.get(one.id, one.department_id) for one in before.people.values() if one.id not in gone
    }
    new = [here[after.id] for was, after in changes if was is None and after.id in here]
    needed = inside | _needed(session, Department, {one.id for one in new})
    # Assume that all get their places back, which empties others; if not, look without that.
    old = {was.id: was for was, _ in changes if was is not None and was.id in here}
    removed_units = _empty(new, needed, [old.get(one.id, one) for one in before.units])
    restored_units = _back(changes, here, set(here) - {unit.id for unit in removed_units})
    if old and not restored_units:
        removed_units = _empty(new, needed, before.units)
    touched = {one.id for one in removed_units} | {one.id for one, _ in restored_units}
    stay = tuple(here[u.id] for _, u in changes if u.id in here and u.id not in touched)
    return removed_units, restored_units, stay


def _empty(new: list[Unit], needed: set[str], units: Iterable[Unit]) -> tuple[Unit, ...]:
    """The new units that nothing and nobody is in; parents before their children."""
    ids = {unit.id for unit in new}
    parents = {unit.id: unit.parent_id for unit in units}
    kept = {unit_id for unit_id in parents if unit_id not in ids} | (needed & ids)
    for unit_id in list(kept):
        above = parents.get(unit_id)
        while above is not None and above not in kept:
            kept.add(above)
            above = parents.get(above)
    return tuple(unit for unit in new if unit.id not in kept)


def _back(
    changes: list[tuple[Unit | None, Unit]], here: Mapping[str, Unit], left: set[str]
) -> tuple[tuple[Unit, Unit], ...]:
    """All renamed and moved units together, or none: half a tree would be nobody's wish."""
    pairs = [
        (here[after.id], was) for was, after in changes if was is not None and after.id in here
    ]
    as_left = {after.id: after for was, after in changes if was is not None}
    wanted = {was.id: was for _, was in pairs}
    if any(as_left[now_.id] != now_ for now_, _ in pairs):
        return ()
    after = [wanted.get(unit_id, here[unit_id]) for unit_id in left]
    paths = [unit.folded_path for unit in after]
    codes = [unit.code for unit in after if unit.code]
    parents = {unit.parent_id for unit in after} - {None}
    if len(set(paths)) < len(paths) or len(set(codes)) < len(codes) or parents - left:
        return ()
    return tuple(pairs)


def _needed(session: Session, table: type[SQLModel], ids: set[str]) -> set[str]:
    """Which of these rows another part still points at: a round's invitation, an account's scope."""
    found: set[str] = set()
    if not ids:
        return found
    name = str(table.__tablename__)
    own = {Department.__tablename__, Employee.__tablename__}
    for other in SQLModel.metadata.tables.values():
        for column in other.columns:
            # Some keep the id alone, to outlive the row.
            points = column.name == f"{name}_id" or any(
                key.column.table.name == name for key in column.foreign_keys
            )
            if points and other.name not in own:
                statement = select(column).where(column.is_not(None)).distinct()
                found |= ids & set(session.connection().execute(statement).scalars())
    return found


def _columns(person: Person) -> dict[str, Any]:
    values = {k: v for k, v in asdict(person).items() if k not in {"id", "active"}}
    return {**values, "row_id": person.id, "deactivated_at": None if person.active else now()}


def _set_unit(session: Session, unit_id: str, values: dict[str, Any]) -> None:
    session.connection().execute(
        update(Department).where(col(Department.id) == unit_id).values(**values)
    )


def _delete(session: Session, table: type[Department] | type[Employee], ids: list[str]) -> None:
    if ids:
        statement = delete(table).where(col(table.id) == bindparam("row_id"))
        session.connection().execute(statement, [{"row_id": one} for one in ids])
