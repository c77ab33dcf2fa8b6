"""Durable submissions a second, beside the same route parsing and checking without a database."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from app.kit import migration
from app.kit.runtime import Runtime
from app.kit.settings import load
from bench import load as driver
from bench import rounds
from tests.postgresql import Server

RUNS = 5
CLIENTS = (8, 32)
SUBMISSIONS = 1000
SECRET = "a-server-key-for-benchmarks-that-is-long"


def main() -> None:
    """Print a table: both databases, 8 and 32 clients, the median of five runs each."""
    print(
        f"Submissions of {rounds.SURVEY}, durably committed; median of {RUNS} runs of {SUBMISSIONS}"
    )
    print(f"{'database':12} {'clients':>7} {'with, 1/s':>10} {'without, 1/s':>12} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        _print_rows("SQLite", f"sqlite:///{folder}/selaras.db", Path(folder))
    server = Server.create(fsync=True)
    try:
        server.execute("CREATE DATABASE bench")
        with tempfile.TemporaryDirectory() as folder:
            _print_rows("PostgreSQL", server.url("bench"), Path(folder))
    finally:
        server.stop()


def _print_rows(name: str, url: str, folder: Path) -> None:
    runtime = Runtime.start(load(database_url=url, data_dir=folder, secret_key=SECRET))
    migration.upgrade(runtime.database)
    round_id, links = rounds.launch(runtime, (RUNS + 1) * len(CLIENTS) * SUBMISSIONS)
    requests = rounds.requests(links)
    runtime.close()
    with _serving(url, folder, "-") as real, _serving(url, folder, round_id) as bare:
        for clients in CLIENTS:
            pairs = []
            for _ in range(RUNS + 1):
                some = [requests.pop() for _ in range(SUBMISSIONS)]
                # The pair runs close together, so that a busy neighbour slows both.
                without, _ = driver.run(bare, some, clients)
                stored, statuses = driver.run(real, some, clients)
                assert statuses == {303: SUBMISSIONS}, statuses
                pairs.append((stored, without))
            warm = pairs[1:]
            ratio = median(stored / without for stored, without in warm)
            print(
                f"{name:12} {clients:7} {median(one for one, _ in warm):10.0f} "
                f"{median(one for _, one in warm):12.0f} {ratio:6.2f}",
                flush=True,
            )


@contextmanager
def _serving(url: str, folder: Path, bare_round: str) -> Iterator[int]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bench.server", url, str(folder), str(port), bare_round]
    process = subprocess.Popen(command)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")
