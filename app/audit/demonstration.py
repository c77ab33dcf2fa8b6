"""Whether this installation shows a fictional company, so that pages say so."""

from sqlmodel import Session, select

from app.audit.models import AuditEntry

FILLED = "demo.filled"


def is_demo(session: Session) -> bool:
    """Whether the database was filled by the demo."""
    return session.exec(select(AuditEntry).where(AuditEntry.action == FILLED)).first() is not None
