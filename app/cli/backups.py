"""`selaras backup`, `restore` and `move`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app.cli.output import ACTOR, AsJson, Failed, opened, say, show
from app.kit import backup, forgotten, key_file, migration, restoring, settings
from app.kit.backup import Backup
from app.kit.clock import now
from app.kit.database import Database
from app.kit.seal import Keyring
from app.kit.settings import Settings
from app.responses import key_care
from app.responses.key_care import KeysMissing
from app.results import backups
from app.results.backups import SUFFIX, Shelf

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup_)
    app.command()(restore)
    app.command()(move)


def backup_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to, or a folder.")],
    as_json: AsJson = False,
) -> None:
    """Write everything but the server's key to one file, while serving, and prove it by restoring.

    Example: selaras backup /srv/backups/selaras.backup
    """
    loaded = settings.load()
    path = file / f"selaras-{_stamp(loaded)}{SUFFIX}" if file.is_dir() else file
    if path.exists():
        # Raises where it is something else, such as the database itself.
        backup.read(path)
    with reached(loaded) as database:
        done = backups.made(database, Shelf.of(loaded), path, ACTOR)
    if as_json:
        show(_as_json(done))
    say(f"{path}: {done.rows} rows, {done.bytes} bytes, restored once to prove it.")
    say("The server's key is not in it: keep that apart (docs/run.md).")


def restore(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The backup.")] = None,
    yes: Yes = False,
    without_key: Annotated[
        bool, typer.Option("--without-key", help="Also where open rounds can not be opened.")
    ] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Let mails go out again after a restore.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of what there is; mails are held until `restore --confirm`.

    Example: selaras restore /srv/backups/selaras.backup
    """
    if confirm == (file is not None):
        raise Failed("name the backup to restore, or say --confirm")
    if file is None:
        _confirm(as_json=as_json)
        return
    loaded = settings.load()
    found = backup.read(file)
    _ask(found, yes=yes)
    again = []

    def settle(session: Session) -> None:
        keyring = _keyring(session, loaded, without_key=without_key)
        again.append(backups.settle(session, keyring, found.made_at, ids, ACTOR))

    with reached(loaded) as database:
        kept = _keep(database, loaded)
        ids = forgotten.read(loaded.backup_folder) | _erased(database)
        restoring.restore(database, file, settle)
    if as_json:
        show({**_as_json(found), "erased_again": again[0], "before": kept and str(kept)})
    for sentence in _told(found, again[0], kept):
        say(sentence)


def move(
    url: Annotated[str, typer.Argument(metavar="URL", help="postgresql://user@host/database")],
    as_json: AsJson = False,
) -> None:
    """Copy everything into an empty database of the other kind; stop the service first.

    Example: selaras move postgresql://selaras@database.example.com/selaras
    """
    loaded = settings.load()
    aimed = settings.load(database_url=url, secret_key=",".join(loaded.server_secrets()))
    with reached(loaded) as source, reached(aimed) as target:
        rows = restoring.move(source, target)
    if as_json:
        show({"rows": rows})
    say(f"{rows} rows were copied. Set SELARAS_DATABASE_URL to the new database for every process")
    if loaded.secret_key:
        say("and start the service again; the server's key stays as it is set.")
    else:
        say(f"and SELARAS_SECRET_KEY_FILE to {loaded.key_path}, and start the service again.")
    say("The old database is as it was: delete it once the new one serves.")


@contextmanager
def reached(loaded: Settings) -> Iterator[Database]:
    """The database as it is, whatever its schema."""
    database = Database(loaded.database)
    try:
        yield database
    finally:
        database.close()


def kept_before(database: Database, loaded: Settings, what: str) -> Path:
    """A backup of what there is, on the shelf, before something is done to it."""
    path = loaded.backup_folder / f"before-{what}-{_stamp(loaded)}{SUFFIX}"
    backup.make(database, path)
    return path


def _confirm(*, as_json: bool) -> None:
    with opened() as runtime, runtime.database.writing() as session:
        ended = backups.confirm(session, ACTOR)
    if as_json:
        show({"resumed": ended})
    say("Mails go out again." if ended else "Nothing was held.")


def _ask(found: Backup, *, yes: bool) -> None:
    say(f"This backup is of {found.made_at:%Y-%m-%d %H:%M} UTC: what came later is lost.")
    if not yes and not (sys.stdin.isatty() and typer.confirm("Replace what there is?", err=True)):
        raise Failed("nothing was restored: stop the service, and repeat it with --yes")


def _keep(database: Database, loaded: Settings) -> Path | None:
    """What there is now, kept as well; None where there is nothing yet."""
    try:
        with database.reading() as session:
            schema = migration.current(session.connection())
    except DBAPIError:
        raise Failed(
            "the database cannot be read: check SELARAS_DATABASE_URL, or move a damaged file "
            "(selaras.db, with -wal and -shm) out of the way"
        ) from None
    return None if schema is None else kept_before(database, loaded, "restore")


def _erased(database: Database) -> set[str]:
    with database.reading() as session:
        return backups.erased(session.connection())


def _keyring(session: Session, loaded: Settings, *, without_key: bool) -> Keyring:
    """The keys there are; asks for those of the open rounds before a new one is made."""
    here = () if not loaded.secret_key and not loaded.key_path.exists() else loaded.server_secrets()
    gone = key_care.missing(session, Keyring(here or (key_file.new_secret(),)))
    if gone and not without_key:
        raise KeysMissing(gone)
    return Keyring(loaded.server_secrets())


def _told(found: Backup, again: int, kept: Path | None) -> list[str]:
    said = [f"{found.rows} rows were restored from {found.path}."]
    if kept:
        said.append(f"What there was before is in {kept}.")
    if again:
        said.append(f"{again} people or accounts erased since then were erased again.")
    return [
        *said,
        f"Answers given after {found.made_at:%Y-%m-%d %H:%M} UTC are lost; their links work again.",
        "Everybody is signed out. Look at `selaras account list` and `selaras key programs`: what",
        "was disabled since then is back.",
        "Mails are held until you have looked and say: selaras restore --confirm",
    ]


def _as_json(one: Backup) -> dict[str, object]:
    return {
        "file": str(one.path),
        "made_at": one.made_at.isoformat(),
        "schema": one.schema,
        "rows": one.rows,
        "bytes": one.bytes,
    }


def _stamp(loaded: Settings) -> str:
    return f"{now().astimezone(loaded.zone):%Y-%m-%d-%H%M%S}"
