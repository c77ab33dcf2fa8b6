"""Looks for mails that did not arrive: not each is told, but how many there are by now."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from app.campaigns import deliveries
from app.campaigns.models import SurveyRound
from app.hooks import events
from app.kit import jobs
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Lease, Outcome, State

WATCH = "watch-mails"
EVERY = timedelta(minutes=10)


class Watching:
    """The handler of the job that looks; there is one, and it comes back by itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            with self._database.writing() as session:
                if events.wanted(session, events.FAILED):
                    _tell_failures(session)
            yield Outcome(lease, State.WAITING, due_at=now() + EVERY, untried=True)


def plan(session: Session) -> None:
    """Queue the job, once however many processes do so."""
    jobs.enqueue(session, WATCH, "", WATCH, now())


def _tell_failures(session: Session) -> None:
    open_ = select(SurveyRound).where(
        col(SurveyRound.opens_at) <= now(), col(SurveyRound.closes_at) > now()
    )
    for row in session.exec(open_):
        stands = deliveries.progress(session, row.id)
        failed = stands.failed + stands.bounced
        if failed:
            subject = [row.id, str(failed)]
            events.emit(session, events.FAILED, subject, round=row.id, failed=failed)
