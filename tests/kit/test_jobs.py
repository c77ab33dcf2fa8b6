from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Connection

from app.kit import jobs, leasing
from app.kit.database import Database
from app.kit.jobs import Job, Kind, Lease, Outcome, State

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KINDS = {"send": Kind(lambda _: [], batch=10), "close": Kind(lambda _: [])}


@pytest.fixture(autouse=True)
def clock():
    """It is nine in the morning in Kuala Lumpur until a test moves it."""
    with time_machine.travel(NINE, tick=False) as moved:
        yield moved


def add(
    database: Database, *keys: str, kind: str = "send", due: datetime = NINE, **given: Any
) -> int:
    with database.writing() as session:
        return jobs.enqueue_all(session, kind, "round 1", keys, due, **given)


def claim(database: Database, owner: str = "one") -> list[Lease]:
    with database.engine.begin() as connection:
        return leasing.claim(connection, KINDS, owner)


def finish(database: Database, *outcomes: Outcome) -> list[Any]:
    with database.engine.begin() as connection:
        return leasing.finish(connection, outcomes)


def job(database: Database, key: str, kind: str = "send") -> Job:
    with database.reading() as session:
        return session.get_one(Job, ("round 1", kind, key))


def keys(leases: list[Lease]) -> list[str]:
    return [lease.key for lease in leases]


def test_what_is_there_already_is_not_added_again(database: Database):
    assert add(database, "aminah", "badrul") == 2
    assert add(database, "badrul", "chong", "chong") == 1
    assert keys(claim(database)) == ["aminah", "badrul", "chong"]
    with database.writing() as session:
        assert not jobs.enqueue(session, "send", "round 1", "aminah", NINE)
        assert jobs.enqueue(session, "send", "round 2", "aminah", NINE)
    assert job(database, "aminah").state == State.LEASED


def test_many_are_added_in_one_go(database: Database):
    many = [f"person {number:04}" for number in range(1050)]
    assert add(database, *many) == 1050
    assert add(database, *many) == 0
    assert add(database) == 0


def test_arguments_arrive_as_they_were_given(database: Database):
    add(database, "aminah", wave=2, name="Aminah é", none=None)
    (lease,) = claim(database)
    assert lease.arguments == {"wave": 2, "name": "Aminah é", "none": None}


def test_only_what_is_due_is_taken_the_longest_waiting_first(database: Database, clock: Any):
    add(database, "later", due=NINE + MINUTE)
    add(database, "now", due=NINE)
    add(database, "early", due=NINE - MINUTE)
    assert keys(claim(database)) == ["early", "now"]
    assert claim(database) == []
    clock.shift(MINUTE)
    assert keys(claim(database)) == ["later"]


def test_a_batch_holds_one_kind_and_no_more_than_its_size(database: Database):
    add(database, *"abcdefghijkl")
    add(database, "x", "y", kind="close", due=NINE - MINUTE)
    assert [keys(claim(database)) for _ in range(5)] == [
        ["x"],
        ["y"],
        [*"abcdefghij"],
        ["k", "l"],
        [],
    ]


def test_a_kind_nobody_here_knows_is_left_for_others(database: Database):
    add(database, "a", kind="unknown")
    assert claim(database) == []
    assert job(database, "a", "unknown").state == State.WAITING


def test_how_a_job_ended_can_be_seen(database: Database):
    add(database, "aminah", "badrul")
    first, second = claim(database)
    kept = finish(
        database,
        Outcome(first, State.DONE, "250"),
        Outcome(second, State.FAILED, "550", "unknown user"),
    )
    assert kept == [True, True]
    done, failed = job(database, "aminah"), job(database, "badrul")
    assert (done.state, done.last_code, done.finished_at) == ("done", "250", NINE)
    assert (failed.state, failed.last_error) == ("failed", "unknown user")
    assert (failed.lease_owner, failed.lease_until) == (None, None)
    assert claim(database) == []


def test_a_job_put_back_is_taken_again_when_it_is_due(database: Database, clock: Any):
    add(database, "aminah")
    (lease,) = claim(database)
    finish(database, Outcome(lease, State.WAITING, "451", "greylisted", NINE + 5 * MINUTE))
    assert job(database, "aminah").finished_at is None
    assert claim(database) == []
    clock.shift(5 * MINUTE)
    (again,) = claim(database)
    assert again.attempts == 2


def test_a_lease_that_ran_out_is_work_again_and_the_late_finisher_is_not_recorded(
    database: Database, clock: Any
):
    add(database, "aminah")
    (late,) = claim(database, "one")
    clock.shift(KINDS["send"].lease)
    assert claim(database, "two") == []
    clock.shift(timedelta(seconds=1))
    (again,) = claim(database, "two")
    assert (again.key, again.attempts) == ("aminah", 2)
    assert finish(database, Outcome(late, State.FAILED, "550")) == [False]
    assert job(database, "aminah").state == State.LEASED
    assert finish(database, Outcome(again, State.DONE)) == [True]
    assert finish(database, Outcome(late, State.FAILED)) == [False]
    assert job(database, "aminah").state == State.DONE


def test_even_its_own_earlier_lease_is_void(database: Database, clock: Any):
    add(database, "aminah")
    (late,) = claim(database)
    clock.shift(timedelta(hours=1))
    (again,) = claim(database)
    assert finish(database, Outcome(late, State.FAILED), Outcome(again, State.DONE)) == [
        False,
        True,
    ]


def test_a_late_finisher_whose_work_nobody_took_is_recorded(database: Database, clock: Any):
    add(database, "aminah")
    (late,) = claim(database)
    clock.shift(timedelta(hours=1))
    assert finish(database, Outcome(late, State.DONE)) == [True]


def test_a_cancelled_job_is_not_done(database: Database):
    add(database, "aminah")
    add(database, "x", kind="close")
    with database.writing() as session:
        jobs.cancel(session, "round 1", ["send"])
    assert (job(database, "aminah").state, job(database, "aminah").finished_at) == (
        "cancelled",
        NINE,
    )
    assert keys(claim(database)) == ["x"]


def test_cancelling_all_leaves_what_is_being_done_and_other_parts(database: Database):
    add(database, "aminah")
    claim(database)
    add(database, "badrul")
    with database.writing() as session:
        jobs.enqueue(session, "send", "round 2", "chong", NINE)
        jobs.cancel(session, "round 1")
    assert job(database, "aminah").state == State.LEASED
    assert keys(claim(database)) == ["chong"]


def postpone(database: Database, key: str, due: datetime) -> None:
    with database.writing() as session:
        jobs.postpone(session, "send", "round 1", key, due)


def test_a_waiting_job_can_be_moved(database: Database):
    add(database, "aminah", "badrul", due=NINE + MINUTE)
    postpone(database, "aminah", NINE)
    assert keys(claim(database)) == ["aminah"]


def test_a_job_that_ended_can_begin_again(database: Database, clock: Any):
    add(database, "aminah")
    (lease,) = claim(database)
    finish(database, Outcome(lease, State.FAILED, "550"))
    postpone(database, "aminah", NINE + MINUTE)
    assert job(database, "aminah").finished_at is None
    assert claim(database) == []
    clock.shift(MINUTE)
    (again,) = claim(database)
    assert again.attempts == 1


def test_a_job_moved_while_it_is_done_waits_whatever_came_of_it(database: Database, clock: Any):
    add(database, "aminah")
    (lease,) = claim(database)
    postpone(database, "aminah", NINE + MINUTE)
    assert finish(database, Outcome(lease, State.DONE)) == [False]
    clock.shift(MINUTE)
    assert keys(claim(database)) == ["aminah"]


def test_what_a_rolled_back_transaction_added_was_never_there(database: Database):
    def fail() -> None:
        with database.writing() as session:
            jobs.enqueue(session, "send", "round 1", "aminah", NINE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert claim(database) == []


def test_two_claims_at_the_same_moment_share_the_work_without_waiting(database: Database):
    if database.embedded:
        return
    add(database, *(f"{number:02}" for number in range(15)))

    def taken(connection: Connection, owner: str) -> list[str]:
        return keys(leasing.claim(connection, KINDS, owner))

    engine = database.engine
    with engine.begin() as one, engine.begin() as two, engine.begin() as three:
        first, second = taken(one, "one"), taken(two, "two")
        assert taken(three, "three") == []
    assert (len(first), len(second)) == (10, 5)
    assert not set(first) & set(second)
