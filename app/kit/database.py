"""The engine, its sessions, the names of constraints and what every connection is set to."""

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, SQLModel

# Named constraints: a migration can find them, and an error can be told from another.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    # An acknowledged answer survives a power cut.
    "synchronous=FULL",
    "foreign_keys=ON",
    # What is deleted is overwritten, so that a copy of the file holds no dead answers.
    "secure_delete=ON",
    "trusted_schema=OFF",
    "busy_timeout=5000",
    "cache_size=-16384",
)
POSTGRESQL_SETTINGS = (
    "synchronous_commit=on",
    "statement_timeout=15000",
    "lock_timeout=3000",
    "idle_in_transaction_session_timeout=30000",
)


class Unswept(Exception):
    """The files could not be rewritten to the end just now."""


class Database:
    """One engine and the two kinds of session: one that reads and one that may write."""

    def __init__(self, url: str, pool_size: int = 20) -> None:
        self.engine = _engine(url, pool_size)
        self.reading_engine = self.engine.execution_options(reading=True)

    @property
    def embedded(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction, committed when the block ends well and rolled back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction the database itself keeps from writing."""
        with Session(self.reading_engine, autoflush=False) as session:
            yield session

    def looking(self) -> Connection:
        """A connection for small reads of the embedded database, which waits for no lock."""
        connection = self.reading_engine.connect()
        connection.detach()
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        return connection

    def compact(self, tables: Sequence[str]) -> None:
        """Rewrite these tables' files so that nothing deleted can be read from them any more."""
        if self.embedded:
            # One file holds all tables; deleted content was overwritten (secure_delete), and
            # the truncating checkpoint leaves no older page in the log beside it.
            # A connection that was last used for reading still refuses to write.
            statements = [
                "PRAGMA query_only=OFF",
                "VACUUM",
                "PRAGMA wal_checkpoint(TRUNCATE)",
            ]
        else:
            settings = ["SET statement_timeout = 0", "SET lock_timeout = '60s'"]
            statements = [*settings, *(f"VACUUM FULL {table}" for table in tables)]
        raw = self.engine.raw_connection()
        try:
            if not self.embedded:
                raw.driver_connection.autocommit = True  # type: ignore[union-attr]
            cursor = raw.cursor()
            for statement in statements:
                cursor.execute(statement)
            if self.embedded and (cursor.fetchone() or (0,))[0]:
                raise Unswept("somebody was still reading an older state")
        finally:
            raw.invalidate()

    def close(self) -> None:
        self.engine.dispose()


def is_unavailable(error: Exception) -> bool:
    """Whether the database could not take the work now (full, gone, locked), not the work's fault."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # Every connection is taken and none came free.
    if isinstance(error, PoolTimeout):
        return True
    return isinstance(error, DBAPIError) and type(error).__name__ in {
        "OperationalError",
        "InterfaceError",
        "InternalError",
    }


def rows_changed(result: Any) -> int:
    """How many rows an update or delete touched; the typed result does not carry it."""
    return int(result.rowcount)


def _engine(url: str, pool_size: int) -> Engine:
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername == "sqlite" and address.database:
        _own_file(Path(address.database))
    engine = create_engine(
        address,
        # Values of statements hold tokens and addresses: they must not reach a log or a trace.
        hide_parameters=True,
        pool_pre_ping=address.drivername != "sqlite",
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args=_connect_arguments(address.drivername),
    )
    logging.getLogger("sqlalchemy.engine.Engine").addFilter(_without_rows)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "handle_error", _hide_values)
    return engine


def _without_rows(record: logging.LogRecord) -> bool:
    """The library logs at its finest level what a statement found: the same values again."""
    return record.levelno > logging.DEBUG


def _own_file(path: Path) -> None:
    """Make the file where there is none, readable by its owner alone; its log inherits that."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _connect_arguments(driver: str) -> dict[str, Any]:
    if driver.startswith("postgresql"):
        options = " ".join(f"-c {setting}" for setting in POSTGRESQL_SETTINGS)
        return {"options": options, "connect_timeout": 5}
    return {"check_same_thread": False}


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transactions begin late and without a lock; ours begin where we say.
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    # What it was set to last is the connection's own: most are used for the same again.
    if connection.info.get("reading") is not reading:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.info["reading"] = reading
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _hide_values(context: ExceptionContext) -> None:
    """PostgreSQL repeats whole rows in the details of an error: keep what names the rule only."""
    diagnosis = getattr(context.original_exception, "diag", None)
    if diagnosis is None or diagnosis.sqlstate is None:
        return
    # Class 22 quotes the value it could not read.
    quotes = diagnosis.sqlstate.startswith("22")
    said = "a value was refused" if quotes else diagnosis.message_primary
    message = f"{said} (SQLSTATE {diagnosis.sqlstate})"
    context.original_exception.args = (message,)
    if context.sqlalchemy_exception is not None:
        name = type(context.original_exception).__name__
        context.sqlalchemy_exception.args = (f"({name}) {message}",)


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
