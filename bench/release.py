"""A vast round: its release beside numpy's bincount, then its page and its file of rows."""

import csv
import io
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.campaigns import rounds
from app.kit import csv as tables
from app.kit import migration
from app.kit.runtime import Runtime
from app.kit.settings import load
from app.responses import submission
from app.results import release, row_files
from app.surveys import library
from app.surveys.coding import Layout
from bench import filling, reading
from bench.serving import SECRET
from bench.table import Row

DEPARTMENTS = 200
SMALL, LARGE, VAST = 1_000, 100_000, 1_000_000
RUNS = 5
# What a release may take of bincount's time, a page of a small round's, and a file of a dump's.
OF_BINCOUNT, OF_SMALL, OF_DUMP = 5, 1.2, 3
AT_MOST = 10


def main() -> list[Row]:
    """Rounds of a thousand, a hundred thousand and a million ballots, one after another."""
    released = {size: _released(size) for size in (SMALL, LARGE, VAST)}
    took, wiping, grown, page, _ = released[VAST]
    plain = median(_bincount(VAST) for _ in range(RUNS))
    counting, vast = took - wiping, f"{VAST:,} ballots x {DEPARTMENTS} departments"
    rows = [
        Row(
            f"count, plan, audit and store, {vast} (+{grown:.0f} MiB)",
            f"{counting:.1f} s",
            f"{plain:.2f} s, numpy.bincount",
            counting / plain,
            OF_BINCOUNT,
            at_least=False,
        ),
        Row(
            f"the same; destroying ballots and links took {wiping:.1f} s more",
            f"{counting:.1f} s",
            f"{AT_MOST} s",
            counting / AT_MOST,
            1,
            at_least=False,
        ),
        Row(
            f"results page after {VAST:,} ballots",
            f"{page:.1f} ms",
            f"{released[SMALL][3]:.1f} ms after {SMALL:,}",
            page / released[SMALL][3],
            OF_SMALL,
            at_least=False,
        ),
    ]
    for size in (LARGE, VAST):
        file, dump = released[size][4], _dumped(size)
        rows.append(
            Row(
                f"CSV, a row a ballot, {size:,}",
                f"{file:.1f} s",
                f"{dump:.1f} s, a dump by sqlite3",
                file / dump,
                OF_DUMP,
                at_least=False,
            )
        )
    return rows


def _released(ballots: int) -> tuple[float, float, float, float, float]:
    """Of a release: seconds, those of destroying, MiB; of its page ms, of its file of rows s."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/selaras.db"
        runtime = Runtime.start(load(database_url=url, data_dir=Path(folder), secret_key=SECRET))
        migration.upgrade(runtime.database)
        filling.staffed(runtime, DEPARTMENTS, ballots // DEPARTMENTS)
        round_id = filling.launched(runtime, row_export=True)
        filling.filled(runtime, round_id, ballots)
        with runtime.database.writing() as session:
            rounds.close(session, round_id, "bench")
        wiping = _seconds(lambda: _wiped(runtime, round_id))
        before = _peak()
        took = _seconds(lambda: _release(runtime, round_id))
        grown = _peak() - before
        [times] = reading.times(runtime, {"page": f"/rounds/{round_id}"}).values()
        page = median(passed for passed, _ in times)
        file = _seconds(lambda: _consumed(_file(runtime, round_id)))
        runtime.close()
    return took, wiping, grown, page, file


def _release(runtime: Runtime, round_id: str) -> None:
    with runtime.database.writing() as session:
        release.release(session, runtime.keyring, ZoneInfo("UTC"), round_id, "bench")


def _wiped(runtime: Runtime, round_id: str) -> None:
    """What a release destroys, destroyed and taken back."""
    with runtime.database.writing() as session:
        submission.discard(session, round_id)
        session.rollback()


def _file(runtime: Runtime, round_id: str) -> Iterable[str]:
    with runtime.database.reading() as session:
        file = row_files.kept(session, runtime.keyring, round_id, "wide")
    return tables.write(file.header, file.lines, excel=False)


def _dumped(ballots: int) -> float:
    """Seconds for the same codes, from a plain table to a CSV."""
    with sqlite3.connect(":memory:") as connection:
        codes = _codes(ballots)
        columns = ",".join(f"c{n}" for n in range(codes.shape[1]))
        connection.execute(f"CREATE TABLE one ({columns})")
        marks = ",".join("?" * codes.shape[1])
        connection.executemany(f"INSERT INTO one VALUES ({marks})", codes.tolist())

        def dump() -> None:
            out = csv.writer(_Nowhere())
            out.writerows(connection.execute("SELECT * FROM one"))

        return _seconds(dump)


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


def _bincount(ballots: int) -> float:
    codes = _codes(ballots)
    place = np.random.default_rng(2).integers(0, DEPARTMENTS, ballots) * 256

    def count() -> None:
        for column in range(codes.shape[1]):
            np.bincount(place + codes[:, column], minlength=256 * DEPARTMENTS)

    return _seconds(count)


def _codes(ballots: int) -> NDArray[np.uint8]:
    size = Layout.of(library.template(filling.SURVEY)).size
    return np.random.default_rng(1).integers(0, filling.SCALE, (ballots, size), dtype=np.uint8)


def _consumed(lines: Iterable[str]) -> None:
    for _ in lines:
        pass


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
