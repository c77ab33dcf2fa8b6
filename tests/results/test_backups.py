"""The backups of the night: made, kept, and gone where they would undo what was promised."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlmodel import select

from app.audit import log
from app.kit import backup, forgotten
from app.kit.backup import BackupRefused
from app.kit.jobs import Job, Kind
from app.kit.runtime import Runtime
from app.kit.worker import Worker
from app.results import backups
from app.results.backups import Shelf

FIRST = datetime(2027, 5, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "backups", 2, ZoneInfo("Asia/Kuala_Lumpur"))


def names(shelf: Shelf) -> list[str]:
    return sorted(path.name for path in shelf.folder.glob("*.backup"))


def night(runtime: Runtime, shelf: Shelf, number: int) -> None:
    """The worker on the morning after that many days."""
    with time_machine.travel(FIRST + timedelta(days=number), tick=False):
        kinds = {backups.BACKUP: Kind(backups.Backing(runtime.database, shelf))}
        worker = Worker(runtime.database, runtime.writer, kinds)
        while worker.run_once():
            pass


def test_one_each_night_the_newest_kept_and_none_that_holds_released_answers(
    runtime: Runtime, shelf: Shelf
) -> None:
    with time_machine.travel(FIRST, tick=False), runtime.database.writing() as session:
        backups.plan(session, shelf)
    night(runtime, shelf, 0)
    assert names(shelf) == [], "the first is made at night, not at once"
    for number in (1, 2, 3):
        night(runtime, shelf, number)
    assert names(shelf) == ["nightly-2027-05-05.backup", "nightly-2027-05-06.backup"]
    with runtime.database.writing() as session:
        log.record(session, "hr", "round.released", "k7m2px")
        log.record(session, "hr", "person.erased", "somebody")
    night(runtime, shelf, 4)
    assert names(shelf) == ["nightly-2027-05-07.backup"]
    assert forgotten.read(shelf.folder) == {"somebody"}
    with runtime.database.reading() as session:
        newest = backups.newest(session)
        assert newest
        assert newest.subject == "nightly-2027-05-07.backup"


def test_a_backup_of_another_name_goes_when_it_is_as_old(runtime: Runtime, shelf: Shelf) -> None:
    with time_machine.travel(FIRST, tick=False):
        backup.make(runtime.database, shelf.folder / "before-upgrade-0018.backup")
    with time_machine.travel(FIRST + timedelta(days=2), tick=False):
        backups.rotate(runtime.database, shelf)
        assert names(shelf) == ["before-upgrade-0018.backup"]
    with time_machine.travel(FIRST + timedelta(days=4), tick=False):
        backups.rotate(runtime.database, shelf)
        assert names(shelf) == []


def test_a_night_that_fails_is_tried_again_and_says_why(runtime: Runtime, shelf: Shelf) -> None:
    with time_machine.travel(FIRST, tick=False), runtime.database.writing() as session:
        backups.plan(session, shelf)
    with mock.patch("shutil.disk_usage", return_value=mock.Mock(free=0)):
        night(runtime, shelf, 1)
    assert names(shelf) == []
    assert not list(shelf.folder.iterdir()), "nothing half made is left"
    with (
        pytest.raises(BackupRefused),
        mock.patch("app.kit.backup._prove", side_effect=BackupRefused),
    ):
        backup.make(runtime.database, shelf.folder / "a.backup")
    assert not list(shelf.folder.iterdir())
    with runtime.database.reading() as session:
        job = session.exec(select(Job).where(Job.kind == backups.BACKUP, Job.attempts > 0)).one()
        assert job.state == "waiting"
        assert job.last_error
        assert "SELARAS_BACKUP_DIR" in job.last_error
