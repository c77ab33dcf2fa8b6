"""Small reads that arrive together are one read, and each caller gets its own answer."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app.kit.database import Database
from app.kit.lookups import Lookups
from app.kit.writer import NotSaved


class Unknown(Exception):
    """There is no such item."""


class Finder:
    """Looks names up, and remembers how many it was asked for at once."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def find(self, connection: Connection, names: Sequence[str]) -> Sequence[str | Exception]:
        self.asked.append(len(names))
        if "impossible" in names:
            raise ValueError(len(names))
        known = {row.name for row in connection.execute(text("SELECT name FROM item"))}
        return [f"found {one}" if one in known else Unknown(one) for one in names]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/items.db")
    add(made, "CREATE TABLE item (name VARCHAR PRIMARY KEY)")
    add(made, "INSERT INTO item VALUES ('one'), ('two')")
    yield made
    made.close()


@pytest.fixture
def lookups(database: Database) -> Iterator[Lookups]:
    made = Lookups(database)
    yield made
    made.close()


def add(database: Database, statement: str) -> None:
    with database.writing() as session:
        session.connection().execute(text(statement))


def look(lookups: Lookups, finder: Finder, *names: str) -> list[str | BaseException]:
    async def all_of_them() -> list[str | BaseException]:
        # The first look brings the loop its connection.
        await lookups.run(Finder().find, "one")
        await asyncio.to_thread(time.sleep, 0.02)
        waiting = (lookups.run(finder.find, name) for name in names)
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(all_of_them())


def test_what_arrives_together_is_one_look_and_each_hears_its_own(lookups: Lookups) -> None:
    finder = Finder()
    one, nobody, two = look(lookups, finder, "one", "nobody", "two")
    assert (one, two) == ("found one", "found two")
    assert isinstance(nobody, Unknown)
    assert finder.asked == [3]


def test_one_that_spoils_the_look_spoils_it_for_itself_alone(lookups: Lookups) -> None:
    one, spoilt, two = look(lookups, Finder(), "one", "impossible", "two")
    assert (one, two) == ("found one", "found two")
    assert isinstance(spoilt, ValueError)
    assert look(lookups, Finder(), "one") == ["found one"], "it goes on"


def test_every_look_sees_what_was_committed_before_it(lookups: Lookups, database: Database) -> None:
    assert isinstance(look(lookups, Finder(), "three")[0], Unknown)
    add(database, "INSERT INTO item VALUES ('three')")
    assert look(lookups, Finder(), "three") == ["found three"]


def test_a_look_changes_nothing(lookups: Lookups) -> None:
    def change(connection: Connection, names: Sequence[str]) -> Sequence[str | Exception]:
        connection.execute(text("DELETE FROM item"))
        return list(names)

    with pytest.raises(NotSaved) as refused:
        asyncio.run(lookups.run(change, "one"))
    assert isinstance(refused.value.__cause__, OperationalError)
    assert look(lookups, Finder(), "one") == ["found one"]


def test_a_database_that_is_closed_to_all_holds_no_other_work_up(
    lookups: Lookups, database: Database, tmp_path: Path
) -> None:
    """Somebody has locked the whole file: that look waits in its thread, the service goes on."""
    database.close()
    keeper = sqlite3.connect(tmp_path / "items.db", isolation_level=None)
    keeper.execute("PRAGMA locking_mode=EXCLUSIVE")
    keeper.execute("BEGIN EXCLUSIVE")

    async def at_once() -> str:
        waiting = asyncio.create_task(lookups.run(Finder().find, "one"))
        begun = time.monotonic()
        await asyncio.sleep(0.05)
        assert time.monotonic() - begun < 2, "the loop went on"
        assert not waiting.done()
        keeper.execute("COMMIT")
        keeper.close()
        return await waiting

    assert asyncio.run(at_once()) == "found one"


def test_a_database_that_has_gone_is_said_to_be_out(lookups: Lookups, tmp_path: Path) -> None:
    look(lookups, Finder(), "one")
    lookups.close()
    again = Lookups(Database(f"sqlite:///{tmp_path}/gone/items.db"))
    (tmp_path / "gone").rename(tmp_path / "away")
    with pytest.raises(NotSaved):
        asyncio.run(again.run(Finder().find, "one"))
    again.close()
