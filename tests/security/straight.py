"""Requests straight into the application, guards and all, without a network between."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import httpx

from app.access import keys
from app.main import create_app
from app.web.api import caller
from app.web.security import cookie_name, csrf_token
from tests import cast
from tests.site import Site

Message = dict[str, Any]


class Straight:
    """The whole service as one callable, and somebody of HR who is signed in."""

    def __init__(self, site: Site, runner: asyncio.Runner) -> None:
        self.site = site
        self.asgi = create_app(site.web)
        self._runner = runner
        transport = httpx.ASGITransport(self.asgi)
        self._client = httpx.AsyncClient(
            transport=transport, base_url=site.settings.base_url, trust_env=False
        )
        browser = site.signed_in(cast.AMINAH)
        self.cookie = browser.client.cookies[cookie_name(site.settings)]
        with site.database.writing() as session:
            self.key = keys.create(session, "hr", "straight", (), "test").token
        self.csrf = csrf_token(site.web.form_key, self.cookie)

    @property
    def signed_in(self) -> dict[str, str]:
        return {"cookie": f"{cookie_name(self.site.settings)}={self.cookie}"}

    @property
    def with_key(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """A well-formed request; what the application raises is raised here."""
        return self._runner.run(self._ask(method, path, given))

    def raw(self, scope: Message, pieces: Sequence[bytes | None]) -> tuple[int, httpx.Headers]:
        """A request as a server would hand it over; None is a client that left: then status 0."""
        return self._runner.run(self._raw(scope, list(pieces)))

    async def _ask(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        return await self._client.request(method, path, **given)

    async def _raw(self, scope: Message, left: list[bytes | None]) -> tuple[int, httpx.Headers]:
        sent: list[Message] = []
        gone = None in left

        async def receive() -> Message:
            piece = left.pop(0) if left else None
            if piece is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": piece, "more_body": bool(left)}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.asgi(scope, receive, send)
        starts = [one for one in sent if one["type"] == "http.response.start"]
        if not sent and gone:
            return 0, httpx.Headers()
        assert len(starts) == 1
        return starts[0]["status"], httpx.Headers(starts[0]["headers"])


@contextmanager
def straight_to(site: Site) -> Iterator[Straight]:
    """No key runs out of requests here."""
    endless = mock.patch.object(caller, "A_MINUTE", 10_000_000)
    with asyncio.Runner() as runner, endless:
        yield Straight(site, runner)
