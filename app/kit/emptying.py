"""Emptying tables that triggers guard: for a demo, whose data was never anybody's."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Table, delete, text
from sqlmodel import Session, SQLModel


def empty(session: Session, kept: Collection[str]) -> None:
    """Delete every row of every table but the kept ones; the guards stand again afterwards."""
    connection = session.connection()
    tables = [one for one in reversed(SQLModel.metadata.sorted_tables) if one.name not in kept]
    if connection.dialect.name == "sqlite":
        _sqlite(connection, tables)
    else:
        _postgresql(connection, tables)
    session.expire_all()


def _sqlite(connection: Connection, tables: Sequence[Table]) -> None:
    statement = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    guards = connection.execute(statement).all()
    for guard in guards:
        connection.exec_driver_sql(f'DROP TRIGGER "{guard.name}"')
    for table in tables:
        connection.execute(delete(table))
    for guard in guards:
        connection.exec_driver_sql(guard.sql)


def _postgresql(connection: Connection, tables: Sequence[Table]) -> None:
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
    for table in tables:
        connection.execute(delete(table))
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')
