"""Sessions as people see them: where somebody is signed in, and ending one or all."""

from collections.abc import Sequence

from sqlmodel import Session, col, delete, select

from app.access.models import StaffSession
from app.access.sign_in import IDLE, LONGEST
from app.audit import log
from app.kit.clock import now


def listed(session: Session, account_id: str) -> Sequence[StaffSession]:
    """Where an account is signed in now, the one used last first."""
    return session.exec(
        select(StaffSession)
        .where(
            StaffSession.account_id == account_id,
            col(StaffSession.seen_at) >= now() - IDLE,
            col(StaffSession.created_at) >= now() - LONGEST,
        )
        .order_by(col(StaffSession.seen_at).desc(), col(StaffSession.id))
    ).all()


def end(session: Session, account_id: str, session_id: str, actor: str) -> bool:
    """End one session of an account; false where it has none of that name."""
    row = session.exec(
        select(StaffSession).where(
            StaffSession.account_id == account_id, StaffSession.id == session_id
        )
    ).one_or_none()
    if row is None:
        return False
    session.delete(row)
    log.record(session, actor, "session.ended", account_id)
    return True


def end_all(session: Session, account_id: str, actor: str, but: str = "") -> int:
    """End every session of an account, but for one; returns how many ended."""
    rows = [one for one in listed(session, account_id) if one.id != but]
    mine = col(StaffSession.account_id) == account_id, col(StaffSession.id) != but
    session.exec(delete(StaffSession).where(*mine))
    log.record(session, actor, "account.sessions_ended", account_id, sessions=len(rows))
    return len(rows)
