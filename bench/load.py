"""A closed loop of clients: each sends its next request when the last was answered."""

import asyncio
import time
from collections.abc import Sequence


def run(port: int, requests: Sequence[bytes], clients: int) -> tuple[float, dict[int, int]]:
    """Send all requests over `clients` kept connections; requests a second, and the statuses."""
    return asyncio.run(_run(port, requests, clients))


def one(port: int, request: bytes) -> bytes:
    """A single request's whole answer."""
    return asyncio.run(_one(port, request))


async def _one(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(_length(head))
    writer.close()
    return head + body


async def _run(port: int, requests: Sequence[bytes], clients: int) -> tuple[float, dict[int, int]]:
    waiting = iter(requests)
    statuses: dict[int, int] = {}
    started = time.perf_counter()
    await asyncio.gather(*(_client(port, waiting, statuses) for _ in range(clients)))
    return len(requests) / (time.perf_counter() - started), statuses


async def _client(port: int, waiting: "object", statuses: dict[int, int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:  # type: ignore[attr-defined]
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        statuses[status] = statuses.get(status, 0) + 1
        length = _length(head)
        if length:
            await reader.readexactly(length)
    writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
