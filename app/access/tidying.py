"""Forgetting what is over, once a day: used-up links, ended sessions, files nobody confirmed, what undoing needs."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlmodel import Session

from app.access import keys, sign_in
from app.hooks import history
from app.kit import jobs, limits
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Lease, Outcome, State
from app.people import remembering, uploads

TIDY = "tidy"


class Tidying:
    """The handler of the daily job; it queues the next day's itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            with self._database.writing() as session:
                sign_in.sweep(session)
                keys.sweep(session)
                limits.sweep(session)
                uploads.sweep(session)
                remembering.sweep(session)
                history.sweep(session)
                plan(session, days=1)
            yield Outcome(lease, State.DONE)


def plan(session: Session, days: int = 0) -> None:
    """Queue the job of that day, once however many processes do so."""
    due = now() + timedelta(days=days)
    jobs.enqueue(session, TIDY, "", f"{due:%Y-%m-%d}", due)
