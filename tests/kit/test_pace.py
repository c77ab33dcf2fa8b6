"""How fast mail goes out when several processes send it, and what a server that is out does to all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine

from app.kit import jobs, pace
from app.kit.database import Database
from app.kit.jobs import Job, State
from app.kit.mail import Envelope, Line, Outcome, Result, over_one_line
from app.kit.pace import Ask, Pace, Slots
from app.kit.posting import Impossible, NotNeeded, Posting, Prepared
from app.kit.runtime import Runtime
from app.kit.sending import LONGEST_MAIL
from app.kit.worker import Worker
from app.kit.writer import Writer

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The time is nine, and whoever sleeps moves it."""

    async def slept(seconds: float) -> None:
        moved.shift(seconds)

    with time_machine.travel(NINE, tick=False) as moved:
        monkeypatch.setattr(pace.time, "sleep", moved.shift)
        monkeypatch.setattr(pace.asyncio, "sleep", slept)
        monkeypatch.setattr(pace, "monotonic", lambda: datetime.now(UTC).timestamp())
        yield moved


class Post:
    """A mail server that says what it is told to, and keeps what it took and when."""

    at_once = 1

    def __init__(self, says: Any = lambda _to: Outcome(Result.SENT)) -> None:
        self.says, self.took, self.at = says, [], []
        self.rests = 0

    def send(self, mail: Any) -> Outcome:
        outcome = self.says(mail.to)
        if outcome.result is Result.SENT:
            self.took.append(mail.to)
            self.at.append(datetime.now(UTC))
        return outcome

    def each(self, line: Line) -> None:
        over_one_line(self.send, line)

    def rest(self) -> None:
        self.rests += 1


def sender(runtime: Runtime, post: Post, per_minute: int = 60, per_domain: int = 0) -> Worker:
    def prepare(leases: Any) -> list[Prepared]:
        kinds = {"left": NotNeeded("left"), "wrong": Impossible("wrong")}
        return [
            kinds.get(lease.key, Envelope("hr@example.com", lease.key, b"")) for lease in leases
        ]

    speed = Pace(runtime.writer, per_minute, per_domain)
    kinds = {"mail": Posting(post, runtime.writer, speed, prepare).kind(bulk=True)}
    return Worker(runtime.database, runtime.writer, kinds, post.rest)


def queue(database: Database, *addresses: str) -> None:
    with database.writing() as session:
        jobs.enqueue_all(session, "mail", "round", addresses, NINE)


def job(database: Database, key: str) -> Job:
    with database.reading() as session:
        return session.get_one(Job, ("round", "mail", key))


def all_done(worker: Worker) -> None:
    while worker.run_once():
        pass


def test_two_processes_share_the_slots_of_one_pace(runtime: Runtime, clock: Any) -> None:
    other = Database(runtime.settings.database)
    writers = [runtime.writer, Writer(other.engine)]
    got = [writers[n % 2].call(pace.book, Ask("", 2 * SECOND, 3)) for n in range(4)]
    times = [moment for slots in got for moment in slots.now]
    assert times == [NINE + n * 2 * SECOND for n in range(12)]
    writers[1].close()
    other.close()


def test_slots_and_a_pause_of_before_the_clock_was_put_back_hold_nobody_up(
    runtime: Runtime, clock: Any
) -> None:
    for lane in ("", "example.com"):
        runtime.writer.call(pace.book, Ask(lane, SECOND, 3, pace.AHEAD))
    runtime.writer.call(pace.pause, "out")
    clock.shift(-3600)
    for lane in ("", "example.com"):
        slots = runtime.writer.call(pace.book, Ask(lane, SECOND, 1, pace.AHEAD))
        assert slots.now == (NINE - timedelta(hours=1),)
    with runtime.database.engine.connect() as connection:
        assert pace.is_open(connection)
    runtime.writer.call(pace.pause, "out again")
    with runtime.database.engine.connect() as connection:
        assert not pace.is_open(connection)


def test_a_pace_that_was_not_used_is_not_made_up_for(runtime: Runtime, clock: Any) -> None:
    runtime.writer.call(pace.book, Ask("", SECOND, 3))
    clock.shift(60)
    assert runtime.writer.call(pace.book, Ask("", SECOND, 1)).now == (NINE + MINUTE,)


def test_what_finds_no_slot_soon_is_promised_one_after_those_put_off_before(
    runtime: Runtime, clock: Any
) -> None:
    def ask(wanted: int) -> Slots:
        return runtime.writer.call(pace.book, Ask("example.com", 4 * SECOND, wanted, pace.AHEAD))

    assert ask(4) == Slots((NINE, NINE + 4 * SECOND), (NINE + 8 * SECOND, NINE + 12 * SECOND))
    assert ask(1) == Slots((), (NINE + 16 * SECOND,))


def test_800_mails_at_30_a_minute_take_as_long_as_was_said(runtime: Runtime, clock: Any) -> None:
    post = Post()
    queue(runtime.database, *(f"p{n:03}@example.com" for n in range(800)))
    all_done(sender(runtime, post, per_minute=30))
    assert post.took == sorted(post.took), "in order"
    took, said = post.at[-1] - NINE, timedelta(minutes=800 / 30)
    assert abs(took - said) < 0.1 * said


def test_a_domain_that_has_had_enough_does_not_hold_up_another(
    runtime: Runtime, clock: Any
) -> None:
    post = Post()
    busy = [f"p{n:02}@busy.example.com" for n in range(30)]
    queue(runtime.database, *busy, "z@other.example.com")
    worker = sender(runtime, post, per_minute=600, per_domain=6)
    all_done(worker)
    assert post.took == [busy[0], "z@other.example.com"]
    assert job(runtime.database, busy[1]).attempts == 0
    for _ in range(40):
        clock.shift(10)
        all_done(worker)
    assert sorted(post.took) == [*busy, "z@other.example.com"]
    times = [at for to, at in zip(post.took, post.at, strict=True) if to in busy]
    assert all(after - before >= 9.9 * SECOND for before, after in pairwise(times))


def test_a_server_that_is_out_is_left_alone_by_all_and_the_queue_drains_in_order(
    runtime: Runtime, clock: Any
) -> None:
    out = Outcome(Result.UNREACHABLE, None, "the mail server cannot be reached", True, False)
    asked: list[str] = []

    def dead(to: str) -> Outcome:
        asked.append(to)
        return out

    everybody = [f"p{n:02}@example.com" for n in range(25)]
    queue(runtime.database, *everybody)
    post = Post(dead)
    workers = [sender(runtime, post), sender(runtime, post)]
    for _ in range(6 * 60):
        for worker in workers:
            all_done(worker)
        clock.shift(60)
    assert set(asked) == {everybody[0]}
    assert len(asked) < 6 * 60 / 15 + 5, "asked again after 1, 5, 15, 15 ... minutes"
    waiting = job(runtime.database, everybody[0])
    assert (waiting.attempts, waiting.state) == (0, "waiting")
    assert waiting.last_error == "the mail server cannot be reached"
    with runtime.database.reading() as session:
        standing = pace.stands(session)
        assert standing is not None
        assert (standing.paused_since, standing.reason) == (NINE, out.reason)
    post.says = Post().says
    clock.shift(15 * 60)
    for worker in workers:
        all_done(worker)
    assert post.took == everybody
    with runtime.database.reading() as session:
        standing = pace.stands(session)
        assert standing is not None
        assert (standing.paused_since, standing.pauses) == (None, 0)


def test_one_mail_that_gets_421_is_tried_later_and_pauses_all_for_a_minute(
    runtime: Runtime, clock: Any
) -> None:
    later = Outcome(Result.DEFERRED, "421", "come back", pause=True)
    post = Post(lambda to: later if to.startswith("b") else Outcome(Result.SENT))
    queue(runtime.database, "a@example.com", "b@example.com", "c@example.com")
    worker = sender(runtime, post)
    all_done(worker)
    assert post.took == ["a@example.com"]
    assert (job(runtime.database, "b@example.com").attempts) == 1
    assert (job(runtime.database, "c@example.com").attempts) == 0
    clock.shift(60)
    all_done(worker)
    assert post.took == ["a@example.com", "c@example.com"]


def test_what_is_not_needed_or_impossible_ends_without_a_mail(runtime: Runtime, clock: Any) -> None:
    post = Post()
    queue(runtime.database, "left", "wrong")
    all_done(sender(runtime, post))
    states = [job(runtime.database, key).state for key in ("left", "wrong")]
    assert (post.took, states) == ([], ["cancelled", "failed"])


def test_a_mail_in_doubt_goes_again_and_the_doubt_is_counted(runtime: Runtime, clock: Any) -> None:
    said = iter([Outcome(Result.AMBIGUOUS), Outcome(Result.SENT)])
    queue(runtime.database, "a@example.com")
    worker = sender(runtime, Post(lambda _: next(said)))
    all_done(worker)
    clock.shift(100)
    all_done(worker)
    found = job(runtime.database, "a@example.com")
    assert (found.state, found.doubts, found.attempts) == (State.DONE, 1, 2)


def test_no_mail_is_begun_that_could_outlast_its_lease(runtime: Runtime, clock: Any) -> None:
    post = Post(lambda _: clock.shift(60) or Outcome(Result.SENT))
    everybody = [f"{name}@example.com" for name in "abcdef"]
    queue(runtime.database, *everybody)
    worker = sender(runtime, post, per_minute=6000)
    assert worker.run_once()
    begun = len(post.took)
    assert 60 * begun * SECOND <= timedelta(minutes=5) - LONGEST_MAIL + MINUTE
    assert job(runtime.database, everybody[begun]).state == State.WAITING
    all_done(worker)
    assert post.took == everybody


def test_the_connection_is_let_go_when_nothing_is_due(runtime: Runtime, clock: Any) -> None:
    post = Post()
    queue(runtime.database, "a@example.com")
    all_done(sender(runtime, post))
    assert post.rests == 1
