"""A mail server of a few lines that fails as its plan says, and keeps the truth of what it took."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What goes wrong with one transaction."""

    GREY = "greylisted"
    BUSY = "421 at the recipient"
    CLOSE = "closed between two mails"
    DROP_RCPT = "dropped at the recipient"
    DROP_BEFORE = "dropped before the final dot"
    DROP_AFTER = "dropped after the final dot"
    REFUSE_DATA = "451 after the final dot"
    SLOW = "slow"
    SILENT = "silent after the final dot"
    DOWN = "down for a while"
    # The process that sends is killed by kill -9.
    KILL_RCPT = "killed at the recipient"
    KILL_DATA = "killed while the data goes out"
    KILL_TAKEN = "killed after the mail was taken, before the reply"
    KILL_REPLIED = "killed right after the reply"


KILLS = (Fault.KILL_RCPT, Fault.KILL_DATA, Fault.KILL_TAKEN, Fault.KILL_REPLIED)
TROUBLES = tuple(one for one in Fault if one not in KILLS)
# The mail was taken, and the sender cannot know.
UNHEARD = (Fault.DROP_AFTER, Fault.SILENT)
LINK = re.compile(rb"/s/([A-Za-z0-9_-]{28})")
MESSAGE_ID = re.compile(rb"(?m)^Message-ID: (<[^>]+>)")


@dataclass(frozen=True)
class Taken:
    """One mail the server accepted."""

    to: str
    message_id: str
    link: str


@dataclass
class Office:
    """The plan (a fault by the number of the transaction), and what happened."""

    plan: dict[int, Fault] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    # Called with the id of the process to be killed; says whether it was still there.
    kill: Callable[[int], bool] = lambda _: True
    took: list[Taken] = field(default_factory=list)
    met: Counter[Fault] = field(default_factory=Counter)
    transactions: int = 0
    connections: int = 0
    most_a_connection: int = 0
    port: int = 0
    down_until: float = 0.0
    pause: float = 0.0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from its greeting to its end."""
        with suppress(OSError, asyncio.IncompleteReadError):
            if asyncio.get_running_loop().time() >= self.down_until:
                self.connections += 1
                await _Line(self, reader, writer).run()
        writer.transport.abort()

    def next_fault(self) -> Fault | None:
        fault = self.plan.get(self.transactions)
        self.transactions += 1
        if fault is not None:
            self.met[fault] += 1
        return fault

    def owe(self, fault: Fault) -> None:
        """It did not come to this one: let the next transaction without a fault have it."""
        self.met[fault] -= 1
        free = self.transactions
        while free in self.plan:
            free += 1
        self.plan[free] = fault


class _Line:
    def __init__(
        self, office: Office, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._office, self._reader, self._writer = office, reader, writer
        self._sender = 0
        self._to = ""
        self._is_grey = False
        self._fault: Fault | None = None
        self._mails = 0

    async def run(self) -> None:
        self._say("220 office")
        while line := await self._reader.readline():
            word = line[:4].upper()
            if word in {b"EHLO", b"HELO"}:
                self._sender = int(line.split(b".")[0].split(b"p")[-1] or 0)
                # Every other connection takes what belongs together in one go.
                offered = "250-PIPELINING\r\n" if self._office.connections % 2 else ""
                self._say(f"250-office\r\n{offered}250 SMTPUTF8")
            elif word == b"MAIL":
                if not self._begun():
                    return
            elif word == b"RCPT":
                self._to = line.partition(b"<")[2].partition(b">")[0].decode()
                if not self._addressed():
                    return
            elif word == b"DATA":
                if not await self._data():
                    return
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _begun(self) -> bool:
        self._fault = self._office.next_fault()
        if self._fault is Fault.CLOSE:
            return False
        if self._fault is Fault.DOWN:
            self._office.down_until = asyncio.get_running_loop().time() + 0.5
            return False
        self._say("250 ok")
        return True

    def _addressed(self) -> bool:
        if self._to in self._office.refused:
            if self._fault is not None:
                self._office.owe(self._fault)
            self._say("550 5.1.1 no such user")
            return True
        if self._fault is Fault.KILL_RCPT:
            self._kill(self._fault)
        if self._fault in {Fault.KILL_RCPT, Fault.DROP_RCPT}:
            return False
        self._is_grey = self._fault is Fault.GREY
        replies = {Fault.GREY: "451 4.7.1 greylisted", Fault.BUSY: "421 4.3.2 come back later"}
        self._say(replies.get(self._fault, "250 ok") if self._fault else "250 ok")
        return self._fault is not Fault.BUSY

    async def _data(self) -> bool:
        if self._is_grey or self._to in self._office.refused:
            self._say("503 no recipient")
            return True
        self._say("354 go on")
        if self._fault in {Fault.DROP_BEFORE, Fault.KILL_DATA}:
            await self._reader.readline()
            if self._fault is Fault.KILL_DATA:
                self._kill(self._fault)
            return False
        content = await self._reader.readuntil(b"\r\n.\r\n")
        if self._fault is Fault.REFUSE_DATA:
            self._say("451 4.3.0 try again")
            return True
        self._take(content.replace(b"=\r\n", b""))
        if self._fault is Fault.KILL_TAKEN:
            self._kill(self._fault)
        if self._fault in {Fault.KILL_TAKEN, Fault.DROP_AFTER}:
            return False
        if self._fault is Fault.SILENT:
            await asyncio.sleep(3)
            return False
        await asyncio.sleep(0.3 if self._fault is Fault.SLOW else self._office.pause)
        self._say("250 taken")
        if self._fault is Fault.KILL_REPLIED:
            await self._writer.drain()
            self._kill(self._fault)
        return True

    def _kill(self, fault: Fault) -> None:
        # Another connection of the same process may have met its kill a moment before.
        if not self._office.kill(self._sender):
            self._office.owe(fault)

    def _take(self, content: bytes) -> None:
        self._mails += 1
        office = self._office
        office.most_a_connection = max(office.most_a_connection, self._mails)
        name, link = MESSAGE_ID.search(content), LINK.search(content)
        assert name is not None
        office.took.append(Taken(self._to, name[1].decode(), link[1].decode() if link else ""))

    def _say(self, reply: str) -> None:
        self._writer.write(reply.encode() + b"\r\n")


@contextmanager
def open_office(office: Office) -> Iterator[Office]:
    """The server on a port of its own, gone when the block ends."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(office.talk, "127.0.0.1", 0))
    office.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield office
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


async def _closed(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
