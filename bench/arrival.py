"""The first ten minutes after a mail to 10,000 people, in one: a third answer, HR looks on.

Phones are 200 ms away, some of them so slow that they hold their connection for twenty seconds.
"""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

from app.kit import migration
from app.kit.runtime import Runtime
from app.kit.settings import load
from bench import reading, rounds
from bench.serving import SECRET, databases, served
from bench.table import Row

ANSWERS, SECONDS = 3_333, 60
AWAY = 0.2
SLOW, HELD = 40, 20
EVERY = 1.0
LIMIT = 500.0
GROWTH = 32.0


def main() -> list[Row]:
    """Both databases; ten times as many a second as an hour of that morning brings."""
    with databases() as (sqlite, postgresql, _):
        return [*_rows(*sqlite), *_rows(*postgresql)]


def _rows(name: str, url: str, folder: Path) -> list[Row]:
    runtime = Runtime.start(load(database_url=url, data_dir=folder, secret_key=SECRET))
    migration.upgrade(runtime.database)
    round_id, links = rounds.launch(runtime, ANSWERS + SLOW)
    cookie = reading.cookie(runtime)
    requests = rounds.requests(links)
    runtime.close()
    with served(url, folder, "real") as port:
        page = _get(f"/rounds/{round_id}", cookie)
        asyncio.run(_asked(port, page))
        before = _resident(port)
        morning = asyncio.run(_morning(port, links, requests, page))
        grown = _resident(port) - before
    sent, looked, errors = morning
    assert not errors, errors
    return [
        _row(f"a morning of {ANSWERS:,} answers, {name}: p99", quantiles(sent, n=100)[98], LIMIT),
        _row(f"HR's page meanwhile, {name}: p95", quantiles(looked, n=20)[18], LIMIT),
        Row(
            f"memory it took, {name}",
            f"{grown:.0f} MiB",
            f"{GROWTH:g} MiB",
            max(grown, 0.0) / GROWTH,
            1,
            at_least=False,
        ),
    ]


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


async def _asked(port: int, request: bytes) -> None:
    for _ in range(5):
        await _timed(port, request, 0)


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
