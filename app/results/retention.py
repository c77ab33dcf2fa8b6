"""Deleting what has been kept long enough, once a day: invitations, comments, files of rows."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlmodel import Session, select

from app.campaigns import erasing, keeping, policy, rounds, suppressions
from app.campaigns.models import SurveyRound
from app.kit import jobs
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Lease, Outcome, State
from app.responses import submission
from app.responses.submission import SWEEP
from app.results import release
from app.results.models import Release

RETAIN = "retain"
WORKER = "worker"


class Retention:
    """The handler of the daily job; it queues the next day's itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            with self._database.writing() as session:
                purge(session)
                plan(session, days=1)
            yield Outcome(lease, State.DONE)


def plan(session: Session, days: int = 0) -> None:
    """Queue the job of that day, once however many processes do so."""
    due = now() + timedelta(days=days)
    jobs.enqueue(session, RETAIN, "", f"{due:%Y-%m-%d}", due)


def purge(session: Session) -> None:
    """Delete whatever is due; another job then rewrites the files it stood in."""
    deleted = [
        _invitations(session, row) | _comments(session, row) | _rows(session, row)
        for row in rounds.listed(session)
    ]
    erasing.forget_blanked(session)
    suppressions.tidy(session)
    if any(deleted):
        jobs.enqueue(session, SWEEP, "", f"{RETAIN} {now().isoformat()}", now())


def _invitations(session: Session, row: SurveyRound) -> bool:
    if keeping.purged(session, row.id, keeping.INVITATIONS):
        return False
    row = rounds.locked(session, row.id)
    if now() < keeping.invitations_until(session, row):
        return False
    keeping.purge_invitations(session, row.id, WORKER)
    return True


def _comments(session: Session, row: SurveyRound) -> bool:
    if keeping.purged(session, row.id, keeping.COMMENTS):
        return False
    stored = session.exec(
        select(Release).where(Release.round_id == row.id).with_for_update()
    ).one_or_none()
    months = policy.frozen(session, row.id).keep_comments_months
    if stored is None or now() < keeping.months_after(stored.at, months):
        return False
    before, after = release.forget_comments(session, stored)
    keeping.note_purge(session, row.id, keeping.COMMENTS, WORKER, before=before, after=after)
    return True


def _rows(session: Session, row: SurveyRound) -> bool:
    if keeping.purged(session, row.id, keeping.ROWS):
        return False
    stored = release.find(session, row.id)
    months = policy.frozen(session, row.id).keep_rows_months
    if stored is None or now() < keeping.months_after(stored.at, months):
        return False
    if not submission.forget_rows(session, row.id):
        return False
    keeping.note_purge(session, row.id, keeping.ROWS, WORKER)
    return True
