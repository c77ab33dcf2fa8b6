"""Importing people from a file: look at the plan, then apply it whole or not at all."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.kit import bulk
from app.kit.clock import now
from app.people import known, remembering
from app.people.known import UNIT, Person
from app.people.models import Department, Employee
from app.people.plan import Change, ImportPlan, plan
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

Values = tuple[Any, ...]

# Whether somebody is active the table says with a time.
_STORED = Person._fields[:-1]


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
    kept = remembering.note(session, plan, actor, name, import_id)
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
    new = [astuple(unit) for unit in plan.units if unit.id not in before]
    changed = [unit for unit in plan.units if unit.id in before and unit != before[unit.id]]
    # Paths and codes are unique, and two units may exchange theirs: all let go of them first.
    free = [(unit.id, None, f"?{unit.id}") for unit in changed]
    bulk.update(session, Department, ("code", "folded_path"), free)
    bulk.insert(session, Department, UNIT, new)
    bulk.update(session, Department, UNIT[1:], [astuple(unit) for unit in changed])


def _store_people(session: Session, changes: Iterable[Change]) -> None:
    moment = now()
    new: list[Values] = []
    # What is not named in a statement costs no index a thing.
    updates: dict[tuple[str, ...], list[Values]] = defaultdict(list)
    for change in changes:
        if change.before is None:
            new.append((*change.after[:-1], moment))
        else:
            columns, values = _differing(change.before, change.after, moment)
            updates[columns].append((change.after.id, *values))
    bulk.insert(session, Employee, (*_STORED, "added_at"), new)
    for columns, rows in updates.items():
        bulk.update(session, Employee, columns, rows)


def _differing(before: Person, after: Person, moment: datetime) -> tuple[tuple[str, ...], Values]:
    pairs = zip(Person._fields, before, after, strict=True)
    news = {name: new for name, old, new in pairs if old != new}
    if "active" in news:
        news["deactivated_at"] = None if news.pop("active") else moment
    return tuple(news), tuple(news.values())
