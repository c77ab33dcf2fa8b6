"""Tries are counted together by all processes, and room comes back with time."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from app.kit import limits
from app.kit.clock import now
from app.kit.database import Database
from app.kit.limits import Limit, Room, Tried, Try

TEN = Limit("test", 10, timedelta(minutes=15))
PROCESS = """
import sys
from datetime import timedelta
from app.kit import limits
from app.kit.database import Database
from app.kit.limits import Limit, Try
database = Database(sys.argv[1])
one = Try(Limit("test", 10, timedelta(minutes=15)), b"aminah")
allowed = 0
for _ in range(12):
    with database.engine.begin() as connection:
        (room,) = limits.count(connection, [one])
    allowed += room.allowed
print(allowed)
"""


def tried(database: Database, mark: bytes = b"aminah", limit: Limit = TEN) -> Room:
    with database.engine.begin() as connection:
        (room,) = limits.count(connection, [Try(limit, mark)])
    assert isinstance(room, Room)
    return room


def test_so_many_and_then_one_whenever_there_is_room_again(database: Database) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        assert [tried(database).left for _ in range(10)] == list(range(9, -1, -1))
        refused = tried(database)
        assert not refused.allowed
        assert 89 <= refused.wait <= 91
        assert tried(database, b"badrul").allowed, "somebody else has a count of their own"
        clock.shift(timedelta(seconds=refused.wait))
        assert tried(database).allowed, "nobody is locked out for good"
        assert not tried(database).allowed
        clock.shift(timedelta(minutes=15))
        assert [tried(database).allowed for _ in range(11)] == [True] * 10 + [False]


def test_a_clock_that_goes_back_frees_nobody_and_locks_nobody_out(database: Database) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(10):
            tried(database)
        clock.shift(timedelta(hours=-1))
        assert not tried(database).allowed
        assert tried(database).wait < 120


def test_a_good_try_begins_anew_and_old_counts_are_swept(database: Database) -> None:
    for _ in range(10):
        tried(database)
    with database.writing() as session:
        limits.forget(session, Try(TEN, b"aminah"))
    assert tried(database).left == 9
    with time_machine.travel(now() + timedelta(days=3)), database.writing() as session:
        limits.sweep(session)
    with database.reading() as session:
        assert session.get(Tried, ("test", b"aminah")) is None


def test_two_processes_and_many_threads_count_together(
    database: Database, database_url: str
) -> None:
    """Both begin at the same moment; together they are allowed what one would be."""
    command = [sys.executable, "-c", PROCESS, database_url]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [int(one.communicate(timeout=60)[0]) for one in started]
    assert sum(told) == 10
    with ThreadPoolExecutor(8) as pool:
        rooms = list(pool.map(lambda _: tried(database, b"threads"), range(30)))
    assert sum(room.allowed for room in rooms) == 10


@settings(max_examples=30, deadline=None)
@given(
    most=st.integers(1, 40),
    seconds=st.integers(1, 86_400),
    pauses=st.lists(st.floats(0, 9e4), max_size=60),
)
def test_never_more_than_the_burst_and_what_leaked(
    most: int, seconds: int, pauses: list[float]
) -> None:
    """In any stretch of time no more are allowed than the bucket holds and loses in it."""
    limit = Limit("test", most, timedelta(seconds=seconds))
    engine = create_engine("sqlite://")
    with engine.connect() as connection, time_machine.travel(0, tick=False) as clock:
        Tried.__table__.create(connection)  # type: ignore[attr-defined]
        allowed = 0
        for pause in (0.0, *pauses):
            clock.shift(pause)
            (room,) = limits.count(connection, [Try(limit, b"x")])
            assert isinstance(room, Room)
            allowed += room.allowed
    assert 1 <= allowed <= most + sum(pauses) * limit.leak + 1e-3
    engine.dispose()
