"""A database of every released version comes to the newest schema, whole, with what it held."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from app.kit import migration
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.results import release
from app.tables import metadata
from tests import released
from tests.conftest import make_settings
from tests.postgresql import Server
from tests.results.rounds import closed

# While the open rounds of these databases are open.
THEN = "2026-11-25"
Schema = dict[str, dict[str, Any]]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(
    request: pytest.FixtureRequest, file: Path, tmp_path: Path, postgresql_server: Server
) -> Iterator[str]:
    """The released database, of each kind."""
    if request.param == "sqlite":
        yield released.loaded(file, tmp_path / "selaras.db")
        return
    name = f"released_{file.stem}"
    postgresql_server.execute(f"CREATE DATABASE {name}")
    released.moved(file, tmp_path, postgresql_server.url(name))
    yield postgresql_server.url(name)
    postgresql_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("file", released.FILES, ids=lambda file: file.stem)
def test_it_migrates_and_its_open_round_can_be_released(url: str, tmp_path: Path) -> None:
    runtime = Runtime.start(make_settings(url, tmp_path))
    before = schema(runtime.database)
    migration.upgrade(runtime.database)
    assert in_the_way(before, schema(runtime.database)) == []
    with runtime.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        names = text("SELECT id FROM survey_round WHERE name = 'Open'")
        (round_id,) = connection.execute(names).scalars()
        assert connection.execute(text("SELECT count(*) FROM employee")).scalar() == 15
        assert connection.execute(text("SELECT count(*) FROM release")).scalar() == 1
    with time_machine.travel(THEN):
        closed(runtime, round_id)
        with runtime.database.writing() as session:
            done = release.release(
                session, runtime.keyring, runtime.settings.zone, round_id, "test"
            )
            assert done.answered == 12
    runtime.close()


def test_what_is_in_the_way_of_the_version_before_would_be_noticed() -> None:
    column = {"type": "VARCHAR", "nullable": True, "default": None}
    before: Schema = {"a": {"x": column, "y": column}, "gone": {}}
    after: Schema = {
        "a": {"x": {**column, "nullable": False}, "new": {**column, "nullable": False}},
        "b": {"z": {**column, "nullable": False}},
    }
    assert in_the_way(before, after) == ["a.x", "a.y", "a.new", "gone"]


def schema(database: Database) -> Schema:
    """Each table's columns, by name."""
    with database.reading() as session:
        found = inspect(session.connection()).get_multi_columns()
    return {
        str(table): {
            one["name"]: {
                "type": str(one["type"]),
                "nullable": one["nullable"],
                "default": one["default"],
            }
            for one in columns
        }
        for (_, table), columns in found.items()
    }


def in_the_way(before: Schema, after: Schema) -> list[str]:
    """What makes statements of the version before fail that knows the first and meets the second.

    What it reads must be there, what it writes must be taken, and what it does not know of must
    have a value of its own.
    """
    found = []
    for table, columns in before.items():
        if table not in after:
            found.append(table)
            continue
        for name, column in columns.items():
            new = after[table].get(name)
            if new is None or new["type"] != column["type"] or new["nullable"] < column["nullable"]:
                found.append(f"{table}.{name}")
        for name, new in after[table].items():
            if name not in columns and not new["nullable"] and new["default"] is None:
                found.append(f"{table}.{name}")
    return found
