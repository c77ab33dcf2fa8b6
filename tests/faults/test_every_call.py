"""A fault at every call that makes an act durable: a kill, a full disk, a disk that fails.

`strace` injects the fault at the n-th such call, for n = 1, 2, ... until the act passes untouched:
on SQLite at the writes to the database's files and their syncing, with PostgreSQL before each
message to the server. The normal size takes every call of a submission and some of the longer
acts; `--nightly` takes every call of each and prints the table.
"""

import secrets
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import make_settings
from tests.faults import acts
from tests.faults.acts import ACTS
from tests.postgresql import Server

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
DISK = ("pwrite64", "fdatasync", "fsync", "ftruncate")
SERVER = ("sendto",)
KILL, FULL, FAILING = "signal=KILL", "error=ENOSPC", "error=EIO"
# What an act that a fault was put into may say; a release turns to the next try by itself.
SAYS = {"acknowledged", "NotSaved", "OperationalError", "DatabaseError"}
# Every so-manieth call in the normal size.
STEPS = {"one submission": 1, "one release": 97, "one import": 11}

Fresh = Callable[[], str]


def at_every_call(
    fresh: Fresh,
    round_id: str,
    folder: Path,
    act: str,
    fault: str,
    step: int,
    *,
    lasting: bool = False,
) -> dict[str, int]:
    """The fault at each call in turn; what was said, and how many calls there were."""
    said: Counter[str] = Counter()
    n = 1
    while True:
        url = fresh()
        place = folder / secrets.token_hex(4)
        place.mkdir()
        settings = make_settings(url, place)
        calls = DISK if settings.embedded else SERVER
        word, met = acts.faulted(
            settings, act, round_id, calls, f"{fault}:when={n}{'+' if lasting else ''}"
        )
        acts.checked(settings, act, round_id, word)
        if not met:
            assert word == "acknowledged"
            return {"points": said.total(), **said}
        assert word in (SAYS if fault != KILL else {None, "acknowledged"})
        said[word or "killed"] += 1
        n += step


@pytest.fixture
def on_sqlite(sqlite_url: str, tmp_path: Path) -> Callable[[str], tuple[Fresh, str]]:
    def prepared(act: str) -> tuple[Fresh, str]:
        round_id = acts.prepared(make_settings(sqlite_url, tmp_path), act)
        template = Path(sqlite_url.removeprefix("sqlite:///"))

        def fresh() -> str:
            path = tmp_path / f"{secrets.token_hex(4)}.db"
            shutil.copyfile(template, path)
            return f"sqlite:///{path}"

        return fresh, round_id

    return prepared


@pytest.fixture
def on_postgresql(
    postgresql_server: Server, postgresql_template: str, tmp_path: Path
) -> Callable[[str], tuple[Fresh, str]]:
    def prepared(act: str) -> tuple[Fresh, str]:
        ready = f"ready_{secrets.token_hex(4)}"
        postgresql_server.execute(f"CREATE DATABASE {ready} TEMPLATE {postgresql_template}")
        round_id = acts.prepared(make_settings(postgresql_server.url(ready), tmp_path), act)

        def fresh() -> str:
            name = f"fault_{secrets.token_hex(4)}"
            postgresql_server.execute(f"CREATE DATABASE {name} TEMPLATE {ready}")
            return postgresql_server.url(name)

        return fresh, round_id

    return prepared


@pytest.mark.parametrize("act", sorted(ACTS))
def test_killed_at_a_call_it_is_whole_or_not_at_all(
    act: str, tmp_path: Path, on_sqlite: Callable[[str], tuple[Fresh, str]]
) -> None:
    fresh, round_id = on_sqlite(act)
    found = at_every_call(fresh, round_id, tmp_path, act, KILL, STEPS[act])
    assert found["killed"] >= 3


@pytest.mark.parametrize("fault", [FULL, FAILING])
def test_a_disk_that_is_full_for_a_moment_is_got_over_without_a_restart(
    fault: str, tmp_path: Path, on_sqlite: Callable[[str], tuple[Fresh, str]]
) -> None:
    fresh, round_id = on_sqlite("one submission")
    found = at_every_call(fresh, round_id, tmp_path, "one submission", fault, 3)
    assert found["points"] >= 2


@pytest.mark.parametrize("fault", [FULL, FAILING])
def test_a_disk_that_stays_full_is_told_and_nothing_is_half_stored(
    fault: str, tmp_path: Path, on_sqlite: Callable[[str], tuple[Fresh, str]]
) -> None:
    fresh, round_id = on_sqlite("one submission")
    found = at_every_call(fresh, round_id, tmp_path, "one submission", fault, 3, lasting=True)
    assert found["NotSaved"] == found["points"] >= 2


@pytest.mark.nightly
@pytest.mark.parametrize("fault", [KILL, FULL, FAILING])
@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_call_on_sqlite(
    act: str,
    fault: str,
    tmp_path: Path,
    on_sqlite: Callable[[str], tuple[Fresh, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fresh, round_id = on_sqlite(act)
    found = at_every_call(fresh, round_id, tmp_path, act, fault, 1)
    with capsys.disabled():
        print(f"\nsqlite, {act}, {fault}: {found}")


@pytest.mark.nightly
@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_message_to_postgresql(
    act: str,
    tmp_path: Path,
    on_postgresql: Callable[[str], tuple[Fresh, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fresh, round_id = on_postgresql(act)
    found = at_every_call(fresh, round_id, tmp_path, act, KILL, 1)
    with capsys.disabled():
        print(f"\npostgresql, {act}, killed: {found}")
    assert found["killed"] >= 3
