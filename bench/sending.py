"""Invitations a second through queue, writer and SMTP, beside a bare loop that sends ready bytes."""

import asyncio
import smtplib
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import aiosmtplib
from sqlalchemy import text

from app.campaigns.rounds import INVITE
from app.kit import jobs, migration
from app.kit.clock import now
from app.kit.jobs import Lease
from app.kit.mail import Envelope
from app.kit.runtime import Runtime
from app.kit.settings import load
from app.main import make_site, make_worker
from app.web.emails import Invitations
from bench import rounds
from bench.serving import SECRET
from bench.table import Row
from tests.postgresql import Server

MAILS = 2_000
RUNS = 3
CONNECTIONS = (1, 4, 16)
BARE, BARE_ASYNC = "smtplib, ready bytes", "aiosmtplib, ready bytes"
OF_BARE = 0.5


def main() -> list[Row]:
    """Both databases, by connections, the median of several runs each."""
    with sink() as port, tempfile.TemporaryDirectory() as folder:
        rows = _rows("SQLite", f"sqlite:///{folder}/selaras.db", Path(folder), port)
    server = Server.create(fsync=True)
    try:
        server.execute("CREATE DATABASE bench")
        with sink() as port, tempfile.TemporaryDirectory() as folder:
            return [*rows, *_rows("PostgreSQL", server.url("bench"), Path(folder), port)]
    finally:
        server.stop()


def _rows(name: str, url: str, folder: Path, port: int) -> list[Row]:
    settings = {"database_url": url, "data_dir": folder, "secret_key": SECRET}
    settings |= {"mail_url": f"smtp://127.0.0.1:{port}", "mail_per_minute": 100_000}
    runtime = Runtime.start(load(**settings))
    migration.upgrade(runtime.database)
    round_id, _ = rounds.launch(runtime, MAILS // 2)
    ready = _ready(runtime, round_id)
    runtime.close()
    figures: dict[str, list[float]] = {}
    for _run in range(RUNS + 1):
        # Those compared run close together, so that a busy neighbour slows all of them.
        _timed(figures, BARE, partial(_bare, port, ready))
        _timed(figures, BARE_ASYNC, partial(_bare_async, port, ready))
        for number in CONNECTIONS:
            runtime = Runtime.start(load(**settings, mail_connections=number))
            _queue_again(runtime, round_id)
            worker = make_worker(make_site(runtime))
            _timed(figures, f"{name}, {number} connections", partial(_all, worker.run_once))
            _check(runtime, round_id)
            runtime.close()
    speeds = {what: median(some[1:]) for what, some in figures.items()}
    bare, bare_async = speeds.pop(BARE), speeds.pop(BARE_ASYNC)
    limit = f"{bare:.0f}, smtplib; {bare_async:.0f}, aiosmtplib"
    return [
        Row(f"mails, {what}", f"{speed:.0f} a second", limit, speed / bare, OF_BARE)
        for what, speed in speeds.items()
    ]


def _timed(figures: dict[str, list[float]], what: str, run: Callable[[], None]) -> None:
    began = time.perf_counter()
    run()
    figures.setdefault(what, []).append(MAILS / (time.perf_counter() - began))


def _all(run_once: Callable[[], bool]) -> None:
    while run_once():
        pass


def _ready(runtime: Runtime, round_id: str) -> list[Envelope]:
    """The same mails, composed before the clock starts."""
    with runtime.database.reading() as session:
        keys = jobs.keys(session, round_id, INVITE, jobs.State.WAITING)
    leases = [Lease(round_id, INVITE, key, 1, "bench", {}) for key in keys]
    prepared = Invitations(make_site(runtime))(leases)
    return [Envelope.of(mail) for mail in prepared]  # type: ignore[arg-type]


def _bare(port: int, ready: list[Envelope]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        for mail in ready:
            client.sendmail(mail.sender, mail.to, mail.content)


def _bare_async(port: int, ready: list[Envelope]) -> None:
    asyncio.run(_all_async(port, ready))


async def _all_async(port: int, ready: list[Envelope]) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for mail in ready:
            await client.sendmail(mail.sender, mail.to, mail.content)


def _queue_again(runtime: Runtime, round_id: str) -> None:
    with runtime.database.writing() as session:
        statement = (
            "UPDATE job SET state = 'waiting', attempts = 0 WHERE part = :part AND kind = :kind"
        )
        given = {"part": round_id, "kind": INVITE}
        session.connection().execute(text(statement), given)
        session.connection().execute(text("DELETE FROM mail_pace"))


def _check(runtime: Runtime, round_id: str) -> None:
    with runtime.database.reading() as session:
        done = len(jobs.keys(session, round_id, INVITE, jobs.State.DONE))
    assert done == MAILS, f"{done} of {MAILS} sent at {now()}"


@contextmanager
def sink() -> Iterator[int]:
    """A mail server of a few lines, in a process of its own."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv()
    process.kill()
    process.join()


def _serve(pipe: Any) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Line, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


class _Line(asyncio.Protocol):
    """Says yes to everything, and takes mails up to their final dot."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._held, self._in_data = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._held += data
        while True:
            end = b"\r\n.\r\n" if self._in_data else b"\r\n"
            line, found, rest = self._held.partition(end)
            if not found:
                return
            self._held = rest
            reply = b"250 ok\r\n"
            if self._in_data:
                self._in_data = False
            elif line[:4].upper() == b"EHLO":
                reply = b"250-sink\r\n250 PIPELINING\r\n"
            elif line[:4].upper() == b"DATA":
                self._in_data, reply = True, b"354 go on\r\n"
            elif line[:4].upper() == b"QUIT":
                reply = b"221 bye\r\n"
            self._transport.write(reply)
            if reply.startswith(b"221"):
                self._transport.close()
                return
