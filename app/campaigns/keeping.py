"""How long what is stored about people is kept, and deleting the invitations when that has ended."""

from calendar import monthrange
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from app.audit import log
from app.campaigns import policy
from app.campaigns.models import AnonymousLink, Invitation, RoundPurge, SurveyRound
from app.kit.clock import now
from app.kit.database import rows_changed
from app.kit.jobs import OPEN, Job
from app.kit.tokens import TOKEN_LENGTH

INVITATIONS = "invitations"
COMMENTS = "comments"
ROWS = "rows"
LONGEST_DAYS = 365
LONGEST_MONTHS = 60


def months_after(moment: datetime, months: int) -> datetime:
    """The same day that many months later, or the last day of a shorter month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def invitations_until(session: Session, row: SurveyRound) -> datetime:
    """When the list of who was invited is deleted."""
    return row.closes_at + timedelta(days=policy.frozen(session, row.id).keep_invitations_days)


def purged(session: Session, round_id: str, what: str) -> bool:
    """Whether this was deleted because its time had ended."""
    return session.get(RoundPurge, (round_id, what)) is not None


def note_purge(session: Session, round_id: str, what: str, actor: str, **detail: object) -> None:
    """Write down that it was deleted, in the transaction that does it."""
    session.add(RoundPurge(round_id=round_id, what=what, at=now()))
    log.record(session, actor, f"round.{what}_deleted", round_id, **detail)


def purge_invitations(session: Session, round_id: str, actor: str) -> None:
    """Delete who was invited, and every mail of the queue that was about one of them.

    A round that still waits for its release can be released all the same, and no more extended.
    """
    mine = select(col(Invitation.id)).where(col(Invitation.round_id) == round_id)
    connection = session.connection()
    connection.execute(
        delete(Job).where(
            col(Job.part) == round_id,
            col(Job.state).not_in(OPEN) | func.substr(col(Job.key), 1, TOKEN_LENGTH).in_(mine),
        )
    )
    connection.execute(delete(AnonymousLink).where(col(AnonymousLink.round_id) == round_id))
    deleted = connection.execute(delete(Invitation).where(col(Invitation.round_id) == round_id))
    note_purge(session, round_id, INVITATIONS, actor, people=rows_changed(deleted))
