"""The nightly backup, which ones are kept, and what a restored installation must forget again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, inspect, select
from sqlmodel import Session, col, delete

from app.access.models import SignInLink, StaffSession
from app.audit import log
from app.audit.models import AuditEntry
from app.campaigns import erasing, keeping, rounds
from app.kit import backup, forgotten, hold, jobs
from app.kit.backup import Backup, BackupRefused
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Lease, Outcome, State
from app.kit.migration import NewerSchema
from app.kit.seal import Keyring
from app.kit.settings import Settings
from app.kit.worker import try_again

BACKUP = "backup"
MADE, RESTORED = "backup.made", "installation.restored"
WORKER = "worker"
SUFFIX = ".backup"
NIGHTLY = "nightly-"
HOUR = 3
# What was deleted for good, by the acts of the log.
DESTROYED = (
    rounds.RELEASED,
    "round.voided",
    *(f"round.{what}_deleted" for what in (keeping.INVITATIONS, keeping.COMMENTS, keeping.ROWS)),
)
ERASED = ("person.erased", "account.erased")


@dataclass(frozen=True)
class Shelf:
    """Where backups are, and how many nightly ones are kept (for as many days the others)."""

    folder: Path
    kept: int
    zone: ZoneInfo

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.backup_folder, settings.backups_kept, settings.zone)


class Backing:
    """The handler of the nightly job; it queues the next night's itself."""

    def __init__(self, database: Database, shelf: Shelf) -> None:
        self._database, self._shelf = database, shelf

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            with self._database.writing() as session:
                plan(session, self._shelf)
            try:
                night = now().astimezone(self._shelf.zone)
                path = self._shelf.folder / f"{NIGHTLY}{night:%Y-%m-%d}{SUFFIX}"
                made(self._database, self._shelf, path, WORKER)
                rotate(self._database, self._shelf)
            except (BackupRefused, OSError) as error:
                yield try_again(lease, None, str(error))
            else:
                yield Outcome(lease, State.DONE)


def plan(session: Session, shelf: Shelf) -> None:
    """Queue the next night's, once however many processes do so."""
    local = now().astimezone(shelf.zone)
    night = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if night <= local:
        night += timedelta(days=1)
    if shelf.kept:
        jobs.enqueue(session, BACKUP, "", f"{night:%Y-%m-%d}", night)


def made(database: Database, shelf: Shelf, path: Path, actor: str) -> Backup:
    """Make a backup, and note that it was made and whoever must not come back with it.

    Raises BackupRefused, NewerSchema, OSError.
    """
    done = backup.make(database, path)
    with database.reading() as session:
        forgotten.add(shelf.folder, erased(session.connection()))
    with database.writing() as session:
        log.record(session, actor, MADE, path.name, rows=done.rows, bytes=done.bytes)
    return done


def rotate(database: Database, shelf: Shelf) -> list[Path]:
    """Delete what is too old, and whatever still holds something that is deleted by now."""
    with database.reading() as session:
        gone = destroyed(session.connection())
    nightly = sorted(shelf.folder.glob(f"{NIGHTLY}*{SUFFIX}"), reverse=True)
    out = [
        path
        for path in sorted(shelf.folder.glob(f"*{SUFFIX}"))
        if path in nightly[shelf.kept :] or _is_over(path, shelf, gone)
    ]
    for path in out:
        path.unlink(missing_ok=True)
    return out


def destroyed(connection: Connection) -> set[tuple[str, str]]:
    """Everything deleted for good so far: answers by their release, and what had its time."""
    statement = select(col(AuditEntry.action), col(AuditEntry.subject))
    rows = connection.execute(statement.where(col(AuditEntry.action).in_(DESTROYED)))
    return {(row.action, row.subject) for row in rows}


def erased(connection: Connection) -> set[str]:
    """The ids of people and accounts that were erased."""
    if not inspect(connection).has_table(AuditEntry.__tablename__):
        return set()
    statement = select(col(AuditEntry.subject)).where(col(AuditEntry.action).in_(ERASED))
    return set(connection.execute(statement).scalars())


def newest(session: Session) -> AuditEntry | None:
    """The last backup anybody made."""
    return next(iter(log.entries(session, limit=1, actions=[MADE])), None)


def settle(session: Session, keyring: Keyring, made_at: datetime, ids: set[str], actor: str) -> int:
    """After a restore: nobody is signed in, who was erased is erased again, nothing is sent.

    Returns how many were erased again.
    """
    for table in (StaffSession, SignInLink):
        session.exec(delete(table))
    again = erasing.again(session, keyring, ids, actor)
    hold.begin(session, RESTORED)
    log.record(session, actor, RESTORED, "installation", made_at=made_at.isoformat(), erased=again)
    return again


def confirm(session: Session, actor: str) -> bool:
    """Let mails go out again; false where nothing held them."""
    ended = hold.end(session, actor)
    if ended:
        log.record(session, actor, "sending.resumed", "installation")
    return ended


def _is_over(path: Path, shelf: Shelf, gone: set[tuple[str, str]]) -> bool:
    try:
        found = backup.read(path)
        with backup.opened(path) as connection:
            held = destroyed(connection)
    except (BackupRefused, NewerSchema):
        # Of a newer version, or no backup at all: not ours to judge.
        return False
    return bool(gone - held) or now() - found.made_at > timedelta(days=shelf.kept + 1)
