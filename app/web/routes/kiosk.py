"""Where a code is typed by people without mail, and one's own link is asked for again.

A code leads to the same form as a link. Asking for a link answers the same, at once, whether the
address is known or not: it is looked up when the reply has gone.
"""

from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.campaigns import invitations, own_links, policy, slips
from app.campaigns.invitations import NotOpenYet, RoundClosed, UnknownLink
from app.campaigns.models import SurveyRound
from app.responses import submission
from app.web.dependencies import Site
from app.web.ingress import PAIRS
from app.web.pages import reader_language
from app.web.posted import AT_KIOSK, language_query
from app.web.shown_once import BEGIN, passes
from app.web.tries import WINDOW, WrongTries

CODE, EMAIL = "code", "email"
LONGEST = 254


class KioskDesk:
    """Shows and takes the forms at /kiosk."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._wrong = WrongTries()
        self._asked = WrongTries()
        self._passes = passes(site.runtime.keyring)

    def install(self, app: Starlette) -> None:
        """Add the addresses; plain routes, as those of the form."""
        app.add_route("/kiosk/{round}", self.show, methods=["GET"], include_in_schema=False)
        app.add_route("/kiosk/{round}", self.take, methods=["POST"], include_in_schema=False)
        app.add_route("/kiosk/{round}/link", self.send, methods=["POST"], include_in_schema=False)

    async def show(self, request: Request) -> Response:
        """The field for the code, filled in from a slip's picture; the same for an unknown round."""
        scanned = slips.read(request.query_params.get(CODE, ""))
        return await run_in_threadpool(self._page, request, 200, scanned)

    async def take(self, request: Request) -> Response:
        """Lead to the form this code stands for."""
        address = self._limited(request, self._wrong)
        typed = _one(request, CODE)
        token = await run_in_threadpool(self._token, request.path_params["round"], typed)
        try:
            if not token:
                raise UnknownLink
            invitations.link_of(token)
            await self._site.runtime.lookups.run(submission.look_up, token)
        except (UnknownLink, NotOpenYet):
            self._wrong.count(address)
            return await run_in_threadpool(self._page, request, 404, typed[:40], "code")
        except RoundClosed:
            return await run_in_threadpool(self._page, request, 410, "", "closed")
        given = urlencode({BEGIN: self._passes.hide("form", token)})
        query = "&".join(filter(None, (language_query(request), AT_KIOSK, given)))
        return RedirectResponse(f"/s/{token}?{query}", 303)

    async def send(self, request: Request) -> Response:
        """Have the link mailed; what is said does not depend on who was invited."""
        address = self._limited(request, self._asked)
        self._asked.count(address)
        email = _one(request, EMAIL)[:LONGEST]
        page = await run_in_threadpool(self._page, request, 200, "", "sent")
        page.background = BackgroundTask(self._ask, request.path_params["round"], email)
        return page

    def _limited(self, request: Request, tries: WrongTries) -> str:
        address = request.client.host if request.client else ""
        if tries.are_too_many(address):
            raise HTTPException(429, headers={"Retry-After": f"{WINDOW:.0f}"})
        return address

    def _token(self, round_id: str, typed: str) -> str:
        code = slips.read(typed)
        if not code:
            return ""
        with self._site.runtime.database.reading() as session:
            row = session.get(SurveyRound, round_id)
            return slips.token_of(self._site.runtime.keyring, row, code) if row else ""

    def _ask(self, round_id: str, email: str) -> None:
        with self._site.runtime.database.writing() as session:
            own_links.ask(session, round_id, email)

    def _page(
        self, request: Request, status: int = 200, typed: str = "", state: str = ""
    ) -> Response:
        runtime, round_id = self._site.runtime, request.path_params["round"]
        with runtime.database.reading() as session:
            row = session.get(SurveyRound, round_id)
            anonymous = row is not None and policy.frozen(session, round_id).anonymous
        language = reader_language(request.scope, runtime.settings.language)
        content = self._site.pages.render(
            "respond/kiosk.html",
            language,
            query=language_query(request),
            round_id=round_id if row else "",
            mail=self._site.transport is not None and not anonymous,
            typed=typed,
            state=state,
            errors={},
        )
        return HTMLResponse(content, status)


def _one(request: Request, name: str) -> str:
    values = [value for field, value in request.scope.get(PAIRS, []) if field == name]
    return values[0].strip() if len(values) == 1 else ""
