import secrets
import sqlite3
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.kit import jobs
from app.kit.database import Database, is_unavailable, rows_changed
from app.kit.jobs import Job

DUE = datetime(2026, 3, 2, tzinfo=UTC)


def add(database: Database, key: str) -> None:
    with database.writing() as session:
        jobs.enqueue(session, "test", "part", key, DUE)


def add_again(database: Database, key: str) -> None:
    with database.writing() as session:
        session.add(Job(part="part", kind="test", key=key, due_at=DUE))


def count(database: Database) -> int:
    with database.reading() as session:
        return int(session.connection().execute(text("SELECT count(*) FROM job")).scalar_one())


def test_every_sqlite_connection_is_set_to_last_and_to_forget(sqlite_url: str):
    database = Database(sqlite_url)
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    expected |= {"trusted_schema": 0, "busy_timeout": 5000}
    with database.writing() as first, database.reading() as second:
        for connection in (first.connection(), second.connection()):
            got = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in expected}
            assert got == expected
    database.close()


def test_every_postgresql_connection_has_its_limits(database: Database):
    if database.embedded:
        return
    expected = {"synchronous_commit": "on", "statement_timeout": "15s", "lock_timeout": "3s"}
    expected |= {"idle_in_transaction_session_timeout": "30s"}
    with database.engine.connect() as connection:
        assert {p: connection.exec_driver_sql(f"SHOW {p}").scalar() for p in expected} == expected


def test_a_folder_for_the_database_is_made(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/new/folder/selaras.db")
    with database.writing() as session:
        session.connection().execute(text("CREATE TABLE t (a INTEGER)"))
    database.close()
    assert (tmp_path / "new" / "folder" / "selaras.db").exists()


def test_a_block_that_ends_well_is_stored_and_one_that_raises_is_not(database: Database):
    add(database, "kept")

    def fail() -> None:
        with database.writing() as session:
            jobs.enqueue(session, "test", "part", "lost", DUE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert count(database) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO job SELECT * FROM job",
        "UPDATE job SET attempts = 9",
        "DELETE FROM job",
        "CREATE TABLE t (a INTEGER)",
        "DROP TABLE job",
    ],
)
def test_a_reading_session_cannot_write(database: Database, statement: str):
    with pytest.raises(DBAPIError), database.reading() as session:
        session.connection().execute(text(statement))
    add(database, "the next transaction can write")
    assert count(database) == 1


def test_reading_does_not_wait_for_a_writer(database: Database):
    with database.writing() as session:
        jobs.enqueue(session, "test", "part", "not yet committed", DUE)
        assert count(database) == 0
    assert count(database) == 1


def test_a_sqlite_writer_takes_the_lock_when_it_begins(sqlite_url: str):
    database = Database(sqlite_url)
    with database.writing() as session:
        session.connection()
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    database.close()


def test_writers_that_read_first_do_not_overwrite_each_other(sqlite_url: str):
    database = Database(sqlite_url)
    add(database, "counter")

    def increase(_: int) -> None:
        with database.writing() as session:
            job = session.get_one(Job, ("part", "test", "counter"))
            job.attempts += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increase, range(40)))
    with database.reading() as session:
        assert session.get_one(Job, ("part", "test", "counter")).attempts == 40
    database.close()


def test_an_error_shows_no_value_of_its_statement(database: Database):
    person = secrets.token_hex(8)
    add(database, person)
    with pytest.raises(IntegrityError) as failed:
        add_again(database, person)
    assert person not in "".join(traceback.format_exception(failed.value))
    assert "job" in str(failed.value)


def test_an_error_shows_no_value_that_postgresql_could_not_read(database: Database):
    if database.embedded:
        return
    person = secrets.token_hex(8)
    with pytest.raises(DBAPIError) as failed, database.engine.begin() as connection:
        connection.execute(text("SELECT CAST(:value AS integer)"), {"value": f"x{person}"})
    assert person not in "".join(traceback.format_exception(failed.value))


def test_a_server_that_is_gone_is_unavailable(tmp_path: Path):
    database = Database(f"postgresql://selaras@/selaras?host={tmp_path}")
    with pytest.raises(OperationalError) as gone:
        add(database, "a")
    assert is_unavailable(gone.value)


def test_compacting_leaves_nothing_deleted_in_the_files(sqlite_url: str):
    database = Database(sqlite_url)
    for number in range(50):
        add(database, f"rahsia-{number}")
    with database.writing() as session:
        session.connection().execute(text("DELETE FROM job"))
    database.compact(["job"])
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    left = [p.read_bytes() for p in path.parent.iterdir() if p.name.startswith(path.name)]
    assert not any(b"rahsia" in content for content in left)
    add(database, "still works")
    database.close()


def test_compacting_works_on_both_and_leaves_the_pool_usable(database: Database):
    add(database, "kept")
    database.compact(["job"])
    add(database, "and more")
    assert count(database) == 2


def test_rows_changed_counts(database: Database):
    add(database, "a")
    add(database, "b")
    with database.writing() as session:
        statement = text("UPDATE job SET attempts = 1")
        assert rows_changed(session.connection().execute(statement)) == 2


def test_a_broken_rule_is_the_works_fault_and_a_lost_connection_is_not(
    database: Database,
):
    add(database, "a")
    with pytest.raises(IntegrityError) as fault:
        add_again(database, "a")
    assert not is_unavailable(fault.value)
    assert not is_unavailable(ValueError())
    assert is_unavailable(OperationalError("", {}, Exception("disk full")))
    assert is_unavailable(PoolTimeout())
    lost = DBAPIError("", {}, Exception(), connection_invalidated=True)
    assert is_unavailable(lost)
