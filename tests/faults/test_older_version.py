"""The version before serves on while this one migrates its database and begins to serve beside it.

Its programs are those kept with the schema it was released with, in a process of their own. People
open their forms and answer all the while; no request fails, before, during or after.
"""

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.campaigns import rounds
from app.kit import migration
from app.kit.database import Database
from tests import released
from tests.conftest import SECRET
from tests.faults import ledger, server
from tests.faults.ledger import Crowd
from tests.site import LINK, Round, running_site

PEOPLE = 150
SEVERAL = """
import sys
from app.cli import main
for line in sys.argv[1:]:
    sys.argv = ["selaras", *line.split()]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, line
"""


class Old:
    """The older version, its round open and everybody invited."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self._mails = folder / "mail"
        self._log = folder / "old.log"

    def links(self) -> list[str]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            mails = list(self._mails.glob("*.eml"))
            if len(mails) == PEOPLE:
                # Whole lines only: a link is longer than a line of mail may be.
                texts = (one.read_text().replace("=\n", "") for one in mails)
                return sorted(found[1] for text in texts if (found := LINK.search(text)))
            time.sleep(0.05)
        raise AssertionError(self._log.read_text()[-3000:])


@contextmanager
def older_version(file: Path, url: str, folder: Path) -> Iterator[Old]:
    """It makes its database, opens a round and serves until the block ends."""
    port = server.free_port()
    people = folder / "people.csv"
    rows = (f"{n},Person {n},p{n}@contoh.example,Sales" for n in range(PEOPLE))
    people.write_text("\n".join(["employee_id,name,email,department", *rows]))
    lines = [
        "migrate",
        f"people import {people}",
        "round open team_pulse --name Open --closes 2099-05-31T18:00",
        f"serve --port {port}",
    ]
    environment = {name: value for name, value in os.environ.items() if "SELARAS" not in name}
    environment |= {
        "PYTHONPATH": str(released.unpacked(file, folder / "programs")),
        "SELARAS_DATABASE_URL": url,
        "SELARAS_DATA_DIR": str(folder),
        "SELARAS_SECRET_KEY": SECRET,
        "SELARAS_BASE_URL": f"http://127.0.0.1:{port}",
        "SELARAS_MAIL_URL": f"file://{folder / 'mail'}",
        "SELARAS_MAIL_PER_MINUTE": "100000",
    }
    with (folder / "old.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SEVERAL, *lines],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield Old(port, folder)
    finally:
        process.terminate()
        process.wait(40)


class Readers:
    """Somebody who opens one form after another until told to stop."""

    def __init__(self, port: int, links: list[str]) -> None:
        self.seen: Counter[int] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(port, links))
        self._thread.start()

    def stop(self) -> Counter[int]:
        self._stop.set()
        self._thread.join()
        return self.seen

    def _read(self, port: int, links: list[str]) -> None:
        while not self._stop.wait(0.01):
            link = links[self.seen.total() % len(links)]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{link}", timeout=20) as page:
                self.seen[page.status] += 1


OLDER = [one for one in released.FILES if one.stem != migration.newest()]
# The newest of them on PostgreSQL, where the service goes on meanwhile; the others take their time.
CASES = [
    pytest.param(
        file,
        kind,
        marks=[] if (file, kind) == (OLDER[-1], "postgresql") else [pytest.mark.nightly],
        id=f"{file.stem}-{kind}",
    )
    for file in OLDER
    for kind in ("postgresql", "sqlite")
]


@pytest.mark.parametrize(("file", "kind"), CASES)
def test_the_version_before_serves_while_this_one_migrates(
    file: Path, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    if kind == "postgresql":
        cluster = request.getfixturevalue("postgresql_server")
        cluster.execute(f"CREATE DATABASE older_{file.stem}")
        url = cluster.url(f"older_{file.stem}")
    with older_version(file, url, tmp_path) as old:
        links = old.links()
        readers = Readers(old.port, links)
        crowd = Crowd([old.port], links, at_once=2).start()
        while len(crowd.ledger.acknowledged) < PEOPLE // 5:
            time.sleep(0.002)
        database = Database(url)
        migration.upgrade(database)
        database.close()
        when_migrated = len(crowd.ledger.acknowledged)
        with running_site(url, tmp_path) as site:
            told, seen = crowd.wait(), readers.stop()
            with site.database.reading() as session:
                (row,) = rounds.listed(session)
            found = ledger.compared(told, Round(site, row.id, {}))
    assert PEOPLE // 5 <= when_migrated < PEOPLE, "people answered before and after"
    assert told.refused == {}
    assert found["tries"] == found["acknowledged"] == PEOPLE, "each at the first try"
    assert (found["lost"], found["duplicates"]) == (0, 0)
    assert set(seen) == {200}
