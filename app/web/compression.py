"""Replies as they travel: packed where whoever asks can unpack them."""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TEXTUAL = ("text/", "application/json", "application/problem+json", "image/svg+xml")
WORTH_COMPRESSING = 1000


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
