"""Lifting the triggers that guard tables, for what is no change by anybody: emptying, restoring."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text


@contextmanager
def lifted(connection: Connection, tables: Sequence[str]) -> Iterator[None]:
    """Without those triggers, in the caller's transaction; they stand again afterwards."""
    if connection.dialect.name == "sqlite":
        statement = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        guards = connection.execute(statement).all()
        for guard in guards:
            connection.exec_driver_sql(f'DROP TRIGGER "{guard.name}"')
        yield
        for guard in guards:
            connection.exec_driver_sql(guard.sql)
        return
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    yield
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
