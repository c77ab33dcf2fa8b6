"""Recording an act in the transaction that does it: both are kept, or neither."""

import json
from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from app.audit.models import AuditEntry


def record(session: Session, actor: str, action: str, subject: str, **detail: object) -> None:
    """Note that `actor` (an account's id, or "command line", or "worker") did `action`."""
    session.add(
        AuditEntry(
            actor=actor, action=action, subject=subject, detail=json.dumps(detail, sort_keys=True)
        )
    )


def happened(session: Session, action: str, subject: str) -> bool:
    """Whether this was ever done to that."""
    statement = select(AuditEntry.id).where(
        AuditEntry.action == action, AuditEntry.subject == subject
    )
    return session.exec(statement.limit(1)).first() is not None


def entries(
    session: Session,
    subject: str | None = None,
    limit: int = 200,
    actions: Collection[str] | None = None,
) -> Sequence[AuditEntry]:
    """The newest entries first, of one subject or of all, of these acts or of all."""
    statement = select(AuditEntry).order_by(col(AuditEntry.at).desc()).limit(limit)
    if subject is not None:
        statement = statement.where(AuditEntry.subject == subject)
    if actions is not None:
        statement = statement.where(col(AuditEntry.action).in_(actions))
    return session.exec(statement).all()
