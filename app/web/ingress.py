"""The limits every request passes before the application sees it, and the reading of its body."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.hosts import Hosts
from app.web.pages import API_PATH, STOP_PATH
from app.web.request_head import CLOSE, Limits, Refused, check_head
from app.web.urlencoded import BadForm, form_pairs

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
API_TYPES = frozenset({"application/json", "text/csv"})
REPORT_PATH = "/csp-report"
REPORT_TYPES = frozenset({"application/reports+json", "application/csp-report"})
# An orchestrator that asks a busy process whether it lives must not be told no.
NEVER_FULL = frozenset({"/healthz"})
BODY = "selaras.body"
PAIRS = "selaras.pairs"


class Gone(Exception):
    """The client left before its request was whole; nobody is there to be answered."""


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
        hosts: Hosts,
        upload_paths: Iterable[str] = (),
        limits: Limits | None = None,
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._hosts = hosts
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
            self._hosts.check(scope)
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
        # Mail programs stop a reminder with either kind of form.
        both = path in self._upload_paths or path.startswith(STOP_PATH)
        return (FORM, MULTIPART) if both else (FORM,)

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


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
