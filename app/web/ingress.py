"""The limits every request passes before the application sees it, and the reading of its body."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.tokens import random_code
from app.web.pages import API_PATH

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
API_TYPES = frozenset({"application/json", "text/csv"})
REPORT_PATH = "/csp-report"
REPORT_TYPES = frozenset({"application/reports+json", "application/csp-report"})
# Two of these would be read differently by two programs on the way.
SINGLE = frozenset(
    {
        b"authorization",
        b"content-length",
        b"content-type",
        b"host",
        b"origin",
        b"sec-fetch-site",
        b"transfer-encoding",
    }
)
# An orchestrator that asks a busy process whether it lives must not be told no.
NEVER_FULL = frozenset({"/healthz"})
CLOSE = {"Connection": "close"}
BODY = "selaras.body"
PAIRS = "selaras.pairs"

_BYTE_OF = {
    f"{high}{low}".encode(): bytes([int(high + low, 16)])
    for high in "0123456789abcdefABCDEF"
    for low in "0123456789abcdefABCDEF"
}


class BadForm(Exception):
    """The body is no urlencoded UTF-8 text."""


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


class Gone(Exception):
    """The client left before its request was whole; nobody is there to be answered."""


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes and times in seconds."""

    path: int = 512
    query: int = 2048
    headers: int = 32 * 1024
    body: int = 256 * 1024
    upload: int = 5 * 1024 * 1024
    # Read and thrown away, so that a browser that sent too much still gets to read why.
    discarded: int = 8 * 1024 * 1024
    # All bodies in memory together; files have a place of their own, so that a few of them
    # never keep a respondent's answers out.
    held: int = 32 * 1024 * 1024
    held_files: int = 16 * 1024 * 1024
    fields: int = 200
    deadline: float = 15.0
    at_once: int = 200
    patience: float = 2.0


# (scope, status, headers) to a reply.
Refuse = Callable[[Scope, int, dict[str, str] | None], ASGIApp]


class Ingress:
    """Lets through whole, well-formed requests of bounded size, and only so many at once.

    A request counts as one of those only when its body is here: slow senders wait outside and
    take no place from others.
    """

    def __init__(
        self,
        app: ASGIApp,
        refuse: Refuse,
        upload_paths: Iterable[str] = (),
        limits: Limits | None = None,
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._upload_paths = frozenset(upload_paths)
        self._limits = limits or Limits()
        self._places = asyncio.Semaphore(self._limits.at_once)
        self._held = {False: 0, True: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        try:
            check_head(scope, self._limits)
            await self._read(scope, receive, body)
            content = bytes(body)
            self._check_body(scope, content)
            async with self._place(scope):
                await self._app(scope, _replay(content, receive), send)
        except Refused as refusal:
            reply = self._refuse(scope, refusal.status, refusal.headers)
            await reply(scope, receive, send)
        except Gone:
            return
        finally:
            self._held[self._takes_file(scope)] -= len(body)

    async def _read(self, scope: Scope, receive: Receive, body: bytearray) -> None:
        length = _declared(scope)
        if length == 0:
            return
        upload = self._takes_file(scope)
        limit = self._limits.upload if upload else self._limits.body
        most = limit + self._limits.discarded
        if length is not None and length > most:
            raise Refused(413, CLOSE)
        try:
            async with asyncio.timeout(self._limits.deadline):
                size = await self._fill(scope, body, most, receive)
        except TimeoutError:
            raise Refused(408, CLOSE) from None
        if size > limit:
            raise Refused(413)
        if length is not None and size != length:
            raise Refused(400, CLOSE)

    def _takes_file(self, scope: Scope) -> bool:
        """Whether a large body is expected; never of somebody who brings no cookie at all."""
        return scope["path"] in self._upload_paths and any(
            name == b"cookie" for name, _ in scope["headers"]
        )

    async def _fill(self, scope: Scope, body: bytearray, most: int, receive: Receive) -> int:
        upload = self._takes_file(scope)
        limit = self._limits.upload if upload else self._limits.body
        size = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            piece = message.get("body", b"")
            size += len(piece)
            if size > most:
                raise Refused(413, CLOSE)
            if size <= limit:
                self._keep(body, piece, upload=upload)
            more = message.get("more_body", False)
        return size

    def _keep(self, body: bytearray, piece: bytes, *, upload: bool) -> None:
        most = self._limits.held_files if upload else self._limits.held
        if self._held[upload] + len(piece) > most:
            raise Refused(503, {"Retry-After": "5", **CLOSE})
        self._held[upload] += len(piece)
        body += piece

    def _check_body(self, scope: Scope, body: bytes) -> None:
        scope[BODY] = body
        if not body:
            return
        kind, parameters = _content_type(scope)
        if kind not in self._types(scope["path"]) or parameters.get("charset", "utf-8") != "utf-8":
            raise Refused(415)
        if kind == FORM:
            scope[PAIRS] = self._pairs(body)
        elif kind == MULTIPART:
            boundary = parameters.get("boundary", "").encode()
            if not boundary or body.count(b"--" + boundary) > self._limits.fields + 1:
                raise Refused(400)

    def _pairs(self, body: bytes) -> list[tuple[str, str]]:
        if body.count(b"&") >= self._limits.fields:
            raise Refused(400)
        try:
            return form_pairs(body)
        except BadForm:
            raise Refused(400) from None

    def _types(self, path: str) -> Iterable[str]:
        if path.startswith(API_PATH):
            return API_TYPES
        if path == REPORT_PATH:
            return REPORT_TYPES
        return (FORM, MULTIPART) if path in self._upload_paths else (FORM,)

    @asynccontextmanager
    async def _place(self, scope: Scope) -> AsyncIterator[None]:
        if scope["path"] in NEVER_FULL:
            yield
            return
        await self._wait_in_line()
        try:
            yield
        finally:
            self._places.release()

    async def _wait_in_line(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        # A short wait is kinder than a refusal: a burst passes in moments.
        try:
            async with asyncio.timeout(self._limits.patience):
                await self._places.acquire()
        except TimeoutError:
            raise Refused(503, {"Retry-After": "5"}) from None


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """Names and values of an urlencoded body, in order and with duplicates; raises BadForm."""
    text = body.replace(b"+", b" ")
    pairs = []
    for piece in text.split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            pairs.append((_text(name), _text(value)))
    return pairs


def check_head(scope: Scope, limits: Limits) -> None:
    """Refuse by method, path, query or headers, before a byte of the body is read."""
    if scope["method"] not in METHODS:
        raise Refused(405, {"Allow": "GET, HEAD, POST"})
    path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    query = scope.get("query_string", b"")
    if len(path) > limits.path or len(query) > limits.query:
        raise Refused(414)
    if not _is_plain(path) or not _is_plain(query):
        raise Refused(400)
    _check_headers(scope["headers"], limits.headers)


def _check_headers(headers: list[tuple[bytes, bytes]], most: int) -> None:
    if sum(len(name) + len(value) for name, value in headers) > most:
        raise Refused(431, CLOSE)
    single = [name for name, _ in headers if name in SINGLE]
    if len(single) != len(set(single)):
        raise Refused(400, CLOSE)
    if b"transfer-encoding" in single:
        encoding = dict(headers)[b"transfer-encoding"]
        if b"content-length" in single or encoding.lower() != b"chunked":
            raise Refused(400, CLOSE)


def _declared(scope: Scope) -> int | None:
    """The length the client announced; 0 where it announced no body, None where it is open."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length")
    if length is not None:
        if not length.isdigit() or len(length) > 18:
            raise Refused(400, CLOSE)
        return int(length)
    return None if b"transfer-encoding" in headers else 0


def _content_type(scope: Scope) -> tuple[str, dict[str, str]]:
    header = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
    kind, *rest = (part.strip() for part in header.split(";"))
    parameters = {}
    for part in rest:
        name, _, value = part.partition("=")
        value = value.strip('"')
        parameters[name.lower()] = value if name.lower() == "boundary" else value.lower()
    return kind.lower(), parameters


def _is_plain(raw: bytes) -> bool:
    """Strict UTF-8 without control characters, once percent-decoded."""
    try:
        text = _text(raw)
    except BadForm:
        return False
    return not any(character < " " or "\x7f" <= character < "\xa0" for character in text)


def _text(raw: bytes) -> str:
    try:
        if b"%" in raw:
            first, *rest = raw.split(b"%")
            raw = first + b"".join([_BYTE_OF[part[:2]] + part[2:] for part in rest])
        text = raw.decode()
    except (KeyError, UnicodeDecodeError):
        raise BadForm from None
    # No database of ours stores it, and no person types it.
    if "\0" in text:
        raise BadForm
    return text


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


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
