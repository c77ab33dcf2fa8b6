"""Several lines to a mail server: none waits for another, and none sends before its last is stored."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.kit import jobs
from app.kit.database import Database
from app.kit.jobs import Job, State
from app.kit.mail import Envelope, Line, Outcome, Result
from app.kit.pace import Pace
from app.kit.posting import Posting
from app.kit.runtime import Runtime
from app.kit.worker import Worker
from app.kit.writer import NotSaved
from tests.kit.test_pace import NINE

SENT = Outcome(Result.SENT)
PEOPLE = [f"p{n:02}@example.com" for n in range(20)]


class Lines:
    """A mail server that takes two mails at a time, each as the test says."""

    at_once = 2

    def __init__(self, takes: Callable[[str], Awaitable[Outcome]]) -> None:
        self._takes = takes
        self.took: list[str] = []

    def each(self, line: Line) -> None:
        async def work() -> None:
            await asyncio.gather(line(self._sent), line(self._sent))

        asyncio.run(work())

    async def _sent(self, mail: Envelope) -> Outcome:
        outcome = await self._takes(mail.to)
        self.took.append(mail.to)
        return outcome


def sending(runtime: Runtime, lines: Lines, stopping: Callable[[], bool] = lambda: False) -> Worker:
    with runtime.database.writing() as session:
        jobs.enqueue_all(session, "mail", "round", PEOPLE, NINE)
    kind = Posting(
        lines,  # type: ignore[arg-type]
        runtime.writer,
        Pace(runtime.writer, 100_000),
        lambda leases: [Envelope("hr@example.com", one.key, b"") for one in leases],
        stopping,
    ).kind()
    return Worker(runtime.database, runtime.writer, {"mail": kind})


def standing(database: Database) -> dict[str, str]:
    with database.reading() as session:
        rows = session.connection().execute(select(col(Job.key), col(Job.state)))
        return {row.key: row.state for row in rows}


def test_a_server_that_takes_its_time_over_one_mail_holds_up_no_other(runtime: Runtime) -> None:
    others = asyncio.Event()

    async def takes(to: str) -> Outcome:
        if to == PEOPLE[0]:
            await asyncio.wait_for(others.wait(), 10)
        if to == PEOPLE[-1]:
            others.set()
        return SENT

    lines = Lines(takes)
    sending(runtime, lines).run_once()
    assert lines.took == [*PEOPLE[1:], PEOPLE[0]]
    assert set(standing(runtime.database).values()) == {State.DONE}


def test_a_line_sends_no_further_mail_before_its_last_is_stored(runtime: Runtime) -> None:
    begun: list[str] = []

    async def takes(to: str) -> Outcome:
        stored = [state for state in standing(runtime.database).values() if state == State.DONE]
        begun.append(to)
        assert len(begun) - len(stored) <= lines.at_once
        return SENT

    lines = Lines(takes)
    sending(runtime, lines).run_once()
    assert begun == PEOPLE


def test_where_nothing_can_be_stored_nothing_more_goes_out(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise NotSaved

    async def takes(_to: str) -> Outcome:
        await asyncio.sleep(0)
        return SENT

    lines = Lines(takes)
    worker = sending(runtime, lines)
    monkeypatch.setattr(runtime.writer, "run", full)
    worker.run_once()
    assert lines.took == PEOPLE[:2], "one a line, and no more"
    states = standing(runtime.database)
    assert {states[one] for one in PEOPLE[:2]} == {State.DONE}, "stored at the second try"
    assert {states[one] for one in PEOPLE[2:]} == {State.WAITING}


def test_who_stops_it_waits_for_the_mails_in_hand_only(runtime: Runtime) -> None:
    async def takes(_to: str) -> Outcome:
        await asyncio.sleep(0)
        return SENT

    lines = Lines(takes)
    sending(runtime, lines, stopping=lambda: len(lines.took) >= 6).run_once()
    assert 6 <= len(lines.took) <= 7
    states = standing(runtime.database)
    assert [one for one in PEOPLE if states[one] == State.DONE] == sorted(lines.took)
    assert [one for one in PEOPLE if states[one] == State.WAITING] == PEOPLE[len(lines.took) :]


def test_a_line_that_breaks_has_its_mail_tried_again_and_the_others_finish(
    runtime: Runtime,
) -> None:
    async def takes(to: str) -> Outcome:
        await asyncio.sleep(0)
        if to == PEOPLE[2]:
            raise KeyError(to)
        return SENT

    lines = Lines(takes)
    sending(runtime, lines).run_once()
    states = standing(runtime.database)
    assert [one for one in PEOPLE if states[one] == State.DONE] == sorted(lines.took)
    assert states[PEOPLE[2]] == State.WAITING
    with runtime.database.reading() as session:
        assert session.get_one(Job, ("round", "mail", PEOPLE[2])).last_error == "KeyError"
