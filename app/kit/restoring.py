"""Putting a backup in the place of what a database holds, whole or not at all."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy import table as named
from sqlmodel import Session, SQLModel

from app.kit import backup, copying, migration
from app.kit.database import Database, Unswept

# The functions our triggers call, which go with them.
_FUNCTIONS = text(
    "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger "
    "JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal "
    "AND relnamespace = current_schema()::regnamespace AND relname = ANY(:tables)"
)


def restore(database: Database, path: Path, then: Callable[[Session], None]) -> None:
    """Replace everything by the backup, migrate it, and do `then`, in one transaction.

    Raises BackupRefused, NewerSchema.
    """
    with backup.opened(path) as source, Session(database.engine) as session, session.begin():
        target = session.connection()
        drop_all(target, inspect(source).get_table_names())
        migration.upgrade_within(target, migration.current(source) or migration.NEWEST)
        copying.copy(source, target, but=backup.NOTE)
        migration.upgrade_within(target)
        then(session)
    # Somebody still reads what was there before: it is overwritten, and swept at the next release.
    with suppress(Unswept):
        database.compact(sorted(SQLModel.metadata.tables))


def move(source: Database, target: Database) -> int:
    """Copy everything into an empty database, of the other kind as a rule; how many rows it had.

    Nobody can write to an embedded source meanwhile. Raises BackupRefused.
    """
    with source.engine.begin() as given, target.engine.begin() as taking:
        if migration.current(taking) is not None:
            raise backup.BackupRefused(
                "there is a Selaras in that database already: name an empty one"
            )
        migration.upgrade_within(taking, migration.current(given) or migration.NEWEST)
        copied = copying.copy(given, taking)
        read_back = {name: _count(taking, name) for name in copied}
        if read_back != {name: one.rows for name, one in copied.items()}:
            raise backup.BackupRefused("not every row arrived: nothing was moved")
    return sum(read_back.values())


def drop_all(connection: Connection, names: list[str]) -> None:
    """Drop our tables and those of the backup, with what guards them, and nothing of others."""
    known = [one.name for one in reversed(SQLModel.metadata.sorted_tables)]
    ours = [*sorted({*names, copying.VERSION} - set(known)), *known]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for name in ours:
            connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
        return
    connection.execute(text("SET LOCAL lock_timeout = '60s'"))
    functions = connection.execute(_FUNCTIONS, {"tables": ours}).scalars().all()
    for name in ours:
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}" CASCADE')
    for function in functions:
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {function}")


def _count(connection: Connection, name: str) -> int:
    return int(connection.execute(select(func.count()).select_from(named(name))).scalar_one())
