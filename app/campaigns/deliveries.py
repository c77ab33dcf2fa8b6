"""How far the mails of a round are: counted, never listed by name but for what failed."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.campaigns import keeping
from app.campaigns.models import Invitation, RoundDepartment
from app.campaigns.rounds import INVITE
from app.kit.jobs import Job, State
from app.people.models import Employee


@dataclass(frozen=True)
class Deliveries:
    """Mails of a round by where they stand; `without_mail` have no address.

    Once the list of who was invited has been deleted, only how many they were is known.
    """

    invited: int
    queued: int
    sent: int
    failed: int
    stopped: int
    without_mail: int
    known: bool = True


@dataclass(frozen=True)
class Failure:
    """Somebody mail could not reach, and why: HR can mend the address."""

    name: str
    email: str
    reason: str


def progress(session: Session, round_id: str) -> Deliveries:
    """Where the invitations of a round stand."""
    counted = _states(session, round_id)
    invited = session.exec(
        select(func.coalesce(func.sum(col(RoundDepartment.invited)), 0)).where(
            RoundDepartment.round_id == round_id
        )
    ).one()
    return Deliveries(
        invited=invited,
        queued=counted.get(State.WAITING, 0) + counted.get(State.LEASED, 0),
        sent=counted.get(State.DONE, 0),
        failed=counted.get(State.FAILED, 0),
        stopped=counted.get(State.CANCELLED, 0),
        without_mail=invited - sum(counted.values()),
        known=not keeping.purged(session, round_id, keeping.INVITATIONS),
    )


def failures(session: Session, round_id: str) -> list[Failure]:
    """The people mail could not reach."""
    rows = session.exec(
        select(Employee, Job)
        .join(Invitation, col(Invitation.employee_id) == col(Employee.id))
        .join(Job, (col(Job.part) == col(Invitation.round_id)) & (col(Job.key) == Invitation.id))
        .where(Job.part == round_id, Job.kind == INVITE, Job.state == State.FAILED)
        .order_by(col(Employee.name))
    )
    return [
        Failure(person.name, person.email, " ".join(filter(None, (job.last_code, job.last_error))))
        for person, job in rows
    ]


def _states(session: Session, round_id: str) -> Mapping[State, int]:
    rows = session.exec(
        select(Job.state, func.count())
        .where(Job.part == round_id, Job.kind == INVITE)
        .group_by(Job.state)
    )
    return {State(state): n for state, n in rows}
