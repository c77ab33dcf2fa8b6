"""A deadline and a size for what comes before the application: the headers of a request."""

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from app.kit.tokens import random_code
from app.web.request_head import Limits


class HeaderDeadline(asyncio.Protocol):
    """A deadline and a size for the headers, on top of the server's own protocol.

    What is refused here (no HTTP, two lengths, too slow) never reaches the application, so the
    class is told the headers of such a reply.
    """

    refusal_headers: bytes = b""
    limits = Limits()
    # Of the protocol this class is laid over.
    cycle: Any
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _deadline: asyncio.TimerHandle | None = None
    _unread = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_at_work():
            self._forget_deadline()
            return
        self._expect_headers()
        self._unread += len(data)
        if self._unread > self.limits.headers:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def send_400_response(self, _msg: str) -> None:
        """Called by the server for what is no HTTP, at the latest in the middle of a body."""
        if self._is_at_work():
            # To the application the client has left; a reply already begun is only cut off.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started or getattr(self, "pipeline", None):
                self.transport.close()
                return
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _is_at_work(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_headers(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.limits.deadline, self._give_up)

    def _forget_deadline(self) -> None:
        self._unread = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        # A browser opens connections ahead of need: one without a byte ends without a word.
        if self._unread:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        phrase = status.phrase.encode()
        line = b"HTTP/1.1 %d %b\r\n" % (status, phrase)
        length = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n" % len(phrase)
        identity = b"x-request-id: %b\r\n" % random_code(12).encode()
        end = b"cache-control: no-store\r\nconnection: close\r\n\r\n"
        self.transport.write(line + self.refusal_headers + length + identity + end + phrase)
        self.transport.close()


def server_protocol(
    headers: Iterable[tuple[bytes, bytes]], limits: Limits | None = None
) -> type[asyncio.Protocol]:
    """The server's own protocol with `HeaderDeadline` over it."""
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
    told = {"refusal_headers": lines, "limits": limits or Limits()}
    return type("ServerProtocol", (HeaderDeadline, AutoHTTPProtocol), told)
