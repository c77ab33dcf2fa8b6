"""What was sent to a webhook, what waits, and how it was taken: the jobs themselves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from app.hooks.events import DELIVER
from app.kit.clock import now
from app.kit.jobs import OPEN, Job

SHOWN = 100
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Delivery:
    """One message to one webhook."""

    message: str
    event: str
    state: str
    tries: int
    # When it happened; when it is tried next, or when it ended.
    at: datetime
    next_at: datetime | None
    ended_at: datetime | None
    # What the other side answered, or why there was no answer.
    said: str


def of(session: Session, hook_id: str) -> Sequence[Delivery]:
    """The newest messages of a webhook."""
    rows = session.exec(
        select(Job)
        .where(Job.part == hook_id, Job.kind == DELIVER)
        .order_by(col(Job.due_at).desc(), col(Job.key))
        .limit(SHOWN)
    ).all()
    told = [_delivery(row) for row in rows]
    return sorted(told, key=lambda one: (one.at, one.message), reverse=True)


def sweep(session: Session) -> None:
    """Forget what ended long ago."""
    session.exec(
        delete(Job).where(
            col(Job.kind) == DELIVER,
            col(Job.state).not_in(OPEN),
            col(Job.finished_at) < now() - KEPT,
        )
    )


def _delivery(row: Job) -> Delivery:
    arguments = json.loads(row.arguments)
    return Delivery(
        message=row.key,
        event=arguments["event"],
        state=row.state,
        tries=row.attempts,
        at=datetime.fromisoformat(arguments["at"]),
        next_at=row.due_at if row.state in OPEN else None,
        ended_at=row.finished_at,
        said=" ".join(filter(None, (row.last_code, row.last_error))),
    )
