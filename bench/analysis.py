"""`selaras analyse` on a large file, beside Python's csv reader over the same file."""

import csv
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.surveys import library
from bench.table import Row

ROWS = 100_000
SURVEY = "sales_marketing_alignment"
DEPARTMENTS = ("Commercial/Sales", "Commercial/Marketing", "Operations", "Finance", "People")
RUNS = 5
OF_READING = 4


def main() -> list[Row]:
    """Processor seconds of the whole command, and of reading its file alone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.csv"
        _write(file)
        command = [Path(sys.executable).with_name("selaras"), "analyse", file, "--survey", SURVEY]
        ours = statistics.median(_seconds([*command, "--json"]) for _ in range(RUNS))
        start = statistics.median(_seconds([command[0], "survey", "list"]) for _ in range(RUNS))
        reading = statistics.median(_reading(file) for _ in range(RUNS))
    what = f"analyse, {ROWS:,} rows x {len(_keys())} items, processor seconds"
    return [
        Row(
            f"{what} ({start:.1f} to start a command)",
            f"{ours:.2f}",
            f"{reading:.2f}, csv.reader alone",
            ours / reading,
            OF_READING,
            at_least=False,
        )
    ]


def _keys() -> list[str]:
    return [item.key for item in library.template(SURVEY).items if item.type != "text"]


def _write(file: Path) -> None:
    chance, keys = random.Random(1), _keys()
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["department", *keys])
        for _ in range(ROWS):
            codes = [chance.choice(("0", "1", "2", "3", "4", "")) for _ in keys]
            writer.writerow([chance.choice(DEPARTMENTS), *codes])


def _seconds(command: list[object]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _reading(file: Path) -> float:
    started = time.process_time()
    with file.open(newline="") as text:
        sum(1 for _ in csv.reader(text))
    return time.process_time() - started
