"""The real service in a process of its own, started by fork, killed by kill -9."""

import os
import socket
import time
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from app import main
from app.cli import serving
from app.kit.runtime import Runtime
from app.kit.settings import Settings

# Everything is imported once; each process is then a fork of that one.
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.server", "uvicorn", main.__name__])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def started(settings: Settings, port: int, log: Path, *, drain: float = 0) -> Any:
    """A new process that serves until it is killed or told to end."""
    process = CONTEXT.Process(target=_serve, args=(settings, port, str(log), drain), daemon=True)
    process.start()
    return process


def answers(port: int, seconds: float = 30) -> None:
    """Wait until it takes connections."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if b" 200 " in line.recv(100):
                return
        time.sleep(0.01)
    raise AssertionError("the service does not come up")


def _serve(settings: Settings, port: int, log: str, drain: float) -> None:
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    listening = serving.bound("127.0.0.1", port)
    serving.run(Runtime.start(settings), listening, work=False, drain=drain)
