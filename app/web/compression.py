"""Replies as they travel: packed where whoever asks can unpack them."""

import gzip
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TEXTUAL = ("text/", "application/json", "application/problem+json", "image/svg+xml")
WORTH_COMPRESSING = 1000


# No name, no time, no system: what every packed reply begins with.
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
SMALLEST = 9


@dataclass(frozen=True)
class Framed:
    """A page that is the same for everybody but for one place; packed once, and not each time.

    The pieces are one stream (RFC 1952), for browsers read no more than the first: what stands
    before the place, the place as it is, and what stands after it. No text holds a NUL.
    """

    before: bytes
    after: bytes
    # Of what fills the place: always as long, so that what follows can refer to what precedes.
    width: int

    def plain(self, between: bytes) -> bytes:
        """The page as it reads."""
        return self.before + between + self.after

    def packed(self, between: bytes) -> bytes:
        """The page as gzip; raises ValueError where `between` is not of the agreed width."""
        if len(between) != self.width:
            raise ValueError(f"{len(between)} bytes where {self.width} were agreed")
        before, after = self._packed
        size = struct.pack("<HH", len(between), len(between) ^ 0xFFFF)
        whole = len(self.before) + len(between) + len(self.after)
        check = zlib.crc32(self.after, zlib.crc32(between, self._check))
        tail = struct.pack("<LL", check, whole & 0xFFFFFFFF)
        return b"".join((GZIP_HEAD, before, b"\x00", size, between, after, tail))

    @cached_property
    def _check(self) -> int:
        return zlib.crc32(self.before)

    @cached_property
    def _packed(self) -> tuple[bytes, bytes]:
        raw = (SMALLEST, zlib.DEFLATED, -zlib.MAX_WBITS)
        first = zlib.compressobj(*raw)
        # What will fill the place nothing can refer to: NULs do not occur in what follows.
        last = zlib.compressobj(*raw, zdict=self.before + bytes(self.width))
        before = first.compress(self.before) + first.flush(zlib.Z_SYNC_FLUSH)
        return before, last.compress(self.after) + last.flush()


class Compressed:
    """Compresses a reply that comes in one piece; a streamed one passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not accepts_gzip(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def compress(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                first, start = start, None
                message = _compressed(first, message)
                await send(first)
            await send(message)

        await self._app(scope, receive, compress)


def accepts_gzip(scope: Scope) -> bool:
    """Whether the client said that it can read gzip."""
    header = Headers(scope=scope).get("accept-encoding", "")
    offers = (part.replace(" ", "").lower() for part in header.split(","))
    return any(offer in {"gzip", "gzip;q=1", "gzip;q=1.0"} for offer in offers)


def _compressed(start: Message, body: Message) -> Message:
    headers = MutableHeaders(raw=start["headers"])
    content = body.get("body", b"")
    if (
        body.get("more_body", False)
        or len(content) <= WORTH_COMPRESSING
        or "content-encoding" in headers
        or not headers.get("content-type", "").startswith(TEXTUAL)
    ):
        return body
    smaller = gzip.compress(content, compresslevel=5, mtime=0)
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(smaller))
    headers.add_vary_header("accept-encoding")
    return {**body, "body": smaller}
