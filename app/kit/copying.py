"""Copying every row of one database into another, of either kind, at the same schema.

The tables are read from the databases and not from the models, so that any schema can be copied.
Rows go in the order of their keys: a copy holds nothing of the order in which they came.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, insert, select

from app.kit.guards import lifted

AT_ONCE = 500
# What Alembic writes itself.
VERSION = "alembic_version"
_MODULUS = 2**256


@dataclass(frozen=True)
class Copied:
    """How many rows a table has, and a sum over what is in them."""

    rows: int
    digest: str


class NotTheSame(Exception):
    """The two databases do not have the same tables."""


def tables_of(connection: Connection) -> dict[str, Table]:
    """The tables there are, those that others refer to first."""
    found = MetaData()
    found.reflect(bind=connection)
    return {one.name: one for one in found.sorted_tables if one.name != VERSION}


def copy(source: Connection, target: Connection, but: str = "") -> dict[str, Copied]:
    """Copy every table (but one) into the target's; both within their callers' transactions."""
    sources, targets = tables_of(source), tables_of(target)
    ordered = list(targets)
    if sources.keys() - {but} != targets.keys():
        raise NotTheSame(", ".join(sorted(sources.keys() - {but} ^ targets.keys())))
    with lifted(target, ordered), _in_any_order(target, [targets[name] for name in ordered]):
        # What the migrations themselves put in comes from the source as well.
        for name in reversed(ordered):
            target.execute(delete(targets[name]))
        return {name: _table(source, target, sources[name], targets[name]) for name in ordered}


@contextmanager
def _in_any_order(target: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Rows may refer to rows of their own table that come later; all is checked at the end."""
    if target.dialect.name == "sqlite":
        target.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        yield
        return
    own = [
        f'ALTER TABLE "{table.name}" ALTER CONSTRAINT "{key.name}"'
        for table in tables
        for key in table.foreign_key_constraints
        if key.referred_table is table
    ]
    for constraint in own:
        target.exec_driver_sql(f"{constraint} DEFERRABLE INITIALLY DEFERRED")
    yield
    target.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for constraint in own:
        target.exec_driver_sql(f"{constraint} NOT DEFERRABLE")


def _table(source: Connection, target: Connection, given: Table, taking: Table) -> Copied:
    columns = [one.name for one in given.columns]
    zoned = target.dialect.name != "sqlite"
    rows, total = 0, 0
    for chunk in _chunks(source, given):
        values = [_row(columns, row) for row in chunk]
        rows += len(values)
        total = (total + sum(map(_digest, values))) % _MODULUS
        target.execute(insert(taking), [_stored(one, zoned=zoned) for one in values])
    return Copied(rows, f"{total:064x}")


def _chunks(source: Connection, table: Table) -> Iterator[Sequence[Any]]:
    statement = select(table).order_by(*table.primary_key.columns)
    result = source.execution_options(yield_per=AT_ONCE).execute(statement)
    return result.partitions(AT_ONCE)


def _row(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in zip(columns, row, strict=True)}


def _plain(value: Any) -> Any:
    """The same value whichever database it was read from; SQLite keeps UTC without saying so."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return bytes(value) if isinstance(value, memoryview) else value


def _digest(row: Mapping[str, Any]) -> int:
    return int.from_bytes(hashlib.sha256(repr(sorted(row.items())).encode()).digest())


def _stored(row: Mapping[str, Any], *, zoned: bool) -> dict[str, Any]:
    if zoned:
        return dict(row)
    return {
        name: value.replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
