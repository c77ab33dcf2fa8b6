"""A backup: one file holding every row, the same of either kind of database, proved by restoring it.

The server's key is in no database and so in no backup: the answers of open rounds stay sealed.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, create_engine, text

from app.kit import copying, migration
from app.kit.clock import now
from app.kit.copying import Copied
from app.kit.database import Database

# Beside Selaras' own tables; what makes a file one of our backups.
NOTE = "backup_note"
# A backup is proved by a second copy, and the disk shall not be full afterwards.
SPARE_BYTES = 50_000_000


class BackupRefused(Exception):
    """No backup could be made, or the file is none; the text says why and what to do."""


@dataclass(frozen=True)
class Backup:
    """What a backup file says of itself."""

    path: Path
    made_at: datetime
    schema: str
    rows: int
    bytes: int


def make(database: Database, path: Path) -> Backup:
    """Write what the database holds at one moment, prove it, and only then give it its name.

    Others may go on writing meanwhile. Raises BackupRefused, NewerSchema, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f"{path.name}.part")
    scratch = path.with_name(f"{path.name}.proof")
    _remove(unfinished, scratch)
    try:
        _refuse_without_room(database, path.parent)
        made = _written(database, unfinished, scratch)
        _prove(unfinished, scratch, made)
        _settle(unfinished, path)
    finally:
        _remove(unfinished, scratch)
    return read(path)


def read(path: Path) -> Backup:
    """What a backup says of itself; raises BackupRefused where it is none."""
    with opened(path) as connection:
        schema = migration.current(connection) or ""
        notes = connection.execute(text("SELECT made_at, rows FROM backup_note")).one()
    made_at = datetime.fromisoformat(notes.made_at)
    return Backup(path, made_at, schema, notes.rows, path.stat().st_size)


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """A backup's rows, for reading; raises BackupRefused where it is none."""
    if not path.is_file():
        raise BackupRefused(f"{path}: there is no such file")
    engine = create_engine(f"sqlite:///file:{path.resolve().as_posix()}?mode=ro&uri=true")
    try:
        with engine.connect() as connection:
            _refuse_what_is_none(connection, path)
            yield connection
    finally:
        engine.dispose()


def _written(database: Database, path: Path, scratch: Path) -> Mapping[str, Copied]:
    with _one_moment(database) as source:
        schema = migration.current(source)
        if schema is None:
            raise BackupRefused("the database is empty: selaras migrate")
        migration.refuse_unknown(schema)
        for file in (path, scratch):
            _own(file, _empty(schema))
        target = Database(f"sqlite:///{path}")
        with target.engine.begin() as connection:
            copied = copying.copy(source, connection)
            _note(connection, sum(one.rows for one in copied.values()))
        _plain_file(target)
    return copied


def _prove(path: Path, scratch: Path, made: Mapping[str, Copied]) -> None:
    """Restore it into another database: every row comes back as it was read, and fits."""
    proof = Database(f"sqlite:///{scratch}")
    with opened(path) as source, proof.engine.begin() as target:
        found = copying.copy(source, target, but=NOTE)
    with proof.engine.connect() as connection:
        whole = connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        dangling = connection.execute(text("PRAGMA foreign_key_check")).first()
    proof.close()
    if found != made or not whole or dangling:
        raise BackupRefused("the backup does not hold what the database does: try again")


@contextmanager
def _one_moment(database: Database) -> Iterator[Connection]:
    """Everything as it was at one moment, while others go on writing."""
    isolation = {} if database.embedded else {"isolation_level": "REPEATABLE READ"}
    with database.reading_engine.connect().execution_options(**isolation) as connection:
        if not database.embedded:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield connection


@cache
def _empty(schema: str) -> bytes:
    """The file of an embedded database of that schema, with nobody's rows in it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        made = Database(f"sqlite:///{path}")
        migration.upgrade(made, schema)
        _plain_file(made)
        return path.read_bytes()


def _own(path: Path, content: bytes) -> None:
    """A file that its owner alone can read, from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _note(connection: Connection, rows: int) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE backup_note (made_at TEXT NOT NULL PRIMARY KEY, rows INTEGER NOT NULL)"
    )
    statement = text("INSERT INTO backup_note (made_at, rows) VALUES (:made_at, :rows)")
    connection.execute(statement, {"made_at": now().isoformat(), "rows": rows})


def _plain_file(target: Database) -> None:
    """Everything in the one file, with no log beside it."""
    raw = target.engine.raw_connection()
    raw.cursor().execute("PRAGMA journal_mode=DELETE")
    raw.invalidate()
    target.close()


def _refuse_what_is_none(connection: Connection, path: Path) -> None:
    try:
        statement = text("SELECT count(*) FROM sqlite_master WHERE name = :note")
        found = connection.execute(statement, {"note": NOTE}).scalar()
    except Exception as error:
        if not isinstance(getattr(error, "orig", None), sqlite3.Error):
            raise
        raise BackupRefused(f"{path}: this is no backup of Selaras") from None
    if not found:
        raise BackupRefused(f"{path}: this is no backup of Selaras")
    migration.refuse_unknown(migration.current(connection))


def _refuse_without_room(database: Database, folder: Path) -> None:
    if database.embedded:
        statement = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        statement = "SELECT pg_database_size(current_database())"
    with database.reading() as session:
        size = int(session.connection().execute(text(statement)).scalar_one())
    free = shutil.disk_usage(folder).free
    if free < 2 * size + SPARE_BYTES:
        raise BackupRefused(
            f"{folder} has {free // 1_000_000} MB left, and a backup needs "
            f"{(2 * size + SPARE_BYTES) // 1_000_000} MB while it is made: free some, or set "
            "SELARAS_BACKUP_DIR to another disk"
        )


def _settle(unfinished: Path, path: Path) -> None:
    """On the disk before it has its name, and its name on the disk before anybody is told."""
    _flush(unfinished, os.O_RDWR)
    unfinished.replace(path)
    # Windows opens no folder.
    with suppress(PermissionError):
        _flush(path.parent, os.O_RDONLY)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(*paths: Path) -> None:
    for path in paths:
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
            path.with_name(name).unlink(missing_ok=True)
