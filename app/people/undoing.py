"""Undoing an import: who and what is as it left them goes back, and the rest is named and stays."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, SQLModel, col

from app.kit import bulk
from app.kit.clock import now
from app.people import known, remembering
from app.people.known import UNIT, Known, Person, Unit
from app.people.models import Department, Employee, ImportedPerson, PeopleImport

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


def plan(session: Session, row: PeopleImport) -> Undoing:
    """What undoing it would do now; reads only."""
    before = known.read(session)
    people = list(_people(session, row.id, before))
    asked = _needed(session, Employee, {one.id for one, _, _ in people})
    units = remembering.units(row)
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
    bulk.delete(session, Employee, [one.id for one in planned.removed])
    bulk.update(session, Employee, _COLUMNS, [_restored(was) for _, was in planned.restored])
    _undo_units(session, planned)
    session.connection().execute(
        delete(ImportedPerson).where(col(ImportedPerson.import_id) == row.id)
    )
    session.expire_all()
    return planned


def _undo_units(session: Session, planned: Undoing) -> None:
    # Paths and codes are unique: all let go of theirs before any takes one.
    held = (*planned.units_removed, *(after for _, after in planned.units_restored))
    free = [(unit.id, None, f"?{unit.id}") for unit in held]
    bulk.update(session, Department, ("code", "folded_path"), free)
    back = [astuple(after) for _, after in planned.units_restored]
    bulk.update(session, Department, UNIT[1:], back)
    # Children first.
    bulk.delete(session, Department, [one.id for one in reversed(planned.units_removed)])


def _people(
    session: Session, import_id: str, before: Known
) -> Iterator[tuple[Person, Person | None, bytes]]:
    """Everybody the import touched who is still there: as he is, as he was, and the mark it left."""
    here = {person.id: person for person in before.people.values()}
    for person_id, was, mark in remembering.people(session, import_id):
        if person_id in here:
            yield here[person_id], was, mark


def _sorted(
    people: Iterable[tuple[Person, Person | None, bytes]], asked: set[str], before: Known
) -> tuple[tuple[Person, ...], tuple[tuple[Person, Person], ...], tuple[Stays, ...]]:
    removed: list[Person] = []
    restored: list[tuple[Person, Person]] = []
    stays: list[Stays] = []
    for person, was, mark in people:
        if mark != remembering.mark(person):
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


def _restored(person: Person) -> tuple[Any, ...]:
    return (*person[:-1], None if person.active else now())


# Of a person all but the id, and a time instead of whether they are active.
_COLUMNS = (*Person._fields[1:-1], "deactivated_at")
