"""PostgreSQL that is cut off at COMMIT or stopped in the middle: nothing lost, nothing twice."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit import migration
from app.kit.database import Database
from tests.faults import ledger
from tests.faults.ledger import Crowd
from tests.faults.line import Break, breaking_line
from tests.faults.test_sending import staffed
from tests.postgresql import Server
from tests.site import running_site


@pytest.fixture(scope="module")
def durable() -> Iterator[Server]:
    """A server of its own that syncs to the disk, to be stopped as it pleases."""
    server = Server.create(fsync=True)
    yield server
    server.stop()


def cut(server: Server, template: str, folder: Path, people: int, every: int) -> dict[str, int]:
    """People answer over a line that breaks at every so-manieth COMMIT."""
    name = f"cut_{secrets.token_hex(4)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    with breaking_line(server.folder / "socket" / ".s.PGSQL.5432", every) as line:
        url = f"postgresql://postgres@127.0.0.1:{line.port}/{name}"
        with running_site(url, folder) as site:
            staffed(site, people)
            round_ = site.opened("Sales", survey=ledger.SURVEY)
            line.on = True
            crowd = Crowd([site.address[1]], list(round_.links.values())).start()
            told = crowd.wait()
            line.on = False
            return {
                **ledger.compared(told, round_),
                **{one.value: line.met[one] for one in Break},
            }


def crashed(server: Server, folder: Path, people: int, crashes: int) -> dict[str, int]:
    """People answer while PostgreSQL is stopped at once, again and again."""
    name = f"crash_{secrets.token_hex(4)}"
    server.execute(f"CREATE DATABASE {name}")
    database = Database(server.url(name))
    migration.upgrade(database)
    database.close()
    with running_site(server.url(name), folder) as site:
        staffed(site, people)
        round_ = site.opened("Sales", survey=ledger.SURVEY)
        crowd = Crowd([site.address[1]], list(round_.links.values())).start()
        done = 0
        while crowd.sending:
            if done < crashes and len(crowd.ledger.acknowledged) > people * done / crashes:
                server.stop_at_once()
                time.sleep(0.05)
                server.start()
                done += 1
            time.sleep(0.005)
        return {"crashes": done, **ledger.compared(crowd.wait(), round_)}


def checked(found: dict[str, int], people: int) -> None:
    assert (found["lost"], found["duplicates"], found["untold"]) == (0, 0, 0)
    assert found["acknowledged"] == people


def test_a_line_cut_at_commit_loses_and_doubles_nothing(
    postgresql_server: Server, postgresql_template: str, tmp_path: Path
) -> None:
    found = cut(postgresql_server, postgresql_template, tmp_path, people=120, every=6)
    checked(found, 120)
    assert min(found[one.value] for one in Break) >= 1


def test_a_database_stopped_at_once_loses_and_doubles_nothing(
    durable: Server, tmp_path: Path
) -> None:
    found = crashed(durable, tmp_path, people=80, crashes=2)
    checked(found, 80)
    assert found["crashes"] == 2


@pytest.mark.nightly
def test_the_full_size_of_cuts(
    postgresql_server: Server,
    postgresql_template: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = cut(postgresql_server, postgresql_template, tmp_path, people=5_000, every=5)
    with capsys.disabled():
        print(f"\na line that breaks: {found}")
    checked(found, 5_000)


@pytest.mark.nightly
def test_the_full_size_of_crashes(
    durable: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = crashed(durable, tmp_path, people=4_000, crashes=42)
    with capsys.disabled():
        print(f"\nPostgreSQL stopped at once: {found}")
    checked(found, 4_000)
    assert found["crashes"] == 42
