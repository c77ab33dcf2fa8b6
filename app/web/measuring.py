"""What is counted and logged of each request: its route as a template, never its address."""

import logging
import time
from collections.abc import Hashable
from functools import cached_property

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.numbers import Asked, Numbers
from app.web.pages import for_respondents
from app.web.static_files import STATIC_PATH

log = logging.getLogger("selaras.requests")

# What no route took; the address itself may be anything.
UNMATCHED = "unmatched"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ROUTE = "selaras.route"


class Named:
    """The innermost layer: notes which route a request was for, where the outermost can see it."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "http":
                scope.setdefault("state", {})[_ROUTE] = self._template(scope)

    def _template(self, scope: Scope) -> str:
        route = scope.get("route")
        if route is not None:
            return str(route.path)
        return self._templates.get(scope.get("endpoint"), UNMATCHED)

    @cached_property
    def _templates(self) -> dict[Hashable, str]:
        """Of the plain routes, which do not say themselves that they were taken."""
        return {
            endpoint: getattr(route, "path", UNMATCHED)
            for route in self._app.routes
            if (endpoint := getattr(route, "endpoint", None)) is not None
        }


class Measured:
    """The outermost layer: how long each request took, and how it ended."""

    def __init__(self, app: ASGIApp, numbers: Numbers) -> None:
        self._app, self._numbers = app, numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        begun, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - begun
            method = scope["method"] if scope["method"] in METHODS else "other"
            static = scope["path"].startswith(STATIC_PATH)
            route = STATIC_PATH if static else state.get(_ROUTE, UNMATCHED)
            asked = Asked(method, route, status, seconds)
            answering = for_respondents(scope["path"])
            self._numbers.note(asked, answering=answering)
            log.info("request", extra={"asked": asked, "answering": answering, **_id(state)})


def _id(state: dict[str, object]) -> dict[str, object]:
    return {"request_id": state.get("request_id", "-")}
