"""The queue: rows with a due time in the product's own database; knows no word of the domain.

What a person wants to see of a piece of work (waiting, tries, next try, last error) is the row
itself. Any number of processes may work on it: a row is leased by a conditional update, and a
lease that ran out (its process died) is work again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Index,
    String,
    bindparam,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, Session, SQLModel, col
from sqlmodel import select as sql_select

from app.kit.clock import now

LEASE = timedelta(minutes=2)


class State(StrEnum):
    """Where a piece of work stands."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    BOUNCED = "bounced"
    """Done, and undone: the mail came back."""
    CANCELLED = "cancelled"
    PARKED = "parked"
    """Nobody can tell whether it was done; a person decides."""


OPEN = (State.WAITING.value, State.LEASED.value)


class Job(SQLModel, table=True):
    """One piece of work; `part` groups what belongs together (the id of a round)."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "state", "due_at"),
        # Where the work of a part stands is counted without reading its rows.
        Index("ix_job_standing", "part", "kind", "state", "key", "attempts", "doubts"),
    )

    part: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    state: str = State.WAITING.value
    due_at: datetime
    lease_until: datetime | None = None
    lease_owner: str | None = None
    attempts: int = 0
    # When it was tried for the first time: it is given up so long after.
    tried_since: datetime | None = None
    # How often nobody could tell whether it had been done, so that it was done again.
    doubts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
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
    due_at: datetime = field(default_factory=now)
    tried_since: datetime = field(default_factory=now)
    until: datetime = field(default_factory=lambda: now() + LEASE)

    def untouched(self, error: str | None = None) -> "Outcome":
        """Give it back as it was, for another time or another process."""
        return Outcome(self, State.WAITING, error=error, due_at=self.due_at, untried=True)


@dataclass(frozen=True)
class Outcome:
    """How a leased job ended, or when it shall be tried again."""

    lease: Lease
    state: State
    code: str | None = None
    error: str | None = None
    due_at: datetime | None = None
    # It was claimed and never begun: that counts as no try.
    untried: bool = False
    # It may have been done, and is done again.
    doubtful: bool = False


# Whether jobs behind it can be worked on now.
Gate = Callable[[Connection], bool]
# A handler does the leased work and says how each piece of it ended; what ended together is
# stored together, before it is asked for more.
Handler = Callable[[Sequence[Lease]], Iterable[Outcome | Sequence[Outcome]]]


@dataclass(frozen=True)
class Kind:
    """How jobs of one name are worked on."""

    handler: Handler
    batch: int = 1
    lease: timedelta = LEASE
    # There may be thousands of them: whatever else is due goes first.
    bulk: bool = False
    # How many of a lease may be under way at once, when its process dies.
    at_once: int = 1
    # Whether they can be worked on now; what is closed waits without being tried.
    gate: Gate | None = None


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
    dialect = connection.dialect.name
    given = {
        "part": part,
        "kind": kind,
        "arguments": json.dumps(arguments),
        "state": State.WAITING.value,
        "due_at": due_at,
        "attempts": 0,
        "keys": list(keys) if dialect == "postgresql" else json.dumps(keys),
    }
    return connection.execute(_ENQUEUE[dialect], given).rowcount


def postpone(session: Session, kind: str, part: str, key: str, due_at: datetime) -> None:
    """Give a job a new due time; one that has ended begins again."""
    session.connection().execute(
        update(Job)
        .where(col(Job.part) == part, col(Job.kind) == kind, col(Job.key) == key)
        .values(
            state=State.WAITING.value,
            due_at=due_at,
            attempts=0,
            tried_since=None,
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
        .values(
            state=State.WAITING.value,
            due_at=now(),
            attempts=0,
            tried_since=None,
            finished_at=None,
        )
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
    session.connection().execute(
        statement.values(
            state=State.WAITING.value,
            due_at=now(),
            attempts=0,
            tried_since=None,
            finished_at=None,
        )
    )


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


# Built once: building them costs more than running them.
_TABLE = Job.__table__  # type: ignore[attr-defined]
_ALIKE = ("part", "kind", "arguments", "state", "due_at", "attempts")


def _enqueuing(insert: Any, key: ColumnElement[str]) -> Any:
    """All rows of a call in one statement, whose text does not grow with them."""
    given = [bindparam(one, type_=_TABLE.c[one].type) for one in _ALIKE]
    # Without a condition SQLite takes the conflict for one of a join.
    rows = select(*given, key).where(true())
    statement = insert(_TABLE).from_select([*_ALIKE, "key"], rows).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)


_ENQUEUE = {
    "sqlite": _enqueuing(
        sqlite_insert, func.json_each(bindparam("keys")).table_valued("value").c.value
    ),
    "postgresql": _enqueuing(
        postgresql_insert, func.unnest(bindparam("keys", type_=ARRAY(String)))
    ),
}
