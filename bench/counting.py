"""Counting ballots, beside plain `numpy.bincount` over the same matrix: rows a second, memory."""

import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.scoring.counts import BLANK, NOT_APPLICABLE, Instrument, ItemSpec, count_by_leaf, total
from bench.table import Row

BALLOTS = 1_000_000
ITEMS = 30
THEMES = 6
DEPARTMENTS = 200
RUNS = 5
OF_BINCOUNT = 5
SEED = 1


def main() -> list[Row]:
    """Histograms, classes, sums and all cross-products, beside histograms alone."""
    codes, leaf = _ballots()
    instrument = _instrument()
    tracemalloc.start()
    counted = count_by_leaf(codes, leaf, DEPARTMENTS, instrument)
    memory = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert total(counted, instrument).answered == BALLOTS
    ours = _rows_a_second(lambda: count_by_leaf(codes, leaf, DEPARTMENTS, instrument))
    plain = _rows_a_second(lambda: _bincount(codes, leaf))
    what = f"counting {BALLOTS:,} ballots x {ITEMS} items x {DEPARTMENTS} departments"
    return [
        Row(
            f"{what} (+{memory:.0f} MiB)",
            f"{BALLOTS / ours:.2f} s",
            f"{BALLOTS / plain:.2f} s, numpy.bincount",
            plain / ours,
            OF_BINCOUNT,
            at_least=False,
        )
    ]


def _ballots() -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    random = np.random.default_rng(SEED)
    codes = random.integers(0, 5, (BALLOTS, ITEMS), dtype=np.uint8)
    skipped = random.random((BALLOTS, ITEMS), dtype=np.float32)
    codes[skipped < 0.05] = BLANK
    codes[skipped > 0.97] = NOT_APPLICABLE
    return codes, random.integers(0, DEPARTMENTS, BALLOTS)


def _instrument() -> Instrument:
    themes = tuple(f"theme{n}" for n in range(THEMES))
    items = tuple(
        ItemSpec(
            f"item{n}",
            5,
            scored=True,
            reversed=n % 7 == 3,
            max_detractor=1,
            min_promoter=3,
            theme=themes[n % THEMES],
        )
        for n in range(ITEMS)
    )
    return Instrument(items, "composite", themes=themes, outcome="item0")


def _bincount(codes: NDArray[np.uint8], leaf: NDArray[np.intp]) -> None:
    """The least that has to be done: how often each code of each item, by department."""
    place = leaf * 256
    for column in range(ITEMS):
        np.bincount(place + codes[:, column], minlength=256 * DEPARTMENTS)


def _rows_a_second(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return BALLOTS / statistics.median(times)
