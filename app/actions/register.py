"""The list of actions: reading and changing it, each within what the viewer may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, delete, select

from app.actions.models import Action
from app.audit import log
from app.kit.clock import now

COMPANY = ""
KEPT = timedelta(days=30)
# Nobody decides on more; a program would.
MOST = 5_000

Scope = Collection[str] | None


class UnknownAction(Exception):
    """There is none with this id, or it is not the viewer's to see."""


@dataclass(frozen=True)
class Given:
    """What people say of an action."""

    what: str
    who: str = ""
    due_on: date | None = None
    notes: str = ""
    department_id: str = COMPANY


@dataclass(frozen=True)
class Origin:
    """The round, theme, sign and practice an action answers to."""

    round_id: str | None = None
    theme: str = ""
    sign: str = ""
    practice: str = ""


NOWHERE = Origin()


def listed(session: Session, scope: Scope) -> Sequence[Action]:
    """Actions of the company and of these departments (None: of all), open and soon due first."""
    statement = select(Action).where(col(Action.deleted_at).is_(None))
    if scope is not None:
        statement = statement.where(col(Action.department_id).in_({COMPANY, *scope}))
    rows = session.exec(statement.order_by(col(Action.created_at).desc()).limit(MOST)).all()
    return sorted(rows, key=lambda one: (one.done_at is not None, one.due_on or date.max, one.what))


def get(session: Session, action_id: str, scope: Scope, *, deleted: bool = False) -> Action:
    """The action, where it may be changed: a manager's own departments only; raises UnknownAction."""
    row = session.get(Action, action_id)
    if row is None or (row.deleted_at is not None) != deleted or not may_change(row, scope):
        raise UnknownAction(action_id)
    return row


def may_change(row: Action, scope: Scope) -> bool:
    """Whether it is an action of these departments; the company's belong to HR."""
    return scope is None or row.department_id in scope


def add(session: Session, given: Given, origin: Origin, actor: str) -> Action:
    """Decide on something."""
    row = Action(
        what=given.what,
        created_by=actor,
        round_id=origin.round_id,
        theme=origin.theme,
        sign=origin.sign,
        practice=origin.practice,
    )
    _set(row, given)
    session.add(row)
    session.flush()
    log.record(session, actor, "action.added", row.id, department=row.department_id)
    return row


def change(session: Session, row: Action, given: Given, actor: str) -> None:
    """Say it otherwise, hand it to somebody else, or move its date."""
    _set(row, given)
    session.add(row)
    log.record(session, actor, "action.changed", row.id)


def finish(session: Session, row: Action, actor: str, *, done: bool) -> None:
    """Tick it off, or open it again."""
    row.done_at = (row.done_at or now()) if done else None
    session.add(row)
    log.record(session, actor, "action.done" if done else "action.reopened", row.id)


def remove(session: Session, row: Action, actor: str) -> None:
    """Delete it; `restore` brings it back for a while."""
    session.exec(delete(Action).where(col(Action.deleted_at) <= now() - KEPT))
    row.deleted_at = now()
    session.add(row)
    log.record(session, actor, "action.deleted", row.id)


def restore(session: Session, row: Action, actor: str) -> None:
    """Undo it."""
    row.deleted_at = None
    session.add(row)
    log.record(session, actor, "action.restored", row.id)


def _set(row: Action, given: Given) -> None:
    for name in Given.__dataclass_fields__:
        setattr(row, name, getattr(given, name))
