"""Deleting what has been kept long enough, once a day: invitations, comments, files of rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.campaigns import deliveries, erasing, keeping, policy, rounds, suppressions
from app.campaigns.delivery_list import Work
from app.campaigns.models import SurveyRound
from app.kit import jobs
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Job, Lease, Outcome, State
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


def work(session: Session, row: SurveyRound) -> Work:
    """What of a round is still to be deleted and when next, and how the daily job is doing."""
    ahead = _ahead(session, row)
    kinds = (keeping.INVITATIONS, keeping.COMMENTS, keeping.ROWS)
    daily = session.exec(
        select(Job).where(Job.kind == RETAIN).order_by(col(Job.due_at).desc()).limit(1)
    ).first()
    return Work(
        kind=RETAIN,
        waiting=len(ahead),
        doing=int(daily is not None and daily.state == State.LEASED),
        done=sum(keeping.purged(session, row.id, what) for what in kinds),
        failed=int(daily is not None and daily.state == State.FAILED),
        stopped=0,
        tries=daily.attempts if daily is not None else 0,
        next_at=min(ahead, default=None),
        said=deliveries.said(daily) if daily is not None else "",
    )


def _ahead(session: Session, row: SurveyRound) -> list[datetime]:
    """When what is left of a round is deleted; what no release has made is not counted yet."""
    frozen = policy.frozen(session, row.id)
    due = {keeping.INVITATIONS: keeping.invitations_until(session, row)}
    stored = release.find(session, row.id)
    if stored is not None:
        due[keeping.COMMENTS] = keeping.months_after(stored.at, frozen.keep_comments_months)
    if stored is not None and frozen.row_export:
        due[keeping.ROWS] = keeping.months_after(stored.at, frozen.keep_rows_months)
    return [at for what, at in due.items() if not keeping.purged(session, row.id, what)]


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
