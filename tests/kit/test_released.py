"""A database of every released version comes to the newest schema, whole, with what it held."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from app.kit import migration, restoring
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.results import release
from app.tables import metadata
from tests.conftest import make_settings
from tests.kit.test_migration import KILLED_AT, ROOT
from tests.postgresql import Server
from tests.results.rounds import closed

RELEASED = sorted((ROOT / "tests" / "released").glob("*.sql"))


def loaded(file: Path, folder: Path) -> Path:
    path = folder / f"{file.stem}.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(file.read_text())
    return path


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.stem)
def test_it_migrates_and_its_open_round_can_be_released(
    file: Path, kind: str, tmp_path: Path, postgresql_server: Server
) -> None:
    url = f"sqlite:///{loaded(file, tmp_path)}"
    if kind == "postgresql":
        postgresql_server.execute(f"CREATE DATABASE released_{file.stem}")
        old, url = Database(url), postgresql_server.url(f"released_{file.stem}")
        new = Database(url)
        restoring.move(old, new)
        old.close()
        new.close()
    runtime = Runtime.start(make_settings(url, tmp_path))
    migration.upgrade(runtime.database)
    with runtime.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        names = text("SELECT id FROM survey_round WHERE name = 'Open'")
        (round_id,) = connection.execute(names).scalars()
        assert connection.execute(text("SELECT count(*) FROM employee")).scalar() == 15
        assert connection.execute(text("SELECT count(*) FROM release")).scalar() == 1
    closed(runtime, round_id)
    with runtime.database.writing() as session:
        done = release.release(session, runtime.keyring, runtime.settings.zone, round_id, "test")
        assert done.answered == 12
    runtime.close()


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.stem)
def test_a_kill_before_any_statement_on_the_way_is_mended_by_a_second_run(
    file: Path, tmp_path: Path
) -> None:
    template = loaded(file, tmp_path)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(tmp_path), str(template), "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == 0, killed.stdout + killed.stderr
    assert int(killed.stdout) > 15
