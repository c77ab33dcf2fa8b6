"""The queue: rows with a due time in the product's own database; knows no word of the domain.

What a person wants to see of a piece of work (waiting, tries, next try, last error) is the row
itself. Any number of processes may work on it: a row is leased by a conditional update, and a
lease that ran out (its process died) is work again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Index, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, Session, SQLModel, col
from sqlmodel import select as sql_select

from app.kit.clock import now

BATCH = 100


class State(StrEnum):
    """Where a piece of work stands."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PARKED = "parked"
    """Nobody can tell whether it was done; a person decides."""


OPEN = (State.WAITING.value, State.LEASED.value)


class Job(SQLModel, table=True):
    """One piece of work; `part` groups what belongs together (the id of a round)."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due", "state", "due_at"),)

    part: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    state: str = State.WAITING.value
    due_at: datetime
    lease_until: datetime | None = None
    lease_owner: str | None = None
    attempts: int = 0
    last_code: str | None = None
    last_error: str | None = None
    finished_at: datetime | None = None
    arguments: str = "{}"


@dataclass(frozen=True)
class Lease:
    """A claimed job: what to do, and the proof that this process may do it."""

    part: str
    kind: str
    key: str
    attempts: int
    owner: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a leased job ended, or when it shall be tried again."""

    lease: Lease
    state: State
    code: str | None = None
    error: str | None = None
    due_at: datetime | None = None


# A handler does the leased work and says how each piece of it ended.
Handler = Callable[[Sequence[Lease]], Iterable[Outcome]]


@dataclass(frozen=True)
class Kind:
    """How jobs of one name are worked on."""

    handler: Handler
    batch: int = 1
    lease: timedelta = timedelta(minutes=2)


def enqueue(
    session: Session, kind: str, part: str, key: str, due_at: datetime, **arguments: object
) -> bool:
    """Add a job unless it is already there; says whether it was added."""
    return enqueue_all(session, kind, part, [key], due_at, **arguments) == 1


def enqueue_all(
    session: Session,
    kind: str,
    part: str,
    keys: Sequence[str],
    due_at: datetime,
    **arguments: object,
) -> int:
    """Add a job a key, leaving those that exist alone; returns how many were new."""
    if not keys:
        return 0
    connection = session.connection()
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    text = json.dumps(arguments)
    rows = [
        {
            "part": part,
            "kind": kind,
            "key": key,
            "arguments": text,
            "state": State.WAITING.value,
            "due_at": due_at,
            "attempts": 0,
        }
        for key in keys
    ]
    added = 0
    for start in range(0, len(rows), BATCH):
        chunk = rows[start : start + BATCH]
        statement = insert(Job).values(chunk).on_conflict_do_nothing().returning(col(Job.key))
        added += len(connection.execute(statement).all())
    return added


def postpone(session: Session, kind: str, part: str, key: str, due_at: datetime) -> None:
    """Give a job a new due time; one that has ended begins again."""
    session.connection().execute(
        update(Job)
        .where(col(Job.part) == part, col(Job.kind) == kind, col(Job.key) == key)
        .values(
            state=State.WAITING.value,
            due_at=due_at,
            attempts=0,
            lease_owner=None,
            lease_until=None,
            finished_at=None,
        )
    )


def revive(session: Session, part: str, kind: str) -> None:
    """Have what was called off in `part` done after all."""
    session.connection().execute(
        update(Job)
        .where(col(Job.part) == part, col(Job.kind) == kind, col(Job.state) == State.CANCELLED)
        .values(state=State.WAITING.value, due_at=now(), attempts=0, finished_at=None)
    )


def wake(session: Session, part: str, kind: str, keys: Sequence[str] | None = None) -> None:
    """Have what has ended in `part` (all, or these keys) looked at again, now."""
    statement = update(Job).where(
        col(Job.part) == part,
        col(Job.kind) == kind,
        col(Job.state).not_in(OPEN),
    )
    if keys is not None:
        statement = statement.where(col(Job.key).in_(keys))
    values = {"state": State.WAITING.value, "due_at": now(), "attempts": 0, "finished_at": None}
    session.connection().execute(statement.values(**values))


def cancel(session: Session, part: str, kinds: Sequence[str] | None = None) -> None:
    """Call off what waits in `part` (of these kinds); what is being done is left to end."""
    statement = update(Job).where(col(Job.part) == part, col(Job.state) == State.WAITING)
    if kinds is not None:
        statement = statement.where(col(Job.kind).in_(kinds))
    session.connection().execute(statement.values(state=State.CANCELLED.value, finished_at=now()))


def keys(session: Session, part: str, kind: str, state: State) -> list[str]:
    """The keys of the jobs of one kind that stand there."""
    return list(
        session.exec(
            sql_select(col(Job.key))
            .where(Job.part == part, Job.kind == kind, Job.state == state)
            .order_by(col(Job.key))
        )
    )


def claim(connection: Connection, kinds: Mapping[str, Kind], owner: str) -> list[Lease]:
    """Lease the due jobs of one kind, the longest waiting first; an empty list when none is due."""
    moment = now()
    kind = connection.execute(
        select(col(Job.kind))
        .where(*_due(moment), col(Job.kind).in_(list(kinds)))
        .order_by(col(Job.due_at))
        .limit(1)
    ).scalar()
    if kind is None:
        return []
    how = kinds[kind]
    chosen = (
        select(col(Job.part), col(Job.kind), col(Job.key), col(Job.attempts), col(Job.arguments))
        .where(*_due(moment), col(Job.kind) == kind)
        .order_by(col(Job.due_at), col(Job.part), col(Job.key))
        .limit(how.batch)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(chosen).all()
    if not rows:
        return []
    table = Job.__table__  # type: ignore[attr-defined]
    connection.execute(
        update(table)
        .where(
            table.c.part == bindparam("of_part"),
            table.c.kind == bindparam("of_kind"),
            table.c.key == bindparam("of_key"),
        )
        .values(
            state=State.LEASED.value,
            lease_until=moment + how.lease,
            lease_owner=owner,
            attempts=table.c.attempts + 1,
        ),
        [{"of_part": row.part, "of_kind": row.kind, "of_key": row.key} for row in rows],
    )
    return [
        Lease(row.part, row.kind, row.key, row.attempts + 1, owner, json.loads(row.arguments))
        for row in rows
    ]


def finish(connection: Connection, outcomes: Sequence[Outcome]) -> list[bool | Exception]:
    """Record how leased jobs ended, where this process still holds the lease (a writer's batch)."""
    moment = now()
    kept: list[bool | Exception] = []
    for outcome in outcomes:
        lease = outcome.lease
        result = connection.execute(
            update(Job)
            .where(*held(lease))
            .values(
                state=outcome.state.value,
                last_code=outcome.code,
                last_error=outcome.error,
                due_at=outcome.due_at or moment,
                finished_at=None if outcome.state is State.WAITING else moment,
                lease_until=None,
                lease_owner=None,
            )
        )
        kept.append(result.rowcount == 1)
    return kept


def held(lease: Lease) -> tuple[Any, ...]:
    """That a process still has the job it claimed."""
    return (
        col(Job.part) == lease.part,
        col(Job.kind) == lease.kind,
        col(Job.key) == lease.key,
        col(Job.state) == State.LEASED,
        col(Job.lease_owner) == lease.owner,
        col(Job.attempts) == lease.attempts,
    )


def _due(moment: datetime) -> tuple[Any, ...]:
    waiting = (col(Job.state) == State.WAITING) & (col(Job.due_at) <= moment)
    abandoned = (col(Job.state) == State.LEASED) & (col(Job.lease_until) < moment)
    return (waiting | abandoned,)
