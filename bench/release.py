"""The release of a vast round beside numpy's bincount, and what is then read of it beside a small one."""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from app.campaigns import rounds
from app.kit import migration
from app.kit.runtime import Runtime
from app.kit.settings import load
from app.results import release
from app.surveys import library
from app.surveys.coding import Layout
from bench import filling
from bench.submission import SECRET

DEPARTMENTS = 200
BALLOTS = 1_000_000
RUNS = 3


def main() -> None:
    """Print seconds and memory of counting, deciding and storing, and of numpy alone."""
    with tempfile.TemporaryDirectory() as folder:
        _measured(Path(folder), BALLOTS)


def _measured(folder: Path, ballots: int) -> None:
    url = f"sqlite:///{folder}/selaras.db"
    runtime = Runtime.start(load(database_url=url, data_dir=folder, secret_key=SECRET))
    migration.upgrade(runtime.database)
    opening = _seconds(lambda: filling.staffed(runtime, DEPARTMENTS, ballots // DEPARTMENTS))
    begun = time.perf_counter()
    round_id = filling.launched(runtime)
    launching = time.perf_counter() - begun
    begun = time.perf_counter()
    filling.filled(runtime, round_id, ballots)
    putting = time.perf_counter() - begun
    print(f"people {opening:.1f} launch {launching:.1f} fill {putting:.1f}")
    with runtime.database.writing() as session:
        rounds.close(session, round_id, "bench")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, worked = time.perf_counter(), time.process_time()
    with runtime.database.writing() as session:
        release.release(session, runtime.keyring, ZoneInfo("UTC"), round_id, "bench")
    took, worked = time.perf_counter() - begun, time.process_time() - worked
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    plain = statistics.median(_bincount(ballots) for _ in range(RUNS))
    print(
        f"release {took:.1f} cpu {worked:.1f} memory {before // 1024} {after // 1024} plain {plain:.2f}"
    )
    runtime.close()


def _bincount(ballots: int) -> float:
    size = Layout.of(library.template(filling.SURVEY)).size
    chance = np.random.default_rng(1)
    codes = chance.integers(0, 5, (ballots, size), dtype=np.uint8)
    place = chance.integers(0, DEPARTMENTS, ballots) * 256
    begun = time.process_time()
    for column in range(size):
        np.bincount(place + codes[:, column], minlength=256 * DEPARTMENTS)
    return time.process_time() - begun


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
