"""Taking work out of the queue: a due job is leased to one process, and its outcome recorded."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, and_, bindparam, case, func, or_, select, update
from sqlmodel import col

from app.kit.clock import now
from app.kit.database import rows_changed
from app.kit.jobs import Job, Kind, Lease, Outcome, State


def is_due(connection: Connection, kinds: Mapping[str, Kind]) -> bool:
    """Whether there is anything to claim: asked without the lock that claiming takes."""
    given = {"moment": now(), "names": _open(connection, kinds)}
    return connection.execute(_NEXT_KIND, given).first() is not None


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
    alike: dict[tuple[Any, ...], list[int]] = {}
    for place, outcome in enumerate(outcomes):
        alike.setdefault(tuple(_ended(outcome, moment).items()), []).append(place)
    recorded: list[bool | Exception] = [False for _ in outcomes]
    # Mails that went out beside each other mostly ended alike: one statement for all of them.
    for given, places in alike.items():
        changed = _finish(connection, dict(given), [outcomes[place].lease.key for place in places])
        for place in places:
            recorded[place] = outcomes[place].lease.key in changed
    return recorded


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


def _finish(connection: Connection, given: dict[str, Any], keys: list[str]) -> set[str]:
    """Record it of these jobs; those it was recorded of."""
    if len(keys) > 1:
        return set(connection.execute(_FINISH_ALIKE, {**given, "keys": keys}).scalars())
    changed = rows_changed(connection.execute(_FINISH, {**given, "of_key": keys[0]}))
    return set(keys[:changed])


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
    kind = connection.execute(_NEXT_KIND, {"moment": moment, "names": list(names)}).scalar()
    if kind is None:
        return []
    how = kinds[kind]
    until = moment + how.lease
    rows = connection.execute(_DUE, {"moment": moment, "of_kind": kind, "batch": how.batch}).all()
    if not rows:
        return []
    doubtful = _under_way(rows, how.at_once)
    alike: dict[tuple[str, bool], list[str]] = {}
    for row in rows:
        alike.setdefault((row.part, row.key in doubtful), []).append(row.key)
    given = {"of_kind": kind, "until": until, "owner": owner, "moment": moment}
    for (part, again), keys in alike.items():
        its = {"of_part": part, "keys": keys, "more_doubts": int(again)}
        connection.execute(_LEASE, {**given, **its})
    return [
        Lease(
            part=row.part,
            kind=kind,
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


# Built once: one of them runs for every mail.
_TABLE = Job.__table__  # type: ignore[attr-defined]
_ALIKE = _TABLE.c.part == bindparam("of_part"), _TABLE.c.kind == bindparam("of_kind")
_KEYS = _TABLE.c.key.in_(bindparam("keys", expanding=True))
_UNTRIED = bindparam("untried", type_=Integer) == 1
_MOMENT = bindparam("moment", type_=_TABLE.c.due_at.type)
_IS_DUE = or_(
    and_(_TABLE.c.state == State.WAITING.value, _TABLE.c.due_at <= _MOMENT),
    # Its process died: it is work again.
    and_(_TABLE.c.state == State.LEASED.value, _TABLE.c.lease_until < _MOMENT),
)
_NEXT_KIND = (
    select(_TABLE.c.kind)
    .where(_IS_DUE, _TABLE.c.kind.in_(bindparam("names", expanding=True)))
    .order_by(_TABLE.c.due_at)
    .limit(1)
)
_DUE = (
    select(
        _TABLE.c.part,
        _TABLE.c.key,
        _TABLE.c.state,
        _TABLE.c.due_at,
        _TABLE.c.attempts,
        _TABLE.c.arguments,
        _TABLE.c.tried_since,
        _TABLE.c.lease_owner,
    )
    .where(_IS_DUE, _TABLE.c.kind == bindparam("of_kind"))
    .order_by(_TABLE.c.due_at, _TABLE.c.part, _TABLE.c.key)
    .limit(bindparam("batch", type_=Integer))
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(_TABLE)
    .where(*_ALIKE, _KEYS)
    .values(
        state=State.LEASED.value,
        lease_until=bindparam("until"),
        lease_owner=bindparam("owner"),
        attempts=_TABLE.c.attempts + 1,
        tried_since=func.coalesce(_TABLE.c.tried_since, _MOMENT),
        doubts=_TABLE.c.doubts + bindparam("more_doubts"),
    )
)
_FINISHING = (
    update(_TABLE)
    .where(
        *_ALIKE,
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
_FINISH = _FINISHING.where(_TABLE.c.key == bindparam("of_key"))
_FINISH_ALIKE = _FINISHING.where(_KEYS).returning(_TABLE.c.key)
