"""The first ten minutes after a mail to 10,000 people, in one: a third answer, HR looks on.

Phones are 200 ms away, some of them so slow that they hold their connection for twenty seconds.
Meanwhile a program fetches the rows of an earlier round, again and again. On PostgreSQL two
processes serve, and two workers send the invitations at the same time.
"""

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from zoneinfo import ZoneInfo

from app.access import keys
from app.campaigns import rounds as campaign
from app.kit import migration
from app.kit.runtime import Runtime
from app.kit.settings import load
from app.results import release
from bench import filling, reading, rounds, sending
from bench.serving import SECRET, databases, served
from bench.table import Row

ANSWERS, SECONDS = 3_333, 60
EARLIER = 5_000
AWAY = 0.2
SLOW, HELD = 40, 20
EVERY = 1.0
LIMIT = 500.0
GROWTH = 32.0


@dataclass(frozen=True)
class Morning:
    """What is asked, and of which ports in turn."""

    ports: Sequence[int]
    links: Sequence[str]
    requests: Sequence[bytes]
    page: bytes
    export: bytes
    sent: list[float] = field(default_factory=list)
    looked: list[float] = field(default_factory=list)
    exported: list[int] = field(default_factory=list)
    errors: list[bytes] = field(default_factory=list)


def main() -> list[Row]:
    """Both databases; ten times as many a second as an hour of that morning brings."""
    with databases() as (sqlite, postgresql, _):
        return [*_rows(*sqlite, processes=1), *_rows(*postgresql, processes=2)]


def _rows(name: str, url: str, folder: Path, *, processes: int) -> list[Row]:
    runtime = Runtime.start(load(database_url=url, data_dir=folder, secret_key=SECRET))
    migration.upgrade(runtime.database)
    round_id, links = rounds.launch(runtime, ANSWERS + SLOW)
    cookie = reading.cookie(runtime)
    page, export = _get(f"/rounds/{round_id}", cookie), _export(runtime)
    requests = rounds.requests(links)
    runtime.close()
    with ExitStack() as running:
        ports = [running.enter_context(served(url, folder, "real")) for _ in range(processes)]
        for port in ports:
            # What the first of their kind bring into memory stays there.
            asyncio.run(_asked(port, page, export))
        before = sum(_resident(port) for port in ports)
        if processes > 1:
            sink = running.enter_context(sending.sink())
            for _ in range(processes):
                running.enter_context(_worker(url, folder, sink))
        morning = Morning(ports, links, requests, page, export)
        asyncio.run(_all(morning))
        grown = sum(_resident(port) for port in ports) - before
    assert not morning.errors, morning.errors
    assert morning.exported, "no export came to its end"
    where = f"{name}, {processes} serving" if processes > 1 else name
    p99, p95 = quantiles(morning.sent, n=100)[98], quantiles(morning.looked, n=20)[18]
    return [
        _row(f"a morning of {ANSWERS:,} answers, {where}: p99", p99, LIMIT),
        _row(f"HR's page meanwhile, {where}: p95", p95, LIMIT),
        Row(
            f"memory it took beside {len(morning.exported)} exports, {where}",
            f"{grown:.0f} MiB",
            f"{GROWTH * processes:g} MiB",
            max(grown, 0.0) / GROWTH / processes,
            1,
            at_least=False,
        ),
    ]


def _export(runtime: Runtime) -> bytes:
    """The request for the rows of an earlier round of the same people, as a program sends it."""
    earlier = filling.launched(runtime, rounds.SURVEY, row_export=True)
    filling.filled(runtime, earlier, EARLIER, rounds.SURVEY)
    with runtime.database.writing() as session:
        campaign.close(session, earlier, "bench")
    with runtime.database.writing() as session:
        release.release(session, runtime.keyring, ZoneInfo("UTC"), earlier, "bench")
        token = keys.create(session, "hr", "bench", [], "bench").token
    body = json.dumps({"what": "wide", "format": "csv"}).encode()
    head = (
        f"POST /api/v1/rounds/{earlier}/export HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def _worker(url: str, folder: Path, sink: int) -> Iterator[None]:
    """A process that does the queue's work, over a mail server that takes everything."""
    own = {
        "SELARAS_DATABASE_URL": url,
        "SELARAS_DATA_DIR": str(folder),
        "SELARAS_SECRET_KEY": SECRET,
        "SELARAS_MAIL_URL": f"smtp://127.0.0.1:{sink}",
        "SELARAS_MAIL_PER_MINUTE": "100000",
    }
    command = [str(Path(sys.executable).with_name("selaras")), "worker"]
    process = subprocess.Popen(command, env=os.environ | own)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def _all(morning: Morning) -> None:
    """Everybody at their time; whoever looks on goes on until the last has answered."""
    chance = random.Random(1)
    whole = list(zip(morning.links, morning.requests, strict=True))
    beside = [asyncio.create_task(one(morning)) for one in (_looks, _exports)]
    waits = [chance.uniform(0, SECONDS) for _ in whole]
    helds = [HELD if n < SLOW else 0 for n in range(len(whole))]
    await asyncio.gather(
        *(
            _answers(morning, *one, wait, held)
            for one, wait, held in zip(whole, waits, helds, strict=True)
        )
    )
    for one in beside:
        one.cancel()


async def _answers(morning: Morning, link: str, request: bytes, wait: float, held: float) -> None:
    await asyncio.sleep(wait)
    port = morning.ports[hash(link) % len(morning.ports)]
    await asyncio.sleep(AWAY)
    form, _ = await _timed(port, _get(f"/s/{link}"), 0)
    await asyncio.sleep(AWAY)
    stored, taken = await _timed(port, request, held)
    if not (form.startswith(b"HTTP/1.1 200") and stored.startswith(b"HTTP/1.1 303")):
        morning.errors.append(stored)
    if not held:
        morning.sent.append(taken)


async def _looks(morning: Morning) -> None:
    while True:
        for port in morning.ports:
            answer, taken = await _timed(port, morning.page, 0)
            if not answer.startswith(b"HTTP/1.1 200"):
                morning.errors.append(answer)
            morning.looked.append(taken)
            await asyncio.sleep(EVERY)


async def _exports(morning: Morning) -> None:
    while True:
        for port in morning.ports:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_closing(morning.export))
            answer = await reader.read()
            writer.close()
            if not answer.startswith(b"HTTP/1.1 200"):
                morning.errors.append(answer[:300])
            morning.exported.append(len(answer))
            await asyncio.sleep(EVERY)


def _row(what: str, found: float, limit: float) -> Row:
    return Row(what, f"{found:.0f} ms", f"{limit:g} ms", found / limit, 1, at_least=False)


async def _morning(
    port: int, links: Sequence[str], requests: Sequence[bytes], page: bytes
) -> tuple[list[float], list[float], list[bytes]]:
    """Milliseconds of each submission and of each look, and whatever was no success."""
    sent: list[float] = []
    looked: list[float] = []
    errors: list[bytes] = []
    chance = random.Random(1)
    whole = list(zip(links, requests, strict=True))

    async def answers(link: str, request: bytes, wait: float, held: float) -> None:
        await asyncio.sleep(wait)
        await asyncio.sleep(AWAY)
        form, _ = await _timed(port, _get(f"/s/{link}"), 0)
        await asyncio.sleep(AWAY)
        stored, taken = await _timed(port, request, held)
        if not (form.startswith(b"HTTP/1.1 200") and stored.startswith(b"HTTP/1.1 303")):
            errors.append(stored)
        if not held:
            sent.append(taken)

    async def looks() -> None:
        while True:
            answer, taken = await _timed(port, page, 0)
            if not answer.startswith(b"HTTP/1.1 200"):
                errors.append(answer)
            looked.append(taken)
            await asyncio.sleep(EVERY)

    hr = asyncio.create_task(looks())
    waits = [chance.uniform(0, SECONDS) for _ in whole]
    helds = [HELD if n < SLOW else 0 for n in range(len(whole))]
    await asyncio.gather(
        *(answers(*one, wait, held) for one, wait, held in zip(whole, waits, helds, strict=True))
    )
    hr.cancel()
    return sent, looked, errors


async def _asked(port: int, page: bytes, export: bytes) -> None:
    for request in (*[page] * 5, *[export] * 5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_closing(request))
        await reader.read()
        writer.close()


async def _timed(port: int, request: bytes, held: float) -> tuple[bytes, float]:
    """The head of the answer, and milliseconds from the last byte sent to it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if held:
            writer.write(request[:-1])
            await asyncio.sleep(held / 2)
        begun = time.perf_counter()
        writer.write(request[-1:] if held else request)
        head = await reader.readuntil(b"\r\n\r\n")
        return head, 1000 * (time.perf_counter() - begun)
    finally:
        writer.close()


def _closing(request: bytes) -> bytes:
    return request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


def _get(address: str, cookie: tuple[str, str] | None = None) -> bytes:
    given = f"Cookie: {cookie[0]}={cookie[1]}\r\n" if cookie else ""
    return f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n{given}\r\n".encode()


def _resident(port: int) -> float:
    """MiB of the process that listens there."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            if b"bench.server" in command and str(port).encode() in command:
                found = re.search(r"VmRSS:\s+(\d+) kB", (process / "status").read_text())
                return int(found[1]) / 1024 if found else 0.0
        except OSError:
            continue
    raise RuntimeError("the server has gone")
