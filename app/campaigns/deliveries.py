"""How far the mails of a round are: counted, never listed by name but for what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import keeping, rounds
from app.campaigns.anonymous_post import VOIDED
from app.campaigns.models import Invitation, RoundDepartment
from app.campaigns.rounds import ANONYMOUS_MAIL, INVITE, INVITE_DEPARTMENT, RoundRefused
from app.kit import jobs, pieces
from app.kit.clock import now
from app.kit.jobs import Job, State
from app.people.models import Employee

# One row a person, whichever the mode.
MAILS = (INVITE, ANONYMOUS_MAIL)


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
    # In anonymous mode: may have arrived or not, and nobody is to get a second link by mistake.
    parked: int = 0
    known: bool = True


@dataclass(frozen=True)
class Failure:
    """Somebody mail could not reach, and why: HR can mend the address."""

    name: str
    email: str
    reason: str


@dataclass(frozen=True)
class Parked:
    """Somebody whose mail may have arrived; a new link can be sent only where it was voided."""

    name: str
    email: str
    voided: bool


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
        parked=counted.get(State.PARKED, 0),
    )


def failures(session: Session, round_id: str) -> list[Failure]:
    """The people mail could not reach."""
    return [
        Failure(person.name, person.email, " ".join(filter(None, (job.last_code, job.last_error))))
        for person, job in _mails(session, round_id, State.FAILED)
    ]


def parked(session: Session, round_id: str) -> list[Parked]:
    """The people whose mail may have arrived or not (anonymous mode)."""
    return [
        Parked(person.name, person.email, job.last_code == VOIDED)
        for person, job in _mails(session, round_id, State.PARKED)
    ]


def send_again(session: Session, round_id: str, actor: str) -> int:
    """Give new links to those whose first one was voided; how many. Raises RoundRefused.

    Only to them: a second link beside one that may have arrived would be a second vote.
    """
    row = rounds.locked(session, round_id)
    if now() >= row.closes_at:
        raise RoundRefused("this round has closed, so no mail is sent; extend it first")
    waiting = session.exec(
        select(Invitation.id, Invitation.department_id)
        .join(Job, (col(Job.part) == col(Invitation.round_id)) & (col(Job.key) == Invitation.id))
        .where(
            Job.part == round_id,
            Job.kind == ANONYMOUS_MAIL,
            Job.state == State.PARKED,
            Job.last_code == VOIDED,
        )
    ).all()
    pieces.settle(session, round_id, ANONYMOUS_MAIL, [one for one, _ in waiting], State.WAITING)
    departments = sorted({department_id for _, department_id in waiting})
    jobs.wake(session, round_id, INVITE_DEPARTMENT, departments)
    log.record(session, actor, "round.parked_sent", round_id, people=len(waiting))
    return len(waiting)


def _mails(session: Session, round_id: str, state: State) -> Sequence[tuple[Employee, Job]]:
    rows = session.exec(
        select(Employee, Job)
        .join(Invitation, col(Invitation.employee_id) == col(Employee.id))
        .join(Job, (col(Job.part) == col(Invitation.round_id)) & (col(Job.key) == Invitation.id))
        .where(Job.part == round_id, col(Job.kind).in_(MAILS), Job.state == state)
        .order_by(col(Employee.name), col(Employee.id))
    )
    return rows.all()


def _states(session: Session, round_id: str) -> Mapping[State, int]:
    rows = session.exec(
        select(Job.state, func.count())
        .where(Job.part == round_id, col(Job.kind).in_(MAILS))
        .group_by(Job.state)
    )
    return {State(state): n for state, n in rows}
