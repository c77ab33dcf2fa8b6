"""Kill -9 at one statement after another of a restore: the old data or the new, and it can be done again."""

import os
import signal
from pathlib import Path

from sqlalchemy import event, text

from app.kit import backup, restoring
from app.kit.database import Database
from tests.faults.sender import CONTEXT

KEPT, LATER = "of the backup", "after it"
STEP = 130


def test_a_killed_restore_leaves_the_old_data_whole_and_is_done_again(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    database = Database(database_url)
    _note(database, KEPT)
    backup.make(database, file)
    _note(database, LATER)
    database.close()
    kills, dies_at = 0, 1
    while not _restored(database_url, file, dies_at):
        database = Database(database_url)
        assert _noted(database) == {KEPT, LATER}
        database.close()
        kills, dies_at = kills + 1, dies_at + STEP
    database = Database(database_url)
    assert _noted(database) == {KEPT}
    database.close()
    assert kills >= 3


def _restored(url: str, file: Path, dies_at: int) -> bool:
    """Whether it came to its end before that statement."""
    process = CONTEXT.Process(target=_restore, args=(url, file, dies_at), daemon=True)
    process.start()
    process.join(timeout=120)
    assert process.exitcode in {0, -signal.SIGKILL}, process.exitcode
    return process.exitcode == 0


def _restore(url: str, file: Path, dies_at: int) -> None:
    database, left = Database(url), dies_at

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", count)
    event.listen(database.engine, "commit", count)
    restoring.restore(database, file, lambda _session: None)
    os._exit(0)


def _note(database: Database, subject: str) -> None:
    statement = text(
        "INSERT INTO job (part, kind, key, state, due_at, attempts, arguments)"
        " VALUES (:s, 'a', 'a', 'waiting', '2026-03-02', 0, '{}')"
    )
    with database.writing() as session:
        session.connection().execute(statement, {"s": subject})


def _noted(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.connection().execute(text("SELECT part FROM job")).scalars())
