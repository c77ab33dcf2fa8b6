"""What one submission costs beside 10, 10,000 and 1,000,000 earlier ballots of its round."""

import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from app.kit import migration
from app.kit.runtime import Runtime
from app.kit.settings import load
from app.responses.recall import Change, change
from app.responses.receipts import Receipt, Receipts
from app.responses.submission import Submission, Submissions
from app.surveys import library
from app.surveys.coding import Layout
from bench import filling, rounds
from bench.serving import SECRET
from bench.table import Row
from tests.postgresql import Server

SIZES = (10, 10_000, 1_000_000)
# A department each hundred people, but no more than so many; some have not answered yet.
PEOPLE, DEPARTMENTS, WAITING = 100, 200, 4
TIMED = 200
# Of looking through the whole round: a few are enough.
LOOKED_UP = 10
OF_FEWEST = 1.1


def main() -> list[Row]:
    """Both databases; of a receipt's acts only the one that does not look through the round."""
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:///{folder}/{size}.db" for size in SIZES]
        rows = _rows("SQLite", urls, Path(folder))
    server = Server.create(fsync=True)
    try:
        for size in SIZES:
            server.execute(f"CREATE DATABASE bench_{size}")
        with tempfile.TemporaryDirectory() as folder:
            urls = [server.url(f"bench_{size}") for size in SIZES]
            return [*rows, *_rows("PostgreSQL", urls, Path(folder))]
    finally:
        server.stop()


def _rows(name: str, urls: Sequence[str], folder: Path) -> list[Row]:
    prepared = [_Round(url, folder, size) for url, size in zip(urls, SIZES, strict=True)]
    # In turns, so that a busy neighbour slows all sizes.
    for _ in range(TIMED):
        for one in prepared:
            one.submit()
    for _ in range(LOOKED_UP):
        for one in prepared:
            one.use_a_receipt()
    for one in prepared:
        one.runtime.close()
    fewest, *others = prepared
    return [
        Row(
            f"{what}, {name}, {one.size:,} ballots in the round",
            f"{one.median(act):.2f} ms",
            f"{fewest.median(act):.2f} ms at {fewest.size}",
            one.median(act) / fewest.median(act),
            OF_FEWEST,
            at_least=False,
        )
        for act, what in ACTS.items()
        for one in others
    ]


ACTS = {"submit": "submission", "replace": "replacing an answer"}


class _Round:
    """A round in which so many have answered, and what acts in it took."""

    def __init__(self, url: str, folder: Path, size: int) -> None:
        self.size = size
        self.runtime = Runtime.start(load(database_url=url, data_dir=folder, secret_key=SECRET))
        migration.upgrade(self.runtime.database)
        self._codes = Layout.of(library.template(rounds.SURVEY)).size
        self._receipts: list[Receipt] = []
        self._taken: dict[str, list[float]] = {}
        departments = min(DEPARTMENTS, max(2, size // PEOPLE))
        filling.staffed(self.runtime, departments, (size + WAITING * TIMED) // departments)
        round_id = filling.launched(self.runtime, rounds.SURVEY)
        self._links = rounds.links(self.runtime, round_id, TIMED)
        filling.filled(self.runtime, round_id, size, rounds.SURVEY)
        # As autovacuum leaves it.
        self.runtime.database.compact(["ballot_tray", "ballot_block", "spent", "invitation"])

    def submit(self) -> None:
        """One more answer, committed."""
        link = self._links.pop()
        with self._timed("submit"):
            self._receipts.append(self._store([link]))

    def use_a_receipt(self) -> None:
        """Find one of the answers and replace it."""
        one = self._receipts.pop()
        desk = Receipts(self.runtime.database, self.runtime.writer, self.runtime.keyring)
        box_id = desk.find(one).box_id
        wanted = Change(one.round_id, box_id, one.secret, secrets.token_bytes(self._codes))
        with self._timed("replace"), self.runtime.database.engine.begin() as connection:
            assert change(connection, self.runtime.keyring, wanted)

    def median(self, act: str) -> float:
        """Milliseconds."""
        return 1000 * median(self._taken[act])

    def _store(self, links: Sequence[str]) -> Receipt:
        taking = Submissions(self.runtime.writer, self.runtime.keyring)
        sent = [
            Submission(link, secrets.token_bytes(self._codes), {}, secrets.token_hex(8))
            for link in links
        ]
        with self.runtime.database.engine.begin() as connection:
            outcomes = taking._store(connection, sent)
        last = outcomes[-1]
        assert isinstance(last, Receipt)
        return last

    @contextmanager
    def _timed(self, act: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._taken.setdefault(act, []).append(time.perf_counter() - started)
