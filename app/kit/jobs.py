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
    Integer,
    String,
    bindparam,
    case,
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
from app.kit.database import rows_changed

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
    __table_args__ = (Index("ix_job_due", "state", "due_at"),)

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


def claim(connection: Connection, kinds: Mapping[str, Kind], owner: str) -> list[Lease]:
    """Lease the due jobs of one kind, the longest waiting first; an empty list when none is due."""
    moment = now()
    open_ = _open(connection, kinds)
    for bulk in (False, True):
        names = [name for name in open_ if kinds[name].bulk is bulk]
        leases = _claim(connection, names, kinds, owner, moment) if names else []
        if leases:
            return leases
    return []


def finish(connection: Connection, outcomes: Sequence[Outcome]) -> list[bool | Exception]:
    """Record how leased jobs ended, where this process still holds the lease (a writer's batch)."""
    moment = now()
    return [
        rows_changed(connection.execute(_FINISH, _ended(outcome, moment))) == 1
        for outcome in outcomes
    ]


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


def _open(connection: Connection, kinds: Mapping[str, Kind]) -> list[str]:
    """The kinds that can be worked on now; each gate is asked once."""
    gates = {kind.gate for kind in kinds.values() if kind.gate is not None}
    closed = {gate for gate in gates if not gate(connection)}
    return [name for name, kind in kinds.items() if kind.gate not in closed]


def _claim(
    connection: Connection,
    names: Sequence[str],
    kinds: Mapping[str, Kind],
    owner: str,
    moment: datetime,
) -> list[Lease]:
    kind = connection.execute(
        select(col(Job.kind))
        .where(*_due(moment), col(Job.kind).in_(names))
        .order_by(col(Job.due_at))
        .limit(1)
    ).scalar()
    if kind is None:
        return []
    how = kinds[kind]
    until = moment + how.lease
    chosen = (
        select(*_CLAIMED)
        .where(*_due(moment), col(Job.kind) == kind)
        .order_by(col(Job.due_at), col(Job.part), col(Job.key))
        .limit(how.batch)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(chosen).all()
    if not rows:
        return []
    doubtful = _under_way(rows, how.at_once)
    connection.execute(
        _LEASE,
        [
            {
                "of_part": row.part,
                "of_kind": row.kind,
                "of_key": row.key,
                "until": until,
                "owner": owner,
                "moment": moment,
                "more_doubts": int(row.key in doubtful),
            }
            for row in rows
        ],
    )
    return [
        Lease(
            part=row.part,
            kind=row.kind,
            key=row.key,
            attempts=row.attempts + 1,
            owner=owner,
            arguments=json.loads(row.arguments),
            due_at=row.due_at,
            tried_since=row.tried_since or moment,
            until=until,
        )
        for row in rows
    ]


def _under_way(rows: Sequence[Any], at_once: int) -> set[str]:
    """The jobs a process may have been doing when it died: the first it held, in their order."""
    left: dict[str, list[str]] = {}
    for row in rows:
        if row.state == State.LEASED:
            left.setdefault(row.lease_owner, []).append(row.key)
    return {key for held_ in left.values() for key in held_[:at_once]}


def _ended(outcome: Outcome, moment: datetime) -> dict[str, Any]:
    lease = outcome.lease
    return {
        "of_part": lease.part,
        "of_kind": lease.kind,
        "of_key": lease.key,
        "of_owner": lease.owner,
        "of_attempt": lease.attempts,
        "state": outcome.state.value,
        "code": outcome.code,
        "error": outcome.error,
        "due": outcome.due_at or moment,
        "ended": None if outcome.state is State.WAITING else moment,
        "untried": int(outcome.untried),
        "more_doubts": int(outcome.doubtful),
    }


def _due(moment: datetime) -> tuple[Any, ...]:
    waiting = (col(Job.state) == State.WAITING) & (col(Job.due_at) <= moment)
    abandoned = (col(Job.state) == State.LEASED) & (col(Job.lease_until) < moment)
    return (waiting | abandoned,)


# Built once: one of them runs for every mail.
_TABLE = Job.__table__  # type: ignore[attr-defined]
_THE_JOB = (
    _TABLE.c.part == bindparam("of_part"),
    _TABLE.c.kind == bindparam("of_kind"),
    _TABLE.c.key == bindparam("of_key"),
)
_UNTRIED = bindparam("untried", type_=Integer) == 1
_CLAIMED = (
    col(Job.part),
    col(Job.kind),
    col(Job.key),
    col(Job.state),
    col(Job.due_at),
    col(Job.attempts),
    col(Job.arguments),
    col(Job.tried_since),
    col(Job.lease_owner),
)
_LEASE = (
    update(_TABLE)
    .where(*_THE_JOB)
    .values(
        state=State.LEASED.value,
        lease_until=bindparam("until"),
        lease_owner=bindparam("owner"),
        attempts=_TABLE.c.attempts + 1,
        tried_since=func.coalesce(
            _TABLE.c.tried_since, bindparam("moment", type_=_TABLE.c.tried_since.type)
        ),
        doubts=_TABLE.c.doubts + bindparam("more_doubts"),
    )
)
_FINISH = (
    update(_TABLE)
    .where(
        *_THE_JOB,
        _TABLE.c.state == State.LEASED.value,
        _TABLE.c.lease_owner == bindparam("of_owner"),
        _TABLE.c.attempts == bindparam("of_attempt"),
    )
    .values(
        state=bindparam("state"),
        last_code=bindparam("code"),
        last_error=case(
            (_UNTRIED, func.coalesce(bindparam("error"), _TABLE.c.last_error)),
            else_=bindparam("error"),
        ),
        tried_since=case((_UNTRIED & (_TABLE.c.attempts == 1), None), else_=_TABLE.c.tried_since),
        due_at=bindparam("due"),
        finished_at=bindparam("ended"),
        attempts=_TABLE.c.attempts - bindparam("untried"),
        doubts=_TABLE.c.doubts + bindparam("more_doubts"),
        lease_until=None,
        lease_owner=None,
    )
)
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
