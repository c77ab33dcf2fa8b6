"""What other programs are told of a round: that it opened, was reminded, and closed."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.campaigns import policy
from app.campaigns.models import RoundDepartment, SurveyRound
from app.hooks import events


def opened(session: Session, row: SurveyRound, invited: int) -> None:
    """It opens, now or later."""
    events.emit(session, events.OPENED, [row.id], row.opens_at, round=row.id, invited=invited)


def never_opened(session: Session, row: SurveyRound) -> None:
    """It was ended before its opening."""
    events.call_off(session, events.OPENED, row.id)


def reminded(session: Session, row: SurveyRound, wave: str, mails: int) -> None:
    """A wave of reminders went out; how many only where that tells of no few who were silent."""
    smallest = policy.frozen(session, row.id).min_group
    told = events.audible(mails, _invited(session, row.id), smallest)
    events.emit(session, events.REMINDED, [row.id, wave], round=row.id, wave=wave, mails=told)


def closed(session: Session, row: SurveyRound) -> None:
    """The answering ended; closed again after an extension it is another event."""
    invited = _invited(session, row.id)
    subject = [row.id, row.closes_at.isoformat()]
    events.emit(session, events.CLOSED, subject, round=row.id, invited=invited)


def _invited(session: Session, round_id: str) -> int:
    total = func.coalesce(func.sum(col(RoundDepartment.invited)), 0)
    return session.exec(select(total).where(RoundDepartment.round_id == round_id)).one()
