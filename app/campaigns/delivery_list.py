"""The life of each invitation, and of all other work of a round, as HR may see it.

Of a person only the invitation is shown, which everybody gets: a reminder goes to those who have
not answered, so who got one is shown to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, or_, select

from app.campaigns.deliveries import MAILS, said
from app.campaigns.models import Invitation, RoundDepartment
from app.kit.jobs import Job, State
from app.kit.mail.report import Cause, cause
from app.people.models import Employee

PAGE = 50


class Stands(StrEnum):
    """Where an invitation stands, in the words of the page."""

    WAITING = "waiting"
    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    STOPPED = "stopped"
    PARKED = "parked"
    NO_MAIL = "no-mail"


_OF_STATE = {
    State.LEASED: Stands.SENDING,
    State.DONE: Stands.SENT,
    State.FAILED: Stands.FAILED,
    State.BOUNCED: Stands.BOUNCED,
    State.CANCELLED: Stands.STOPPED,
    State.PARKED: Stands.PARKED,
}
_OF_STANDS = {stands: state for state, stands in _OF_STATE.items()}


@dataclass(frozen=True)
class Delivery:
    """One person's invitation: how often it was tried, when it goes next, what the server said."""

    name: str
    email: str
    department: str
    stands: Stands
    tries: int = 0
    next_at: datetime | None = None
    ended_at: datetime | None = None
    said: str = ""
    # Only where mail could not reach the person.
    cause: Cause | None = None
    # How often it went again since nobody could tell whether it had arrived.
    doubts: int = 0


@dataclass(frozen=True)
class Page:
    """Some of the invitations found, and how many there are."""

    rows: tuple[Delivery, ...]
    total: int


@dataclass(frozen=True)
class Work:
    """All jobs of one kind that a round has: how many stand where, and what comes next."""

    kind: str
    waiting: int
    doing: int
    done: int
    failed: int
    stopped: int
    tries: int
    next_at: datetime | None
    said: str


def find(
    session: Session, round_id: str, text: str = "", stands: Stands | None = None, offset: int = 0
) -> Page:
    """Invitations by the person's name, those of one state if asked; two queries."""
    wanted: list[ColumnElement[bool]] = [col(Invitation.round_id) == round_id]
    if text.strip():
        columns = (col(Employee.name), col(Employee.email), col(Employee.employee_id))
        wanted.append(or_(*(one.icontains(text.strip(), autoescape=True) for one in columns)))
    if stands is not None:
        wanted.append(_stands(stands))
    total = session.exec(_joined(select(func.count()).select_from(Invitation)).where(*wanted)).one()
    rows = session.exec(
        _joined(select(Employee, RoundDepartment.path, Job).select_from(Invitation))
        .where(*wanted)
        .order_by(func.lower(Employee.name), col(Employee.id))
        .offset(offset)
        .limit(PAGE)
    )
    return Page(tuple(_delivery(person, path, job) for person, path, job in rows), total)


def work(session: Session, round_id: str) -> list[Work]:
    """Every kind of work of a round, the earliest begun first."""
    counted = (
        columns(
            col(Job.kind),
            *(_count(*states) for states in _COLUMNS),
            func.max(col(Job.attempts)),
            func.min(col(Job.due_at)).filter(col(Job.state) == State.WAITING),
        )
        .where(col(Job.part) == round_id)
        .group_by(col(Job.kind))
        .order_by(func.min(col(Job.due_at)), col(Job.kind))
    )
    listed = []
    for row in session.connection().execute(counted):
        kind, waiting, doing, done, failed, stopped, tries, next_at = row
        last_said = _last_said(session, round_id, kind)
        one = Work(kind, waiting, doing, done, failed, stopped, tries, next_at, last_said)
        listed.append(one)
    return listed


# Of the queue, as `Work` counts them.
_COLUMNS = (
    (State.WAITING,),
    (State.LEASED,),
    (State.DONE,),
    (State.FAILED, State.BOUNCED, State.PARKED),
    (State.CANCELLED,),
)


def _count(*states: State) -> Any:
    return func.count().filter(col(Job.state).in_(states))


def _last_said(session: Session, round_id: str, kind: str) -> str:
    """What went wrong with the job of this kind that is tried next, or was last."""
    job = session.exec(
        select(Job)
        .where(Job.part == round_id, Job.kind == kind, col(Job.last_error).is_not(None))
        .where(col(Job.state).not_in([State.DONE, State.CANCELLED]))
        .order_by(col(Job.due_at).desc())
        .limit(1)
    ).first()
    return said(job) if job is not None else ""


def _joined(statement: Any) -> Any:
    return (
        statement.join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .join(
            RoundDepartment,
            (col(RoundDepartment.round_id) == col(Invitation.round_id))
            & (col(RoundDepartment.id) == col(Invitation.department_id)),
        )
        .join(
            Job,
            (col(Job.part) == col(Invitation.round_id))
            & (col(Job.key) == col(Invitation.id))
            & col(Job.kind).in_(MAILS),
            isouter=True,
        )
    )


def _stands(stands: Stands) -> ColumnElement[bool]:
    if stands is Stands.NO_MAIL:
        return col(Job.key).is_(None)
    if stands in {Stands.WAITING, Stands.DEFERRED}:
        tried = col(Job.attempts) > 0
        waiting = col(Job.state) == State.WAITING
        return waiting & (tried if stands is Stands.DEFERRED else ~tried)
    return col(Job.state) == _OF_STANDS[stands]


def _delivery(person: Employee, path: str, job: Job | None) -> Delivery:
    if job is None:
        return Delivery(person.name, person.email, path, Stands.NO_MAIL)
    waiting = job.state == State.WAITING
    stands = _OF_STATE.get(State(job.state), Stands.DEFERRED if job.attempts else Stands.WAITING)
    unreached = stands in {Stands.FAILED, Stands.BOUNCED}
    return Delivery(
        name=person.name,
        email=person.email,
        department=path,
        stands=stands,
        tries=job.attempts,
        next_at=job.due_at if waiting else None,
        ended_at=job.finished_at,
        said=said(job),
        cause=cause(job.last_code, job.last_error) if unreached else None,
        doubts=job.doubts,
    )


def states(anonymous: bool) -> Sequence[Stands]:
    """Those a list may be narrowed to."""
    return [one for one in Stands if anonymous or one is not Stands.PARKED]
