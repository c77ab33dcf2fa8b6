import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlmodel import col

from app.kit import jobs, leasing, worker
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Job, Kind, Lease, Outcome, State
from app.kit.runtime import Runtime
from app.kit.worker import Worker, try_again
from app.kit.writer import NotSaved, Writer

PAST = datetime(2026, 3, 2, tzinfo=UTC)


def done(leases: Sequence[Lease]) -> Iterator[Outcome]:
    for lease in leases:
        yield Outcome(lease, State.DONE)


def add(database: Database, *keys: str) -> None:
    with database.writing() as session:
        jobs.enqueue_all(session, "test", "part", keys, PAST)


def states(database: Database) -> dict[str, int]:
    with database.reading() as session:
        counted = select(col(Job.state), func.count()).group_by(col(Job.state))
        return {row[0]: row[1] for row in session.connection().execute(counted)}


def job(database: Database, key: str) -> Job:
    with database.reading() as session:
        return session.get_one(Job, ("part", "test", key))


def working(runtime: Runtime, handler: jobs.Handler, batch: int = 10) -> Worker:
    return Worker(runtime.database, runtime.writer, {"test": Kind(handler, batch)})


@contextmanager
def started(*workers: Worker) -> Iterator[None]:
    for one in workers:
        one.start()
    try:
        yield
    finally:
        for one in workers:
            one.stop()


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not what():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def test_due_work_is_done_and_then_there_is_none(runtime: Runtime):
    add(runtime.database, "a", "b")
    one = working(runtime, done)
    assert one.run_once()
    assert not one.run_once()
    assert states(runtime.database) == {"done": 2}


def test_two_workers_never_take_one_job_twice(runtime: Runtime):
    add(runtime.database, *(f"{number:03}" for number in range(300)))
    taken: list[str] = []

    def slow(leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            taken.append(lease.key)
            yield Outcome(lease, State.DONE)

    other_database = Database(runtime.settings.database)
    other_writer = Writer(other_database.engine)
    other = Worker(other_database, other_writer, {"test": Kind(slow, 10)})
    with started(working(runtime, slow), other):
        until(lambda: states(runtime.database) == {"done": 300})
    other_writer.close()
    other_database.close()
    assert set(Counter(taken).values()) == {1}
    assert len(taken) == 300


def test_each_outcome_is_stored_before_the_next_job_is_begun(runtime: Runtime):
    add(runtime.database, "a", "b", "c")
    seen = []

    def look(leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            seen.append(states(runtime.database))
            yield Outcome(lease, State.DONE)

    working(runtime, look).run_once()
    assert [state.get("done", 0) for state in seen] == [0, 1, 2]


def test_a_handler_that_raises_has_its_jobs_tried_again_later(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
):
    add(runtime.database, "a", "b", "c")

    def fail(leases: Sequence[Lease]) -> Iterable[Outcome]:
        yield Outcome(leases[0], State.DONE)
        raise ConnectionError("aminah@example.com")

    with time_machine.travel(PAST, tick=False):
        working(runtime, fail).run_once()
    assert states(runtime.database) == {"done": 1, "waiting": 2}
    assert job(runtime.database, "b").last_error == "ConnectionError"
    pause = job(runtime.database, "b").due_at - PAST
    assert timedelta(minutes=1) <= pause <= timedelta(minutes=1.2)
    assert "aminah" not in caplog.text
    assert "ConnectionError" in caplog.text


def test_pauses_grow_by_chance_and_after_two_days_a_job_is_given_up(runtime: Runtime):
    add(runtime.database, "a")

    def busy(leases: Sequence[Lease]) -> Iterable[Outcome]:
        return [try_again(lease, "451", "busy") for lease in leases]

    one, pauses = working(runtime, busy), []
    with time_machine.travel(PAST, tick=False) as clock:
        while True:
            assert one.run_once()
            current = job(runtime.database, "a")
            if current.state != State.WAITING:
                break
            pauses.append(current.due_at - now())
            clock.shift(pauses[-1] - timedelta(seconds=1))
            assert not one.run_once()
            clock.shift(timedelta(seconds=1))
    minutes = [pause / timedelta(minutes=1) for pause in pauses]
    for measured, least in zip(minutes, [1, 5, 15, 60, *[360] * 6], strict=False):
        assert least <= measured <= 1.2 * least
    assert minutes != sorted({round(one) for one in minutes}), (
        "by chance, so that not all come back at once"
    )
    assert (current.state, current.last_code, current.attempts) == (
        "failed",
        "451",
        len(pauses) + 1,
    )
    assert timedelta(hours=40) < sum(pauses, timedelta()) < timedelta(hours=48)


def test_a_job_given_back_untouched_has_not_been_tried(runtime: Runtime):
    add(runtime.database, "a", "b")

    def out(leases: Sequence[Lease]) -> Iterable[Sequence[Outcome]]:
        yield [lease.untouched("the server is out") for lease in leases]

    with time_machine.travel(PAST, tick=False) as clock:
        for _ in range(100):
            working(runtime, out).run_once()
            clock.shift(timedelta(hours=1))
        found = job(runtime.database, "a")
        assert (found.attempts, found.due_at, found.tried_since) == (0, PAST, None)
        assert found.last_error == "the server is out"


def test_only_what_was_under_way_when_a_process_died_is_in_doubt(runtime: Runtime):
    add(runtime.database, *"abcdef")

    class Killed(BaseException):
        pass

    def killed(leases: Sequence[Lease]) -> Iterable[Outcome]:
        yield Outcome(leases[0], State.DONE)
        raise Killed

    with time_machine.travel(PAST, tick=False) as clock:
        with pytest.raises(Killed):
            working(runtime, killed).run_once()
        clock.shift(timedelta(hours=1))
        working(runtime, done).run_once()
    assert {key: job(runtime.database, key).doubts for key in "abcdef"} == {
        **dict.fromkeys("acdef", 0),
        "b": 1,
    }


def test_bulk_work_waits_for_all_other_work_and_closed_work_for_its_gate(runtime: Runtime):
    add(runtime.database, "a")
    taken: list[str] = []

    def note(leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            taken.append(lease.kind)
            yield Outcome(lease, State.DONE)

    with runtime.database.writing() as session:
        jobs.enqueue(session, "sign in", "part", "a", now())
        jobs.enqueue(session, "closed", "part", "a", PAST)
    kinds = {
        "test": Kind(note, bulk=True),
        "sign in": Kind(note),
        "closed": Kind(note, gate=lambda _: False),
    }
    one = Worker(runtime.database, runtime.writer, kinds)
    while one.run_once():
        pass
    assert taken == ["sign in", "test"]


def test_an_outcome_that_cannot_be_stored_leaves_the_job_to_its_lease(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
):
    add(runtime.database, "a", "b")

    def full(*_: Any) -> None:
        raise NotSaved("the disk is full")

    with monkeypatch.context() as patch, time_machine.travel(PAST, tick=False):
        patch.setattr(runtime.writer, "call_all", full)
        working(runtime, done).run_once()
    assert states(runtime.database) == {"leased": 2}
    working(runtime, done).run_once()
    assert states(runtime.database) == {"done": 2}


def test_a_queue_out_of_reach_is_tried_again(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    add(runtime.database, "a")
    real, failures = leasing.claim, [ConnectionError(), ConnectionError()]

    def sometimes(*given: Any) -> list[Lease]:
        if failures:
            raise failures.pop()
        return real(*given)

    monkeypatch.setattr(leasing, "claim", sometimes)
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.01)
    caplog.set_level(logging.CRITICAL)
    with started(working(runtime, done)):
        until(lambda: states(runtime.database) == {"done": 1})
    assert not failures


def test_stopping_ends_the_job_in_hand_and_frees_the_rest(runtime: Runtime):
    add(runtime.database, "a", "b", "c")
    begun, go = threading.Event(), threading.Event()

    def slow(leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            begun.set()
            go.wait(10)
            yield Outcome(lease, State.DONE)

    one = working(runtime, slow)
    with started(one):
        assert begun.wait(10)
        stopping = threading.Thread(target=one.stop)
        stopping.start()
        until(one._stop.is_set)
        go.set()
        stopping.join(10)
    assert states(runtime.database) == {"done": 1, "waiting": 2}
    assert job(runtime.database, "b").due_at <= now()


def test_a_worker_in_this_thread_can_be_stopped(runtime: Runtime):
    one = working(runtime, done)
    one.stop()
    one.run()
