"""Reminders: what HR sees and does about them, and the mails of a wave that has fallen due.

Each wave goes out exactly once: its mails have one row a person and wave.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import announcing, letters, policy, rounds
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.rounds import ANONYMOUS_MAIL, INVITE, Phase, RoundRefused
from app.campaigns.timing import APART, LAST_NOTICE
from app.campaigns.waves import REMIND, REMINDERS, SWITCHED_OFF, plan_of
from app.kit import jobs, leasing
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Job, Lease, Outcome, State
from app.kit.tokens import TOKEN_LENGTH
from app.people.models import Employee

BY_HAND = "by-hand"
TOO_SOON = "another reminder went out the day before"

# Who has not answered: known where the links are, above this package.
Unanswered = Callable[[Session, str], Sequence[str]]


@dataclass(frozen=True)
class Wave:
    """One reminder as HR sees it: when, whether it was switched off, how many mails of it went."""

    name: str
    due_at: datetime
    state: State
    off: bool
    sent: int
    waiting: int

    @property
    def to_come(self) -> bool:
        return self.state in {State.WAITING, State.LEASED}


def switch(session: Session, round_id: str, wave: str, actor: str, *, on: bool) -> None:
    """Switch a planned reminder off, or on again while its time is to come. Raises RoundRefused."""
    row = rounds.locked(session, round_id)
    rounds.refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED))
    job = session.get(Job, (round_id, REMINDERS, wave), populate_existing=True)
    wanted = State.CANCELLED if on else State.WAITING
    if job is None or job.state != wanted or (on and job.last_code != SWITCHED_OFF):
        raise RoundRefused("this reminder has gone out, or cannot be switched any more")
    if on and job.due_at <= now():
        raise RoundRefused("the time of this reminder has passed: send one by hand instead")
    job.state = (State.WAITING if on else State.CANCELLED).value
    job.last_code = None if on else SWITCHED_OFF
    job.finished_at = None if on else now()
    session.add(job)
    act = "round.reminder_on" if on else "round.reminder_off"
    log.record(session, actor, act, round_id, wave=wave)


def remind(session: Session, round_id: str, actor: str, unanswered: Unanswered) -> int:
    """Remind now, by hand; how many mails are queued. Raises RoundRefused."""
    row = rounds.locked(session, round_id)
    rounds.refuse_unless(session, row, (Phase.OPEN,))
    last = _last_gone(session, round_id)
    if last is not None and now() < last + APART:
        raise RoundRefused(
            "the last reminder went out less than a day ago: people are asked once a day at most"
        )
    wave = f"{BY_HAND}-{_waves_by_hand(session, round_id) + 1}"
    queued = _queue(session, row, wave, unanswered, sent_before=now())
    if queued == 0:
        raise RoundRefused("nobody is left to be reminded by mail")
    jobs.enqueue(session, REMINDERS, round_id, wave, now())
    job = session.get_one(Job, (round_id, REMINDERS, wave))
    job.state, job.finished_at = State.DONE.value, now()
    session.add(job)
    log.record(session, actor, "round.reminded", round_id, wave=wave, mails=queued)
    announcing.reminded(session, row, wave, queued)
    return queued


def waves(session: Session, round_id: str) -> list[Wave]:
    """The reminders of a round in the order of their times; one too short for any has none."""
    rows = session.exec(
        select(Job)
        .where(Job.part == round_id, Job.kind == REMINDERS)
        .order_by(col(Job.due_at), col(Job.key))
    ).all()
    counted = _counted(session, round_id)
    return [
        Wave(
            name=one.key,
            due_at=one.due_at,
            state=State(one.state),
            off=one.last_code == SWITCHED_OFF and one.state == State.CANCELLED,
            sent=counted.get((one.key, State.DONE), 0),
            waiting=counted.get((one.key, State.WAITING), 0)
            + counted.get((one.key, State.LEASED), 0),
        )
        for one in rows
    ]


def forget(session: Session, round_id: str) -> None:
    """Delete whom mails of reminders went to: of a confidential round that is who was silent."""
    session.connection().execute(
        delete(Job).where(col(Job.part) == round_id, col(Job.kind) == REMIND)
    )


class Reminding:
    """The handler of a wave that has fallen due."""

    def __init__(self, database: Database, unanswered: Unanswered) -> None:
        self._database = database
        self._unanswered = unanswered

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            with self._database.writing() as session:
                outcome = self._wave(session, lease)
                # In the same commit: whoever died after it, or lost the lease, has not done it twice.
                (held,) = leasing.finish(session.connection(), [outcome])
                if not held:
                    session.rollback()
            yield outcome

    def _wave(self, session: Session, lease: Lease) -> Outcome:
        row = rounds.locked(session, lease.part)
        moment = now()
        if moment < row.opens_at:
            # The clock was put back after the job was leased.
            return Outcome(lease, State.WAITING, due_at=row.opens_at)
        if moment >= row.closes_at:
            return Outcome(lease, State.CANCELLED, error="the round is not open")
        due = self._allowed(session, row, lease, moment)
        if due > moment:
            if due > row.closes_at - LAST_NOTICE:
                return Outcome(lease, State.CANCELLED, error=TOO_SOON)
            return Outcome(lease, State.WAITING, due_at=due)
        queued = _queue(session, row, lease.key, self._unanswered, sent_before=moment - APART)
        log.record(session, "worker", "round.reminded", row.id, wave=lease.key, mails=queued)
        if queued:
            announcing.reminded(session, row, lease.key, queued)
        return Outcome(lease, State.DONE, due_at=moment)

    def _allowed(
        self, session: Session, row: SurveyRound, lease: Lease, moment: datetime
    ) -> datetime:
        """The first moment from this one on at which this wave may go."""
        plan = plan_of(session, row.id)
        last = _last_gone(session, row.id, but=lease.key)
        due = moment if last is None else max(moment, last + APART)
        return plan.hours.next(due) if plan else due


def _queue(
    session: Session,
    row: SurveyRound,
    wave: str,
    unanswered: Unanswered,
    *,
    sent_before: datetime,
) -> int:
    """Queue the mails of a wave: to those without an answer, in anonymous mode to everybody."""
    reached = _reached(session, row.id, sent_before)
    if not policy.frozen(session, row.id).anonymous:
        reached &= set(unanswered(session, row.id))
    keys = sorted(letters.key_of(one, wave) for one in reached)
    return jobs.enqueue_all(session, REMIND, row.id, keys, now())


def _reached(session: Session, round_id: str, before: datetime) -> set[str]:
    """Who was sent an invitation by then, is still here and wants to be reminded.

    In anonymous mode also where nobody can tell whether it arrived.
    """
    statement = (
        select(Invitation.id)
        .join(Job, (col(Job.part) == col(Invitation.round_id)) & (col(Job.key) == Invitation.id))
        .join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .where(
            Job.part == round_id,
            col(Job.kind).in_((INVITE, ANONYMOUS_MAIL)),
            col(Job.state).in_((State.DONE.value, State.PARKED.value)),
            col(Job.finished_at) <= before,
            col(Employee.deactivated_at).is_(None),
            col(Employee.email) != "",
            col(Invitation.stopped).is_(False),
        )
    )
    return set(session.exec(statement))


def _last_gone(session: Session, round_id: str, but: str = "") -> datetime | None:
    return session.exec(
        select(func.max(col(Job.finished_at))).where(
            Job.part == round_id,
            Job.kind == REMINDERS,
            Job.state == State.DONE,
            Job.key != but,
        )
    ).one()


def _waves_by_hand(session: Session, round_id: str) -> int:
    return session.exec(
        select(func.count()).where(
            Job.part == round_id, Job.kind == REMINDERS, col(Job.key).startswith(BY_HAND)
        )
    ).one()


def _counted(session: Session, round_id: str) -> dict[tuple[str, State], int]:
    # Ids of invitations are of one length; what follows the dot is the wave.
    wave = func.substr(col(Job.key), TOKEN_LENGTH + 2)
    rows = session.exec(
        select(wave, Job.state, func.count())
        .where(Job.part == round_id, Job.kind == REMIND)
        .group_by(wave, col(Job.state))
    )
    return {(name, State(state)): n for name, state, n in rows}
