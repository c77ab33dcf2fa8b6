"""What one submission costs beside 10, 1,000 and 100,000 earlier ballots of its department."""

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
from bench import rounds
from bench.serving import SECRET
from tests.postgresql import Server

SIZES = (10, 1_000, 100_000)
TIMED = 200
# Of looking through the whole round: a few are enough.
LOOKED_UP = 10
BATCH = 256


def main() -> None:
    """Print a table of both databases: milliseconds, and beside ten ballots as a ratio."""
    print(f"One submission, committed, beside earlier ballots of its department; median of {TIMED}")
    print("Then the cost of a receipt: finding it in the round, replacing in its box, withdrawing")
    head = f"{'database':12} {'ballots':>8} {'submit, ms':>10} {'ratio':>6}"
    print(f"{head} {'find, ms':>9} {'replace, ms':>11} {'withdraw, ms':>12}")
    with tempfile.TemporaryDirectory() as folder:
        _rows("SQLite", [f"sqlite:///{folder}/{size}.db" for size in SIZES], Path(folder))
    server = Server.create(fsync=True)
    try:
        for size in SIZES:
            server.execute(f"CREATE DATABASE bench_{size}")
        with tempfile.TemporaryDirectory() as folder:
            _rows("PostgreSQL", [server.url(f"bench_{size}") for size in SIZES], Path(folder))
    finally:
        server.stop()


def _rows(name: str, urls: Sequence[str], folder: Path) -> None:
    prepared = [_Round(url, folder, size) for url, size in zip(urls, SIZES, strict=True)]
    # In turns, so that a busy neighbour slows all sizes.
    for _ in range(TIMED):
        for one in prepared:
            one.submit()
    for _ in range(LOOKED_UP):
        for one in prepared:
            one.use_a_receipt()
    first = prepared[0].median("submit")
    for one in prepared:
        taken = one.median("submit")
        print(
            f"{name:12} {one.size:8} {taken:10.2f} {taken / first:6.2f} {one.median('find'):9.2f} "
            f"{one.median('replace'):11.2f} {one.median('withdraw'):12.2f}",
            flush=True,
        )
        one.runtime.close()


class _Round:
    """A round in which so many of one department have answered, and what acts in it took."""

    def __init__(self, url: str, folder: Path, size: int) -> None:
        self.size = size
        self.runtime = Runtime.start(load(database_url=url, data_dir=folder, secret_key=SECRET))
        migration.upgrade(self.runtime.database)
        self._codes = Layout.of(library.template(rounds.SURVEY)).size
        self._receipts: list[Receipt] = []
        self._taken: dict[str, list[float]] = {}
        _, self._links = rounds.launch(self.runtime, size + TIMED)
        for start in range(0, size, BATCH):
            self._store([self._links.pop() for _ in range(min(BATCH, size - start))])
        # As autovacuum leaves it.
        self.runtime.database.compact(["ballot_tray", "ballot_block", "spent", "invitation"])

    def submit(self) -> None:
        """One more answer, committed."""
        link = self._links.pop()
        with self._timed("submit"):
            self._receipts.append(self._store([link]))

    def use_a_receipt(self) -> None:
        """Find one of the answers, replace it, withdraw it."""
        one = self._receipts.pop()
        desk = Receipts(self.runtime.database, self.runtime.writer, self.runtime.keyring)
        with self._timed("find"):
            box_id = desk.find(one).box_id
        for act, codes in (("replace", secrets.token_bytes(self._codes)), ("withdraw", None)):
            wanted = Change(one.round_id, box_id, one.secret, codes)
            with self._timed(act), self.runtime.database.engine.begin() as connection:
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
