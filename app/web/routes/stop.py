"""The page behind the stop link of a reminder: it shows on GET, and stops on POST.

The POST is also sent by mail programs themselves (RFC 8058): without a page, a session or an origin.
"""

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.campaigns import stopping
from app.campaigns.stopping import PATH, UnknownStop
from app.web.dependencies import Site
from app.web.pages import reader_language
from app.web.posted import language_query


class StopDesk:
    """Shows and takes the one button at /stop."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def install(self, app: Starlette) -> None:
        """Add the address; plain routes, as those of the form."""
        address = PATH + "{token}"
        app.add_route(address, self.show, methods=["GET"], include_in_schema=False)
        app.add_route(address, self.take, methods=["POST"], include_in_schema=False)

    async def show(self, request: Request) -> Response:
        """What the button does; changes nothing."""
        return await run_in_threadpool(self._shown, request)

    async def take(self, request: Request) -> Response:
        """Stop the mails; the same page however often it is sent."""
        return await run_in_threadpool(self._taken, request)

    def _shown(self, request: Request) -> Response:
        runtime = self._site.runtime
        try:
            with runtime.database.reading() as session:
                found = stopping.find(session, runtime.keyring, request.path_params["token"])
                return self._page(request, "done" if found.stopped else "ask", found.language)
        except UnknownStop:
            return self._page(request, "unknown", None, 404)

    def _taken(self, request: Request) -> Response:
        runtime = self._site.runtime
        try:
            with runtime.database.writing() as session:
                found = stopping.stop(session, runtime.keyring, request.path_params["token"])
                return self._page(request, "done", found.language)
        except UnknownStop:
            return self._page(request, "unknown", None, 404)

    def _page(
        self, request: Request, state: str, invited: str | None, status: int = 200
    ) -> Response:
        default = self._site.runtime.settings.language
        language = reader_language(request.scope, default, invited)
        content = self._site.pages.render(
            "respond/stop.html", language, query=language_query(request), state=state
        )
        return HTMLResponse(content, status)
