"""Processes a benchmark talks to, and a database of each kind for them."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.postgresql import Server

SECRET = "a-server-key-for-benchmarks-that-is-long"


# What it is called, its address, and a folder beside it.
Place = tuple[str, str, Path]


@contextmanager
def databases() -> Iterator[tuple[Place, Place, Server]]:
    """An empty database of each kind, and the server of the second."""
    server = Server.create(fsync=True)
    try:
        server.execute("CREATE DATABASE bench")
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            yield (
                ("SQLite", f"sqlite:///{one}/selaras.db", Path(one)),
                ("PostgreSQL", server.url("bench"), Path(other)),
                server,
            )
    finally:
        server.stop()


@contextmanager
def served(url: str, folder: Path, *mode: str) -> Iterator[int]:
    """`bench.server` in a process of its own; its port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "bench.server", url, str(folder), str(port), *mode]
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
