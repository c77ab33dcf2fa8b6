"""What somebody meets whose session has ended: the way in and back, and what they had typed."""

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.web import leading
from app.web.dependencies import SignInNeeded, Site, see_other
from app.web.ingress import PAIRS
from app.web.pages import reader_language
from app.web.security import FIELD, cookie_name

SIGN_IN = "/sign-in"
# Nobody's to read, not even on the screen it was typed on.
SECRETS = {FIELD, "password", "code"}
LONGEST = 5000


class SignedOut:
    """Leads whoever is not signed in to where they can, and from there back."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def install(self, app: FastAPI) -> None:
        """Answer for every page that asks who is there; before the first request."""
        app.add_exception_handler(SignInNeeded, self._answer)

    async def _answer(self, request: Request, _error: Exception) -> Response:
        ended = cookie_name(self._site.runtime.settings) in request.cookies
        if request.method in {"GET", "HEAD"}:
            return see_other(way_in(_own(str(request.url)), ended=ended))
        kept = words(request.scope.get(PAIRS, ())) if ended else ()
        return self._kept(request, kept) if kept else see_other(SIGN_IN)

    def _kept(self, request: Request, kept: Sequence[str]) -> Response:
        reader = reader_language(request.scope, self._site.runtime.settings.language)
        content = self._site.pages.render(
            "sign_in/ended.html",
            reader,
            kept=kept,
            way_in=way_in(_own(request.headers.get("referer", "")), ended=False),
            query=request.url.query,
        )
        return HTMLResponse(content, 403)


def way_in(back: str, *, ended: bool) -> str:
    """The sign-in page that leads back to an address of ours."""
    if back == leading.HOME:
        return SIGN_IN
    said = "ended=1&" if ended else ""
    return f"{SIGN_IN}?{said}next={quote(back, safe='/')}"


def words(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What took time to type; a choice or a single word is soon there again."""
    return tuple(
        value[:LONGEST] for name, value in pairs if name not in SECRETS and len(value.split()) > 1
    )


def _own(address: str) -> str:
    """The path and query of an address, as far as one may be led there."""
    parts = urlsplit(address)
    return leading.local(f"{parts.path or leading.HOME}{'?' if parts.query else ''}{parts.query}")
