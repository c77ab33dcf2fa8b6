"""Taking work out of the queue: a due job is leased to one process, and its outcome recorded."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, case, func, select, update
from sqlmodel import col

from app.kit.clock import now
from app.kit.database import rows_changed
from app.kit.jobs import Job, Kind, Lease, Outcome, State


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
