import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from app.kit.database import Database
from app.kit.writer import LARGEST_BATCH, NotSaved, Writer
from tests import postgresql


class Taken(Exception):
    """The item was stored before."""


def store(connection: Connection, items: Sequence[str]) -> Sequence[str | Exception]:
    """One row an item; an item that exists already is its caller's exception."""
    answers: list[str | Exception] = []
    for item in items:
        if item.startswith("impossible"):
            raise ValueError(item)
        added = connection.execute(
            text("INSERT INTO item VALUES (:item) ON CONFLICT DO NOTHING"), {"item": item}
        )
        answers.append(f"stored {item}" if added.rowcount else Taken(item))
    return answers


def stored(database: Database) -> list[str]:
    with database.reading() as session:
        rows = session.connection().execute(text("SELECT name FROM item ORDER BY name"))
        return [row.name for row in rows]


ITEMS = text("CREATE TABLE item (name VARCHAR PRIMARY KEY)")


@pytest.fixture(scope="module")
def shared(postgresql_server: postgresql.Server) -> str:
    """One PostgreSQL database for this file: making a new one for each test takes a second."""
    postgresql_server.execute("CREATE DATABASE writing")
    return postgresql_server.url("writing")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    embedded = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/items.db" if embedded else request.getfixturevalue("shared")
    made = Database(url)
    with made.writing() as session:
        session.connection().execute(text("DROP TABLE IF EXISTS item"))
        session.connection().execute(ITEMS)
    yield made
    made.close()


@pytest.fixture
def on_postgresql(shared: str) -> Iterator[Database]:
    made = Database(shared)
    with made.writing() as session:
        session.connection().execute(text("DROP TABLE IF EXISTS item"))
        session.connection().execute(ITEMS)
    yield made
    made.close()


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    made = Writer(database.engine)
    yield made
    made.close()


def commits(engine: Engine) -> list[int]:
    """Grows by one entry a commit."""
    counted: list[int] = []
    event.listen(engine, "commit", lambda _connection: counted.append(1))
    return counted


def held(writer: Writer) -> Callable[[], None]:
    """Keeps the writer busy, so that what comes meanwhile waits together; call to let go."""
    begun, go = threading.Event(), threading.Event()

    def hold(_: Connection, items: Sequence[None]) -> Sequence[None]:
        begun.set()
        go.wait(10)
        return list(items)

    threading.Thread(target=writer.call, args=(hold, None), daemon=True).start()
    assert begun.wait(10)
    return go.set


def waiting(writer: Writer, number: int) -> None:
    deadline = time.monotonic() + 10
    while len(writer._queue) < number and time.monotonic() < deadline:
        time.sleep(0.005)
    assert len(writer._queue) == number


def call(writer: Writer, item: str) -> object:
    try:
        return writer.call(store, item)
    except Exception as error:  # noqa: BLE001 - what the caller got is the answer
        return error


def test_many_at_once_are_all_stored_in_few_commits(database: Database, writer: Writer):
    counted = commits(database.engine)
    names = [f"item {number:03}" for number in range(200)]
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda name: call(writer, name), names))
    assert answers == [f"stored {name}" for name in names]
    assert stored(database) == names
    assert len(counted) < 100


def test_what_waited_during_a_commit_shares_the_next_one(database: Database, writer: Writer):
    let_go = held(writer)
    counted = commits(database.engine)
    with ThreadPoolExecutor(40) as pool:
        answers = [pool.submit(call, writer, f"item {number}") for number in range(40)]
        waiting(writer, 40)
        let_go()
    assert all(str(answer.result()).startswith("stored") for answer in answers)
    # The one that held the writer, and one for the forty.
    assert len(counted) == 2


def test_a_caller_goes_on_only_when_its_item_is_on_disk(database: Database, writer: Writer):
    assert writer.call(store, "a") == "stored a"
    assert stored(database) == ["a"]


def test_the_exception_of_an_item_reaches_its_caller_and_nobody_else(
    database: Database, writer: Writer
):
    writer.call(store, "b")
    let_go = held(writer)
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(call, writer, name) for name in "abc"]
        waiting(writer, 3)
        let_go()
    a, b, c = (answer.result() for answer in answers)
    assert (a, c) == ("stored a", "stored c")
    assert isinstance(b, Taken)


def test_an_item_that_breaks_its_transaction_does_not_fail_its_neighbours(
    database: Database, writer: Writer
):
    let_go = held(writer)
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(call, writer, name) for name in ("a", "impossible", "b", "c")]
        waiting(writer, 4)
        let_go()
    results = [answer.result() for answer in answers]
    assert isinstance(results[1], ValueError)
    assert results[:1] + results[2:] == ["stored a", "stored b", "stored c"]
    assert stored(database) == ["a", "b", "c"]


def test_a_single_item_that_fails_is_not_run_twice(writer: Writer):
    runs = []

    def fail(_: Connection, items: Sequence[str]) -> Sequence[str]:
        runs.append(items)
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        writer.call(fail, "a")
    assert len(runs) == 1


def test_a_batch_that_answers_too_few_items_is_an_error(database: Database, writer: Writer):
    def forget(connection: Connection, items: Sequence[str]) -> Sequence[Any]:
        return store(connection, items)[1:]

    with pytest.raises(ValueError, match="zip"):
        writer.call(forget, "a")
    assert stored(database) == []


def test_coroutines_wait_without_holding_their_thread(database: Database, writer: Writer):
    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(writer.run(store, f"item {n:03}") for n in range(100)))

    assert asyncio.run(all_at_once()) == [f"stored item {n:03}" for n in range(100)]
    assert len(stored(database)) == 100


def test_a_coroutine_gets_its_exception(writer: Writer):
    writer.call(store, "a")
    with pytest.raises(Taken):
        asyncio.run(writer.run(store, "a"))


def test_a_caller_who_gave_up_does_no_harm(database: Database, writer: Writer):
    async def give_up() -> None:
        let_go = held(writer)
        task = asyncio.create_task(writer.run(store, "given up"))
        other = asyncio.create_task(writer.run(store, "patient"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        let_go()
        assert await other == "stored patient"
        assert task.cancelled()

    asyncio.run(give_up())
    assert writer.call(store, "next") == "stored next"
    assert stored(database) == ["given up", "next", "patient"]


def test_a_loop_that_ended_meanwhile_does_no_harm(database: Database, writer: Writer):
    let_go = held(writer)

    async def leave() -> None:
        task = asyncio.create_task(writer.run(store, "left"))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    let_go()
    assert writer.call(store, "next") == "stored next"
    assert stored(database) == ["left", "next"]


def test_closing_finishes_what_waits_and_takes_no_more(database: Database):
    writer = Writer(database.engine)
    let_go = held(writer)
    number = LARGEST_BATCH + 20
    with ThreadPoolExecutor(number) as pool:
        answers = [pool.submit(call, writer, f"item {n}") for n in range(number)]
        waiting(writer, number)
        closing = pool.submit(writer.close)
        let_go()
        closing.result(timeout=10)
    assert all(str(answer.result()).startswith("stored") for answer in answers)
    assert len(stored(database)) == number
    with pytest.raises(NotSaved):
        writer.call(store, "late")
    writer.close()


def limited(database: Database, pages: list[int]) -> None:
    """Every connection may fill so many pages from now on."""
    event.listen(
        database.engine,
        "checkout",
        lambda connection, *_: connection.execute(f"PRAGMA max_page_count={pages[0]}"),
    )


def test_a_full_disk_is_said_and_recovers_without_a_restart(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/items.db")
    with database.writing() as session:
        session.connection().execute(ITEMS)
    with database.reading() as session:
        now = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
    pages = [now + 4]
    limited(database, pages)
    writer = Writer(database.engine)
    answers = {name: call(writer, name) for name in (f"{n}" * 3000 for n in range(9))}
    assert isinstance(answers["8" * 3000], NotSaved)
    assert stored(database) == [name for name in answers if answers[name] == f"stored {name}"]
    pages[0] = now + 100
    assert writer.call(store, "room again") == "stored room again"
    with database.reading() as session:
        whole = session.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one()
    assert whole == "ok"
    writer.close()
    database.close()


def test_a_database_that_is_out_does_not_hold_up_everyone_in_turn(
    database: Database, writer: Writer
):
    tries = []

    def gone(_: Connection) -> None:
        tries.append(1)
        raise OperationalError("BEGIN", {}, Exception("gone"))

    let_go = held(writer)
    event.listen(database.engine, "begin", gone)
    with ThreadPoolExecutor(50) as pool:
        answers = [pool.submit(call, writer, f"item {n}") for n in range(50)]
        waiting(writer, 50)
        let_go()
    event.remove(database.engine, "begin", gone)
    assert all(isinstance(answer.result(), NotSaved) for answer in answers)
    assert len(tries) < 6
    assert writer.call(store, "back again") == "stored back again"
    assert stored(database) == ["back again"]


def test_a_connection_the_server_ended_is_made_anew(
    postgresql_server: postgresql.Server, on_postgresql: Database
):
    database = on_postgresql
    writer = Writer(database.engine)
    ended = []

    def cut_once(connection: Connection, items: Sequence[str]) -> Sequence[str | Exception]:
        answers = store(connection, items)
        if not ended:
            ended.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
            postgresql_server.execute(f"SELECT pg_terminate_backend({ended[0]})")
        return answers

    assert writer.call(cut_once, "a") == "stored a"
    assert writer.call(store, "b") == "stored b"
    assert ended
    assert stored(database) == ["a", "b"]
    writer.close()


def test_in_a_batch_cut_in_the_middle_every_item_is_stored_once(
    postgresql_server: postgresql.Server, on_postgresql: Database
):
    database = on_postgresql
    writer = Writer(database.engine)
    let_go = held(writer)
    times = []

    def cut_twice(connection: Connection, items: Sequence[str]) -> Sequence[str | Exception]:
        answers = store(connection, items)
        times.append(len(items))
        if len(times) in (1, 4):
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            postgresql_server.execute(f"SELECT pg_terminate_backend({pid})")
        return answers

    def one(name: str) -> str | Exception:
        return writer.call(cut_twice, name)

    with ThreadPoolExecutor(10) as pool:
        answers = [pool.submit(one, f"item {n}") for n in range(10)]
        waiting(writer, 10)
        let_go()
    assert sorted(answer.result() for answer in answers) == [f"stored item {n}" for n in range(10)]
    assert stored(database) == [f"item {n}" for n in range(10)]
    assert times[0] == 10
    writer.close()
