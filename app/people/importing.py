"""Importing people from a file: look at the plan, then apply it whole or not at all."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col

from app.kit.clock import now
from app.people import known, undoing
from app.people.known import Person
from app.people.models import Department, Employee
from app.people.plan import Change, ImportPlan, Kind, plan
from app.people.problems import ImportRefused, PlanOutdated, RowError, TooManyDeactivated

__all__ = [
    "ImportPlan",
    "ImportRefused",
    "PlanOutdated",
    "RowError",
    "TooManyDeactivated",
    "apply",
    "as_json",
    "plan",
]

Table = type[Department] | type[Employee]
Values = dict[str, Any]


def apply(
    session: Session,
    plan: ImportPlan,
    *,
    deactivate: int | None = None,
    actor: str = "",
    name: str = "",
    import_id: str = "",
) -> str:
    """Do what the plan says; the caller's transaction makes it all or nothing.

    Returns the id under which it can be undone.

    Planning may take seconds and holds no lock, so the plan can come from an earlier session.
    That is safe: it is refused when the people are no longer what it was made from.
    """
    if plan.deactivates_many and deactivate != plan.deactivated:
        raise TooManyDeactivated(plan.deactivated)
    known.lock(session)
    if known.read(session) != plan.known:
        raise PlanOutdated
    _store_units(session, plan)
    _store_people(session, plan.changes)
    kept = undoing.note(session, plan, actor, name, import_id)
    # The statements went past the session: what it has loaded before is no longer so.
    session.expire_all()
    return kept


def as_json(plan: ImportPlan) -> dict[str, object]:
    """The plan in the words of the command and of the API."""
    return {
        "new": plan.new,
        "changed": plan.changed,
        "same": plan.same,
        "moved": plan.moved,
        "deactivated": plan.deactivated,
        "errors": [
            {
                "row": error.row,
                "column": error.column,
                "value": error.value,
                "message": error.message,
            }
            for error in plan.errors
        ],
    }


def _store_units(session: Session, plan: ImportPlan) -> None:
    before = {unit.id: unit for unit in plan.known.units}
    changed = [unit for unit in plan.units if unit.id in before and unit != before[unit.id]]
    # Paths and codes are unique, and two units may exchange theirs: all let go of them first.
    _update(
        session,
        Department,
        [{"id": unit.id, "code": None, "folded_path": f"?{unit.id}"} for unit in changed],
    )
    _insert(session, Department, [asdict(unit) for unit in plan.units if unit.id not in before])
    _update(session, Department, [asdict(unit) for unit in changed])


def _store_people(session: Session, changes: Iterable[Change]) -> None:
    moment = now()
    people: dict[Kind, list[Person]] = {"new": [], "changed": [], "moved": [], "deactivated": []}
    for change in changes:
        people[change.kind].append(change.after)
    new = [{**_columns(person), "added_at": moment} for person in people["new"]]
    _insert(session, Employee, new)
    here = people["changed"] + people["moved"]
    _update(session, Employee, [{**_columns(one), "deactivated_at": None} for one in here])
    gone = [{"id": one.id, "deactivated_at": moment} for one in people["deactivated"]]
    _update(session, Employee, gone)


def _columns(person: Person) -> Values:
    values = asdict(person)
    # The table says it with a time.
    del values["active"]
    return values


def _insert(session: Session, table: Table, rows: list[Values]) -> None:
    if rows:
        session.connection().execute(insert(table), rows)


def _update(session: Session, table: Table, rows: list[Values]) -> None:
    """One statement for all rows; each names the columns it sets and the id of its row."""
    if not rows:
        return
    statement = update(table).where(col(table.id) == bindparam("row_id"))
    named = [{"row_id": row["id"], **{k: v for k, v in row.items() if k != "id"}} for row in rows]
    session.connection().execute(statement, named)
