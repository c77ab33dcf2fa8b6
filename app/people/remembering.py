"""What an import changed, kept for a while so that it can be undone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, col
from sqlmodel import select as sql_select

from app.kit import bulk
from app.kit.clock import now
from app.kit.tokens import random_token
from app.people.known import Person, Unit
from app.people.models import ImportedPerson, PeopleImport
from app.people.plan import ImportPlan

# Long enough to notice a wrong file, short enough that earlier values are no archive.
KEPT = timedelta(days=14)


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
        (row.id, one.after.id, _kept(one.before) if one.before else "", mark(one.after))
        for one in plan.changes
    ]
    bulk.insert(session, ImportedPerson, ("import_id", "person_id", "before", "after"), people)
    return row.id


def listed(session: Session) -> list[PeopleImport]:
    """The imports that are still remembered, the newest first."""
    statement = sql_select(PeopleImport).where(col(PeopleImport.at) > now() - KEPT)
    return list(session.exec(statement.order_by(col(PeopleImport.at).desc())))


def find(session: Session, import_id: str) -> PeopleImport | None:
    """An import that is still remembered and has not been undone."""
    row = session.get(PeopleImport, import_id)
    return row if row and row.undone_at is None and row.at > now() - KEPT else None


def people(session: Session, import_id: str) -> Iterator[tuple[str, Person | None, bytes]]:
    """The ids of everybody it touched, each with the person before it and the mark it left."""
    rows = session.exec(sql_select(ImportedPerson).where(ImportedPerson.import_id == import_id))
    for row in rows:
        yield row.person_id, Person(**json.loads(row.before)) if row.before else None, row.after


def units(row: PeopleImport) -> list[tuple[Unit | None, Unit]]:
    """The departments it touched, before and after it."""
    return [_unit_pair(one) for one in json.loads(row.units)]


def mark(person: Person) -> bytes:
    """Tells whether somebody is still as an import left them, without keeping what that was."""
    return sha256(repr(person._asdict()).encode("utf-8", "replace")).digest()


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


def _kept(person: Person) -> str:
    return json.dumps(person._asdict(), ensure_ascii=False)
