"""What is told: each event once to everybody who asked for it, in the transaction that makes it so."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.hooks.models import Webhook
from app.kit import jobs
from app.kit.clock import now
from app.kit.jobs import Job, State

# The kind of the job that delivers one; its part is the webhook, its key the message.
DELIVER = "webhook"

OPENED = "round.opened"
REMINDED = "round.reminded"
CLOSED = "round.closed"
PUBLISHED = "release.published"
FAILED = "delivery.failed"
EVENTS = (OPENED, REMINDED, CLOSED, PUBLISHED, FAILED)
TEST = "webhook.test"

# Ids and counts only: what leaves here is read in channels nobody has chosen the readers of.
Count = int | str | None


def emit(
    session: Session, event: str, subject: Sequence[str], at: datetime | None = None, **data: Count
) -> None:
    """Queue it for everybody who asked for it; `subject` is what makes it another event or the same."""
    hooks = session.exec(select(Webhook).where(col(Webhook.disabled_at).is_(None))).all()
    for hook in hooks:
        if event in hook.events.split():
            send(session, hook.id, message_id(event, *subject), event, at or now(), data)


def send(
    session: Session,
    hook_id: str,
    message: str,
    event: str,
    at: datetime,
    data: dict[str, Count],
) -> None:
    """Queue one message for one webhook."""
    jobs.enqueue(session, DELIVER, hook_id, message, at, event=event, at=at.isoformat(), data=data)


def wanted(session: Session, event: str) -> bool:
    """Whether anybody asked for it."""
    hooks = session.exec(select(Webhook.events).where(col(Webhook.disabled_at).is_(None)))
    return any(event in one.split() for one in hooks)


def call_off(session: Session, event: str, *subject: str) -> None:
    """It will not happen after all."""
    session.connection().execute(
        update(Job)
        .where(
            col(Job.kind) == DELIVER,
            col(Job.key) == message_id(event, *subject),
            col(Job.state) == State.WAITING,
        )
        .values(state=State.CANCELLED.value, finished_at=now())
    )


def message_id(event: str, *subject: str) -> str:
    """The same for the same event of the same thing: told twice it is one message."""
    digest = hashlib.sha256("\n".join((event, *subject)).encode()).hexdigest()
    return f"msg_{digest[:32]}"


def audible(count: int, whole: int, smallest: int) -> int | None:
    """A count that tells of no few people: neither they nor the others are fewer than `smallest`."""
    rest = whole - count
    return count if count >= smallest and (rest >= smallest or rest == 0) else None
