"""Commands and replies over a connection that was made and signed in by the SMTP client.

The client waits for each reply before it writes on. Most servers take what belongs together at
once (RFC 2920): then a mail costs two journeys and not four, and two wake-ups of this process.
"""

import asyncio
from collections import deque

from aiosmtplib import SMTPResponse, SMTPServerDisconnected

MOST_HELD = 64 * 1024


class Wire(asyncio.Protocol):
    """Takes a connection over: every command owes one reply, read in the order they were asked."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._owed = 0
        self._held = b""
        self._said: list[bytes] = []
        self._replies: deque[SMTPResponse] = deque()
        self._waiter: asyncio.Future[None] | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    def ask(self, *commands: bytes) -> None:
        """Write these in one go; raises ValueError where one would be several."""
        if any(b"\n" in one or b"\r" in one for one in commands):
            raise ValueError("a command holds a line break")
        self._write(b"\r\n".join((*commands, b"")), len(commands))

    def hand_over(self, content: bytes) -> None:
        """Write a mail up to its final dot, which stands on a line of its own."""
        end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
        self._write((b"\n" + content).replace(b"\n.", b"\n..")[1:] + end, 1)

    async def reply(self, until: float) -> SMTPResponse:
        """The next reply; raises SMTPServerDisconnected, or TimeoutError at that time of the loop."""
        if not self._replies:
            await self._more(until)
        return self._replies.popleft()

    def hang_up(self) -> None:
        """Close at once: a polite end of TLS would outlive the loop it waits on."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            self._said.append(line[4:].strip())
            if line[3:4] != b"-":
                self._replied(line[:3])
        if len(self._held) + sum(map(len, self._said)) > MOST_HELD:
            self.hang_up()
        if self._replies:
            self._wake(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wake(SMTPServerDisconnected("Connection lost"))

    def _replied(self, code: bytes) -> None:
        said, self._said = b"\n".join(self._said), []
        if not self._owed or not code.isdigit():
            # A goodbye nobody asked for, or nonsense: no reply would be told from the next one.
            self.hang_up()
        elif self.is_open:
            self._owed -= 1
            self._replies.append(SMTPResponse(int(code), said.decode("utf-8", "surrogateescape")))

    def _write(self, content: bytes, replies: int) -> None:
        if not self.is_open:
            raise SMTPServerDisconnected("Connection lost")
        self._owed += replies
        self._transport.write(content)

    async def _more(self, until: float) -> None:
        if not self.is_open:
            raise SMTPServerDisconnected("Connection lost")
        self._waiter = self._loop.create_future()
        late = self._loop.call_at(until, self._wake, TimeoutError())
        try:
            await self._waiter
        finally:
            late.cancel()
            self._waiter = None

    def _wake(self, error: Exception | None) -> None:
        if self._waiter is None or self._waiter.done():
            return
        if error is None:
            self._waiter.set_result(None)
        else:
            self._waiter.set_exception(error)
