"""Bringing a database to the newest schema, whole or not at all, one process at a time."""

from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlmodel import Field, SQLModel

from app.kit.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

# Any number that nothing else locks by; PostgreSQL keeps it until the transaction ends.
ADVISORY_LOCK = 5_325_272_700
NEWEST = "head"


class SchemaFloor(SQLModel, table=True):
    """One row: the oldest schema whose programs may still run on this database.

    A migration that takes away what an older version uses raises it.
    """

    __tablename__ = "schema_floor"

    oldest: str = Field(primary_key=True)


class NewerSchema(Exception):
    """The database was migrated by a newer Selaras than this one."""


def upgrade(database: Database, revision: str = NEWEST) -> None:
    """Migrate in one transaction, to the newest schema unless told; raises NewerSchema."""
    with database.engine.begin() as connection:
        upgrade_within(connection, revision)


def upgrade_within(connection: Connection, revision: str = NEWEST) -> None:
    """The same in the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
    found = current(connection)
    refuse_unknown(found)
    if revision == NEWEST and found == newest():
        return
    # It takes its time to be imported, and is hardly ever needed.
    from alembic import command

    command.upgrade(over(connection), revision)


def is_current(database: Database) -> bool:
    """Whether the schema is the one this version was made for."""
    with database.reading() as session:
        return current(session.connection()) == newest()


def may_serve(database: Database) -> bool:
    """Whether this version can work: with its own schema, or a newer one that still allows it.

    So an old process goes on while a newer one migrates and takes over.
    """
    with database.reading() as session:
        connection = session.connection()
        found = current(connection)
        if found == newest():
            return True
        if found is None or found in known() or not inspect(connection).has_table("schema_floor"):
            return False
        oldest = connection.execute(text("SELECT max(oldest) FROM schema_floor")).scalar()
        return oldest is not None and str(oldest) <= str(newest())


def newest() -> str | None:
    """The newest revision this version knows."""
    return max(known(), default=None)


@cache
def known() -> frozenset[str]:
    """Every revision this version knows: they form one line, and each file bears its number."""
    names = (path.name for path in (scripts() / "versions").glob("[0-9]*.py"))
    return frozenset(name.partition("_")[0] for name in names)


def current(connection: Connection) -> str | None:
    """The schema a database has; None where it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None


def refuse_unknown(revision: str | None) -> None:
    """Raise NewerSchema where this version does not know it."""
    if revision is not None and revision not in known():
        raise NewerSchema(
            f"the database has schema {revision}, which this version does not know: "
            "install the newer Selaras, or restore the backup made before it"
        )


def over(connection: Connection) -> "Config":
    """What the tool of migrations is told: where they are, and to work over this connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def scripts() -> Path:
    """The folder of migrations: inside the wheel, or at the root of a checkout."""
    packed = files("app") / "migrations"
    with as_file(packed) as path:
        if path.is_dir():
            return path
    return Path(__file__).parents[2] / "migrations"
