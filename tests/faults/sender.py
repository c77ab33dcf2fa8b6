"""A process that sends, with its waiting times shortened; started by fork, killed by kill -9."""

import logging
import os
import sys
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from app.kit import pace, posting, sending, worker
from app.kit.mail import handing_over, smtp
from app.kit.runtime import Runtime
from app.kit.settings import Settings
from app.main import make_site, make_worker

# Everything is imported once; each process is then a fork of that one.
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.sender"])
LEASE = timedelta(seconds=5)


def started(settings: Settings, log: Path) -> Any:
    """A new process that sends until it is killed."""
    process = CONTEXT.Process(target=_send, args=(settings, str(log)), daemon=True)
    process.start()
    return process


def _send(settings: Settings, log: str) -> None:
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    _shorten()
    runtime = Runtime.start(settings)
    make_worker(make_site(runtime)).run()


def _shorten() -> None:
    """Seconds instead of minutes; the server learns from the greeting whom to kill."""
    pace.PAUSES = tuple(timedelta(seconds=seconds) for seconds in (0.2, 0.5))
    pace.LARGEST_BATCH = 8
    posting.LEASE, sending.LONGEST_MAIL = LEASE, LEASE / 2
    worker.BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (0.1, 0.3, 1))
    worker.IDLE_SECONDS = 0.05
    handing_over.COMMAND_SECONDS, smtp.CONNECT_SECONDS = 1.5, 1.0
    smtp._own_name = lambda: f"p{os.getpid()}.test"  # type: ignore[assignment]
