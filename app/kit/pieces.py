"""Pieces of a job that are told apart: worked on one by one under the one lease of the whole.

The pieces are rows of a kind no worker claims. What became of each can be seen, and none is begun
by two processes, since beginning one proves that the lease of the whole is still held.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, update
from sqlmodel import Session, col

from app.kit.clock import now
from app.kit.jobs import Job, Lease, State
from app.kit.leasing import held


class LeaseLost(Exception):
    """Another process holds the whole by now; this one must leave it alone."""


def begin(
    connection: Connection, whole: Lease, kind: str, key: str, until: datetime
) -> Lease | None:
    """Lease a piece that waits, and prolong the lease of the whole.

    None where it waits no more; raises LeaseLost where another process has the whole.
    """
    prolonged = connection.execute(update(Job).where(*held(whole)).values(lease_until=until))
    if prolonged.rowcount != 1:
        raise LeaseLost(whole.key)
    taken = connection.execute(
        update(Job)
        .where(
            col(Job.part) == whole.part,
            col(Job.kind) == kind,
            col(Job.key) == key,
            col(Job.state) == State.WAITING,
        )
        .values(
            state=State.LEASED.value,
            lease_until=until,
            lease_owner=whole.owner,
            attempts=col(Job.attempts) + 1,
            tried_since=func.coalesce(col(Job.tried_since), now()),
        )
        .returning(col(Job.attempts), col(Job.due_at), col(Job.tried_since))
    ).one_or_none()
    if taken is None:
        return None
    return Lease(
        part=whole.part,
        kind=kind,
        key=key,
        attempts=taken.attempts,
        owner=whole.owner,
        arguments={},
        due_at=taken.due_at,
        tried_since=taken.tried_since,
        until=until,
    )


def settle(
    session: Session,
    part: str,
    kind: str,
    keys: Sequence[str],
    state: State,
    code: str | None = None,
    error: str | None = None,
) -> None:
    """Put these pieces into a state by decision, not by having worked on them."""
    ended = None if state is State.WAITING else now()
    session.connection().execute(
        update(Job)
        .where(col(Job.part) == part, col(Job.kind) == kind, col(Job.key).in_(keys))
        .values(
            state=state.value,
            last_code=code,
            last_error=error,
            finished_at=ended,
            lease_until=None,
            lease_owner=None,
        )
    )
