"""Pieces of a job: each begun once, and only by who holds the whole."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.kit import jobs, leasing, pieces
from app.kit.database import Database
from app.kit.jobs import Job, Kind, Lease, Outcome, State
from app.kit.pieces import LeaseLost

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LATER = NINE + timedelta(minutes=30)
KINDS = {"whole": Kind(lambda _: [], lease=timedelta(minutes=2))}


@pytest.fixture
def whole(database: Database) -> Lease:
    with time_machine.travel(NINE, tick=False):
        with database.writing() as session:
            jobs.enqueue(session, "whole", "round 1", "sales", NINE)
            jobs.enqueue_all(session, "piece", "round 1", ["aminah", "badrul"], NINE)
        [lease] = claimed(database)
    return lease


def claimed(database: Database, owner: str = "one") -> list[Lease]:
    with database.engine.begin() as connection:
        return leasing.claim(connection, KINDS, owner)


def begun(database: Database, whole: Lease, key: str) -> Lease | None:
    with database.engine.begin() as connection:
        return pieces.begin(connection, whole, "piece", key, LATER)


def job(database: Database, kind: str, key: str) -> Job:
    with database.reading() as session:
        return session.get_one(Job, ("round 1", kind, key))


def test_a_piece_is_begun_once_and_prolongs_the_lease(database: Database, whole: Lease) -> None:
    first = begun(database, whole, "aminah")
    assert first is not None
    assert begun(database, whole, "aminah") is None
    assert job(database, "whole", "sales").lease_until == LATER
    with database.engine.begin() as connection:
        assert leasing.finish(connection, [Outcome(first, State.DONE)]) == [True]
    assert begun(database, whole, "aminah") is None
    assert job(database, "piece", "badrul").state == State.WAITING


def test_no_worker_claims_a_piece(database: Database, whole: Lease) -> None:
    with time_machine.travel(NINE + timedelta(minutes=1)):
        assert claimed(database, "two") == []


def test_who_lost_the_whole_begins_nothing(database: Database, whole: Lease) -> None:
    with time_machine.travel(NINE + timedelta(minutes=3)):
        [taken_over] = claimed(database, "two")
    with pytest.raises(LeaseLost):
        begun(database, whole, "aminah")
    assert job(database, "piece", "aminah").state == State.WAITING
    assert begun(database, taken_over, "aminah") is not None


def test_a_decision_ends_a_piece_whoever_worked_on_it(database: Database, whole: Lease) -> None:
    piece = begun(database, whole, "aminah")
    assert piece is not None
    with database.writing() as session:
        pieces.settle(session, "round 1", "piece", ["aminah"], State.PARKED, "x", "in doubt")
    parked = job(database, "piece", "aminah")
    assert (parked.state, parked.last_error, parked.lease_owner) == ("parked", "in doubt", None)
    with database.engine.begin() as connection:
        assert leasing.finish(connection, [Outcome(piece, State.DONE)]) == [False]


def test_what_has_ended_is_looked_at_again_and_what_is_held_is_left_alone(
    database: Database, whole: Lease
) -> None:
    with database.writing() as session:
        jobs.wake(session, "round 1", "whole")
    assert job(database, "whole", "sales").state == State.LEASED
    with database.engine.begin() as connection:
        leasing.finish(connection, [Outcome(whole, State.DONE)])
    with database.writing() as session:
        jobs.wake(session, "round 1", "whole", ["marketing"])
    assert job(database, "whole", "sales").state == State.DONE
    with database.writing() as session:
        jobs.wake(session, "round 1", "whole", ["sales"])
    assert job(database, "whole", "sales").state == State.WAITING
