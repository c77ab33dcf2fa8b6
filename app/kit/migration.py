"""Bringing a database to the newest schema, whole or not at all, one process at a time."""

from importlib.resources import as_file, files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.kit.database import Database

# Any number that nothing else locks by; PostgreSQL keeps it until the transaction ends.
ADVISORY_LOCK = 5_325_272_700


class NewerSchema(Exception):
    """The database was migrated by a newer Selaras than this one."""


def upgrade(database: Database) -> None:
    """Migrate to the newest schema in one transaction; raises NewerSchema."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
        _refuse_newer(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the schema is the one this version works with."""
    with database.reading() as session:
        return _current(session.connection()) == newest()


def newest() -> str | None:
    """The newest revision this version knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(connection: Connection) -> None:
    current = _current(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise NewerSchema(
            f"the database has schema {current}, which this version does not know: "
            "install the newer Selaras, or restore the backup made before it"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    return config


def scripts() -> Path:
    """The folder of migrations: inside the wheel, or at the root of a checkout."""
    packed = files("app") / "migrations"
    with as_file(packed) as path:
        if path.is_dir():
            return path
    return Path(__file__).parents[2] / "migrations"
