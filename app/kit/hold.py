"""Holding what is sent, until a person says that it may go on."""

from datetime import datetime

from sqlalchemy import Connection, select
from sqlmodel import Field, Session, SQLModel, col
from sqlmodel import select as sql_select

from app.kit.clock import now


class SendingHold(SQLModel, table=True):
    """Since when nothing is sent, why, and who let it go on."""

    __tablename__ = "sending_hold"

    since: datetime = Field(primary_key=True)
    reason: str
    ended_at: datetime | None = None
    ended_by: str | None = None


_ALL = sql_select(SendingHold)
_HELD = select(col(SendingHold.since)).where(col(SendingHold.ended_at).is_(None)).limit(1)


def begin(session: Session, reason: str) -> None:
    """Hold everything from now on."""
    session.add(SendingHold(since=now(), reason=reason))


def end(session: Session, actor: str) -> bool:
    """Let it go on; false where nothing was held."""
    held = [one for one in session.exec(_ALL) if one.ended_at is None]
    for one in held:
        one.ended_at, one.ended_by = now(), actor
        session.add(one)
    return bool(held)


def stands(session: Session) -> SendingHold | None:
    """What holds, if anything does."""
    return next((one for one in session.exec(_ALL) if one.ended_at is None), None)


def is_free(connection: Connection) -> bool:
    """Whether anything may be sent; the gate of such jobs."""
    return connection.execute(_HELD).first() is None
