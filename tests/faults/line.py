"""A line to PostgreSQL that breaks as planned: cut at COMMIT, slow, or deaf in one direction."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

COMMIT = b"COMMIT\x00"
SLOW_SECONDS = 0.05


class Break(StrEnum):
    """What happens to a COMMIT."""

    BEFORE = "cut before the COMMIT arrives"
    AFTER = "cut after the COMMIT, before its reply"
    SLOW = "delayed"
    DEAF = "half-closed: nothing comes back"


@dataclass
class Line:
    """Every so-manieth COMMIT meets the next kind of break, while it is on."""

    socket: Path
    every: int
    port: int = 0
    on: bool = False
    commits: int = 0
    met: Counter[Break] = field(default_factory=Counter)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            back, there = await asyncio.open_unix_connection(str(self.socket))
            replies = asyncio.create_task(_carry(back, writer))
            with suppress(OSError):
                await self._there(reader, there, replies, writer)
            there.close()
            if not replies.cancelled():
                with suppress(OSError, asyncio.CancelledError):
                    await replies
        writer.close()

    async def _there(
        self,
        reader: asyncio.StreamReader,
        there: asyncio.StreamWriter,
        replies: "asyncio.Task[None]",
        writer: asyncio.StreamWriter,
    ) -> None:
        while content := await reader.read(65536):
            broken = self._next() if self.on and COMMIT in content else None
            if broken is Break.BEFORE:
                replies.cancel()
                return
            if broken is Break.SLOW:
                await asyncio.sleep(SLOW_SECONDS)
            if broken in {Break.AFTER, Break.DEAF}:
                replies.cancel()
            there.write(content)
            await there.drain()
            if broken is Break.AFTER:
                await asyncio.sleep(SLOW_SECONDS)
                return
            if broken is Break.DEAF:
                await asyncio.sleep(SLOW_SECONDS)
                writer.write_eof()

    def _next(self) -> Break | None:
        self.commits += 1
        if self.commits % self.every:
            return None
        kinds = list(Break)
        broken = kinds[self.commits // self.every % len(kinds)]
        self.met[broken] += 1
        return broken


@contextmanager
def breaking_line(socket: Path, every: int) -> Iterator[Line]:
    """The line on a port of its own, gone when the block ends."""
    line = Line(socket, every)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(line.talk, "127.0.0.1", 0))
    line.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while content := await reader.read(65536):
        writer.write(content)
        await writer.drain()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
