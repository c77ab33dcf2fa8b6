import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from app.kit import migration
from app.kit.database import Database
from app.kit.migration import NewerSchema
from app.tables import metadata
from tests import postgresql

ROOT = Path(__file__).parents[2]

TOGETHER = """
import sys
import app.tables
from app.kit import migration
from app.kit.database import Database
print("ready", flush=True)
for url in sys.stdin.read().split():
    database = Database(url)
    migration.upgrade(database)
    assert migration.is_current(database)
    database.close()
"""


def test_the_numbers_of_the_files_are_the_line_of_revisions(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/any.db")
    with database.engine.connect() as connection:
        directory = ScriptDirectory.from_config(migration.over(connection))
    line = [one.revision for one in directory.walk_revisions()]
    assert line == sorted(migration.known(), reverse=True)
    assert migration.newest() == line[0]


def test_an_empty_database_becomes_current_and_stays_so(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/new.db")
    assert not migration.is_current(database)
    migration.upgrade(database)
    assert migration.is_current(database)
    tables = set(inspect(database.engine).get_table_names())
    migration.upgrade(database)
    assert set(inspect(database.engine).get_table_names()) == tables >= {"job", "alembic_version"}
    database.close()


def test_migrating_again_keeps_what_is_stored(database: Database):
    with database.writing() as session:
        session.connection().execute(
            text(
                "INSERT INTO job (part, kind, key, state, due_at, attempts, arguments)"
                " VALUES ('a', 'a', 'a', 'waiting', '2026-03-02', 0, '{}')"
            )
        )
    migration.upgrade(database)
    with database.reading() as session:
        assert session.connection().execute(text("SELECT count(*) FROM job")).scalar() == 1


def test_the_migrations_make_what_the_models_say(database: Database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_newer_schema_is_left_alone(database: Database):
    with database.writing() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema, match="schema 9999"):
        migration.upgrade(database)
    assert not migration.is_current(database)


def test_an_older_version_may_serve_a_newer_schema_until_that_takes_something_away(
    database: Database,
):
    assert migration.may_serve(database)
    with database.writing() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert migration.may_serve(database)
    with database.writing() as session:
        session.connection().execute(text("UPDATE schema_floor SET oldest = '9999'"))
    assert not migration.may_serve(database)
    with database.writing() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert not migration.may_serve(database), "an older schema must be migrated first"


def test_a_migration_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    database = Database(f"sqlite:///{tmp_path}/new.db")

    def half(config: object, _revision: str) -> None:
        connection = config.attributes["connection"]  # type: ignore[attr-defined]
        connection.exec_driver_sql("CREATE TABLE half (a INTEGER)")
        raise RuntimeError("power cut")

    monkeypatch.setattr(command, "upgrade", half)
    with pytest.raises(RuntimeError):
        migration.upgrade(database)
    assert inspect(database.engine).get_table_names() == []
    database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_may_migrate_at_the_same_moment(
    kind: str, tmp_path: Path, postgresql_server: postgresql.Server
):
    urls = [f"sqlite:///{tmp_path}/{n}.db" for n in range(5)]
    if kind == "postgresql":
        names = [f"together_{n}" for n in range(3)]
        for name in names:
            postgresql_server.execute(f"CREATE DATABASE {name}")
        urls = [postgresql_server.url(name) for name in names]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    started = [
        subprocess.Popen([sys.executable, "-c", TOGETHER], cwd=ROOT, text=True, **pipes)
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("\n".join(urls))
        process.stdin.close()
        process.stdin = None
    for process in started:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said


def test_the_scripts_are_found_in_a_checkout_and_in_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert (migration.scripts() / "env.py").exists()
    (tmp_path / "migrations").mkdir()
    monkeypatch.setattr(migration, "files", lambda _package: tmp_path)
    assert migration.scripts() == tmp_path / "migrations"
