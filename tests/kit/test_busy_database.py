"""The one lock of the embedded database, while somebody else holds it for long."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from app.kit.runtime import Runtime
from tests.conftest import make_settings
from tests.kit.test_worker import add, done, states, until, working


@pytest.fixture
def runtime(sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """One that waits for the lock for a moment only, 5 seconds otherwise."""
    running = Runtime.start(make_settings(sqlite_url, tmp_path))
    event.listen(
        running.database.engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout=20")
    )
    yield running
    running.close()


def test_an_idle_worker_asks_for_no_lock(runtime: Runtime) -> None:
    with runtime.database.writing() as session:
        session.connection().execute(text("SELECT 1"))
        assert not working(runtime, done).run_once()


def test_a_busy_worker_waits_and_says_so_in_a_line(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    add(runtime.database, "a")
    one = working(runtime, done)
    with runtime.database.writing() as session:
        session.connection().execute(text("SELECT 1"))
        one.start()
        until(lambda: "the queue is out of reach" in caplog.text)
    until(lambda: states(runtime.database) == {"done": 1})
    one.stop()
    assert "(database is locked)" in caplog.text
    assert "Traceback" not in caplog.text
