"""How far the mails of a round are: counted, never listed by name but for what failed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import keeping, policy, rounds
from app.campaigns.anonymous_post import VOIDED
from app.campaigns.models import Invitation, RoundDepartment
from app.campaigns.rounds import ANONYMOUS_MAIL, INVITE, INVITE_DEPARTMENT, RoundRefused
from app.kit import jobs, pieces
from app.kit.clock import now
from app.kit.jobs import Job, State
from app.kit.mail.report import Cause, cause
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
    # Of those queued: being sent this moment, and put off after a try that failed.
    sending: int = 0
    deferred: int = 0
    # Taken by the mail server, and come back.
    bounced: int = 0
    # Mails that may have arrived twice, since a reply of the server was lost.
    copies: int = 0


@dataclass(frozen=True)
class Failure:
    """Somebody mail could not reach, and why: HR can mend the address."""

    name: str
    email: str
    reason: str
    cause: Cause


@dataclass(frozen=True)
class Parked:
    """Somebody whose mail may have arrived; a new link can be sent only where it was voided."""

    name: str
    email: str
    voided: bool


def progress(session: Session, round_id: str) -> Deliveries:
    """Where the invitations of a round stand."""
    counted, tried, copies = _states(session, round_id)
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
        sending=counted.get(State.LEASED, 0),
        deferred=tried,
        bounced=counted.get(State.BOUNCED, 0),
        copies=copies,
    )


def failures(session: Session, round_id: str) -> list[Failure]:
    """The people mail could not reach."""
    return [
        Failure(person.name, person.email, said(job), cause(job.last_code, job.last_error))
        for person, job in _mails(session, round_id, State.FAILED, State.BOUNCED)
    ]


def said(job: Job) -> str:
    """What the mail server said last, code first."""
    return " ".join(filter(None, (job.last_code, job.last_error)))


def try_again(session: Session, round_id: str, actor: str) -> int:
    """Send those that failed or came back once more, with the same link; how many.

    Raises RoundRefused where that link is not known any more, or leads nowhere.
    """
    row = rounds.locked(session, round_id)
    if policy.frozen(session, round_id).anonymous:
        raise RoundRefused("in anonymous mode a link is mailed once and cannot be sent again")
    if now() >= row.closes_at:
        raise RoundRefused("this round has closed, so no mail is sent; extend it first")
    again = [
        key
        for state in (State.FAILED, State.BOUNCED)
        for key in jobs.keys(session, round_id, INVITE, state)
    ]
    jobs.wake(session, round_id, INVITE, again)
    log.record(session, actor, "round.failed_sent", round_id, people=len(again))
    return len(again)


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


def _mails(session: Session, round_id: str, *states: State) -> Sequence[tuple[Employee, Job]]:
    rows = session.exec(
        select(Employee, Job)
        .join(Invitation, col(Invitation.employee_id) == col(Employee.id))
        .join(Job, (col(Job.part) == col(Invitation.round_id)) & (col(Job.key) == Invitation.id))
        .where(Job.part == round_id, col(Job.kind).in_(MAILS), col(Job.state).in_(states))
        .order_by(col(Job.state).desc(), col(Employee.name), col(Employee.id))
    )
    return rows.all()


def _states(session: Session, round_id: str) -> tuple[Mapping[State, int], int, int]:
    """How many stand where, how many of those waiting were tried, and how many are in doubt."""
    counted: Counter[State] = Counter()
    tried = doubtful = 0
    rows = session.connection().execute(
        core_select(
            col(Job.kind),
            col(Job.state),
            func.count(),
            func.count().filter(col(Job.attempts) > 0),
            func.count().filter(col(Job.doubts) > 0),
        )
        .where(col(Job.part) == round_id, col(Job.kind).in_(MAILS))
        # By the kind as well, as the index lies: then it is counted as it is read.
        .group_by(col(Job.kind), col(Job.state))
    )
    for _, state, n, after_a_try, in_doubt in rows:
        counted[State(state)] += n
        tried += after_a_try if state == State.WAITING else 0
        doubtful += in_doubt
    return counted, tried, doubtful
