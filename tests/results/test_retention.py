"""What is promised to be deleted is gone at its time: from every row, and from the files."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, text
from sqlmodel import select

from app.campaigns import deliveries, keeping, rounds
from app.campaigns.models import Invitation
from app.campaigns.rounds import INVITE, RoundRefused
from app.kit import jobs
from app.kit.clock import now
from app.kit.jobs import State
from app.kit.runtime import Runtime
from app.kit.worker import Worker
from app.main import _kinds, make_site
from app.responses import submission
from app.results import release, retention
from app.surveys import library
from app.surveys.coding import Layout
from tests.attackers.test_database_reader import raw_bytes
from tests.results.rounds import answered, closed, launched, staffed

DAY = timedelta(days=1)
SAID = "the-lift-is-broken-since-"


@pytest.fixture
def round_id(runtime: Runtime) -> str:
    """Fourteen of Sales have answered, each with words of their own, and been released."""
    staffed(runtime, {"Sales": 14, "Ops": 14})
    survey = library.template("recommend_workplace")
    round_id = launched(runtime, survey, keep_invitations_days=20, keep_comments_months=3)
    chance = random.Random(5)
    [question, *_] = [item.key for item in survey.items if item.type == "text"]
    size = Layout.of(survey).size
    ballots = [
        (bytes(chance.choice([2, 5, 8, 9, 10]) for _ in range(size)), {question: f"{SAID}{n:03}"})
        for n in range(14)
    ]
    answered(runtime, round_id, {"Sales": ballots, "Ops": ballots})
    with runtime.database.writing() as session:
        for one in session.exec(select(Invitation.id).where(Invitation.round_id == round_id)):
            session.connection().execute(
                text("UPDATE job SET state = 'failed', last_error = :said WHERE key = :key"),
                {"said": f"550 <{one}@contoh.example> unknown", "key": one},
            )
    return round_id


def work(runtime: Runtime, at: datetime) -> None:
    """A worker that runs on that day."""
    with time_machine.travel(at, tick=False):
        with runtime.database.writing() as session:
            retention.plan(session)
        kinds = {
            name: kind
            for name, kind in _kinds(make_site(runtime), lambda: False).items()
            if name in {retention.RETAIN, submission.SWEEP}
        }
        worker = Worker(runtime.database, runtime.writer, kinds)
        while worker.run_once():
            pass


def everything(runtime: Runtime) -> str:
    """Every value of every row."""
    with runtime.database.reading() as session:
        connection = session.connection()
        return "\n".join(
            str(tuple(row))
            for table in inspect(connection).get_table_names()
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))
        )


def released(runtime: Runtime, round_id: str) -> datetime:
    with runtime.database.writing() as session:
        stored = release.release(session, runtime.keyring, runtime.settings.zone, round_id, "test")
    assert release.sweep(runtime.database)
    return stored.at


def invitation_ids(runtime: Runtime, round_id: str) -> list[str]:
    with runtime.database.reading() as session:
        return list(session.exec(select(Invitation.id).where(Invitation.round_id == round_id)))


def test_who_was_invited_is_gone_after_its_days(
    runtime: Runtime, round_id: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    closed(runtime, round_id)
    ended = released(runtime, round_id)
    ids = invitation_ids(runtime, round_id)
    work(runtime, ended + 19 * DAY)
    assert invitation_ids(runtime, round_id) == ids, "not before its time"
    assert any(one.encode() in raw_bytes(runtime, tmp_path, request, log=False) for one in ids)

    work(runtime, ended + 20 * DAY + timedelta(minutes=1))

    rows = everything(runtime)
    files = raw_bytes(runtime, tmp_path, request, log=False)
    assert round_id in rows
    assert round_id.encode() in files, "he really reads the stored bytes"
    for one in ids:
        assert one not in rows
        assert one.encode() not in files
    with runtime.database.reading() as session:
        progress = deliveries.progress(session, round_id)
        assert (progress.invited, progress.known) == (28, False)
        assert release.read(session, round_id)["comments"], "the release is kept, comments too"


def test_comments_are_gone_after_their_months_and_the_figures_stay(
    runtime: Runtime, round_id: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    closed(runtime, round_id)
    if not runtime.database.embedded:
        # Long texts are stored compressed, and would not be recognised in the files.
        with runtime.database.writing() as session:
            as_it_is = "ALTER TABLE release ALTER COLUMN document SET STORAGE EXTERNAL"
            session.connection().execute(text(as_it_is))
    ended = released(runtime, round_id)
    with runtime.database.reading() as session:
        before = release.read(session, round_id)
        hash_before = release.find(session, round_id).hash
    assert SAID in str(before["comments"])
    due = keeping.months_after(ended, 3)
    work(runtime, due - DAY)
    assert SAID in everything(runtime)
    assert SAID.encode() in raw_bytes(runtime, tmp_path, request, log=False)

    work(runtime, due + timedelta(minutes=1))

    assert SAID not in everything(runtime)
    assert SAID.encode() not in raw_bytes(runtime, tmp_path, request, log=False)
    with runtime.database.reading() as session:
        after = release.read(session, round_id)
        entries = everything(runtime)
    assert after["groups"] == before["groups"]
    assert after["comments"] == []
    assert hash_before in entries, "the log names the hash the figures were published under"


def test_a_round_nobody_released_loses_its_list_all_the_same(
    runtime: Runtime, round_id: str
) -> None:
    closed(runtime, round_id)
    work(runtime, now() + 20 * DAY + timedelta(minutes=1))
    assert invitation_ids(runtime, round_id) == []
    with runtime.database.writing() as session, pytest.raises(RoundRefused, match="deleted"):
        rounds.extend(session, round_id, now() + 60 * DAY, "test")
    released(runtime, round_id)
    with runtime.database.reading() as session:
        assert release.read(session, round_id)["groups"][0]["answered"] == 28


def test_an_extension_puts_the_deletion_off(runtime: Runtime, round_id: str) -> None:
    until = now() + 30 * DAY
    with runtime.database.writing() as session:
        rounds.extend(session, round_id, until, "test")
    work(runtime, until + 19 * DAY)
    assert invitation_ids(runtime, round_id)
    work(runtime, until + 21 * DAY)
    assert not invitation_ids(runtime, round_id)


def test_the_job_of_every_day_is_queued_once(runtime: Runtime) -> None:
    for day in range(3):
        work(runtime, now() + day * DAY)
        work(runtime, now() + day * DAY)
    with runtime.database.reading() as session:
        waiting = jobs.keys(session, "", retention.RETAIN, State.WAITING)
        done = jobs.keys(session, "", retention.RETAIN, State.DONE)
    assert (len(waiting), len(done)) == (1, 3)


def test_deleting_twice_changes_nothing(runtime: Runtime, round_id: str) -> None:
    closed(runtime, round_id)
    ended = released(runtime, round_id)
    for day in (21, 22, 150, 151):
        work(runtime, ended + day * DAY)
    with runtime.database.reading() as session:
        rows = session.connection().execute(text("SELECT what FROM round_purge ORDER BY what"))
        assert [row.what for row in rows] == ["comments", "invitations"]
        assert jobs.keys(session, round_id, INVITE, State.FAILED) == []


@given(st.integers(-3000, 9000), st.integers(1, 60))
def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month(days: int, months: int) -> None:
    moment = now() + days * DAY
    later = keeping.months_after(moment, months)
    assert (later.year * 12 + later.month) - (moment.year * 12 + moment.month) == months
    assert later.day == moment.day or (later.day < moment.day and (later + DAY).day == 1)
