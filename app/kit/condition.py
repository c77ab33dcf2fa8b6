"""How the installation is: its disk, its queue, its mail server; for health checks and numbers."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.kit import hold, pace
from app.kit.clock import now
from app.kit.jobs import OPEN, Job, State

SMALLEST_DISK = 0.05
# Nothing shall have been due longer than this, unless mail is held or paused.
LONGEST_DUE = timedelta(minutes=15)


@dataclass(frozen=True)
class Work:
    """How many jobs of one kind stand so."""

    kind: str
    state: str
    jobs: int


def disk_left(folder: Path) -> float:
    """The share of the disk that is free, 0..1."""
    usage = shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists()))
    return usage.free / usage.total


def work(session: Session) -> list[Work]:
    """The queue by kind and state."""
    statement = select(col(Job.kind), col(Job.state), func.count()).group_by(
        col(Job.kind), col(Job.state)
    )
    rows = session.connection().execute(statement.order_by(col(Job.kind), col(Job.state)))
    return [Work(*row) for row in rows]


def due_since(session: Session) -> datetime | None:
    """Since when the oldest job waits that could have been done; None where none does."""
    statement = (
        select(col(Job.due_at))
        .where(col(Job.state).in_(OPEN), col(Job.due_at) <= now())
        .where((col(Job.state) == State.WAITING) | (col(Job.lease_until) < now()))
        .order_by(col(Job.due_at))
        .limit(1)
    )
    return session.connection().execute(statement).scalar()


def is_behind(session: Session) -> bool:
    """Whether work waits longer than it should, with nobody having stopped it."""
    since = due_since(session)
    if since is None or now() - since <= LONGEST_DUE:
        return False
    connection = session.connection()
    return hold.is_free(connection) and pace.is_open(connection)
