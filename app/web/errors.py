"""What people and programs read when something went wrong: kind pages, and problem+json for the API."""

import logging
import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from app.kit.writer import NotSaved
from app.web.pages import API_PATH, Pages, for_respondents, reader_language

log = logging.getLogger("selaras.web")

RETRY_AFTER = {"Retry-After": "5"}
# A name of ours; what a client made up is not repeated to it.
OUR_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")


def msgid(text: str) -> str:
    """Mark a text for the catalogue where it is written and not yet shown."""
    return text


@dataclass(frozen=True)
class Problem:
    """The heading and the sentence of an error page."""

    title: str
    text: str


PROBLEMS: Mapping[int, Problem] = {
    400: Problem(
        msgid("This address or form is not complete"),
        msgid("Part of it was lost or changed on the way. Nothing was saved."),
    ),
    403: Problem(
        msgid("You cannot do this here"),
        msgid("Your account is not allowed to do this, or you are no longer signed in."),
    ),
    404: Problem(
        msgid("This page does not exist"),
        msgid("The link may be cut off or out of date. Check that you have all of it."),
    ),
    405: Problem(
        msgid("This page cannot be used that way"),
        msgid("Go back and use the links and buttons of the page."),
    ),
    408: Problem(
        msgid("The connection was too slow"),
        msgid("Not everything arrived, so nothing was saved. Go back and send it again."),
    ),
    409: Problem(
        msgid("This has changed in the meantime"),
        msgid("Somebody, or you in another window, was quicker. Load the page again."),
    ),
    410: Problem(
        msgid("This page is no longer here"),
        msgid("It was open for a limited time, and that time is over."),
    ),
    413: Problem(
        msgid("This is too large"),
        msgid("Nothing was saved. Go back, make it smaller and send it again."),
    ),
    415: Problem(
        msgid("This kind of content is not accepted"),
        msgid("Use the form of the page to send it."),
    ),
    421: Problem(
        msgid("This is not an address of this site"),
        msgid(
            "Use the address you were given. Whoever runs this site can allow other names "
            "(SELARAS_TRUSTED_HOSTS)."
        ),
    ),
    422: Problem(
        msgid("Something is missing or not as expected"),
        msgid("Nothing was saved. Go back, check what you entered and send it again."),
    ),
    429: Problem(
        msgid("Too many tries"),
        msgid("Wait a few minutes, then try again."),
    ),
    500: Problem(
        msgid("Something went wrong on our side"),
        msgid("It is not your fault. Please try again in a few minutes."),
    ),
    503: Problem(
        msgid("We are very busy"),
        msgid("Nothing was saved. Keep this page, wait a moment and send it again."),
    ),
}
ANSWERING: Mapping[int, Problem] = {
    403: Problem(
        msgid("Your answers did not come from the survey page"),
        msgid(
            "Nothing was saved. Open the link of your invitation in your usual browser "
            "and send your answers from there."
        ),
    ),
    400: Problem(
        msgid("Your answers did not arrive whole"),
        msgid(
            "Nothing was saved. Go back: your answers are still on that page. "
            "Or open the link of your invitation again."
        ),
    ),
    408: Problem(
        msgid("Your answers arrived too slowly"),
        msgid(
            "Nothing was saved. Go back: your answers are still on that page. "
            "Send them again when the connection is better."
        ),
    ),
    413: Problem(
        msgid("Your answers are too long"),
        msgid(
            "Nothing was saved. Go back: your answers are still on that page. "
            "Shorten your comments and send them again."
        ),
    ),
}
NOT_SAVED = Problem(
    msgid("Not saved yet"),
    msgid("We could not store this just now. Keep this page, wait a minute and send it again."),
)
FORGED = Problem(
    msgid("This form is too old to be accepted"),
    msgid(
        "You may have signed in or out since you opened it. Nothing was saved. "
        "Go back, copy what you typed, load the page again and send it once more."
    ),
)


class Errors:
    """Turns refusals and exceptions into replies in the reader's language."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def install(self, app: FastAPI) -> None:
        """Answer every exception of the application; before its first request."""
        app.add_exception_handler(HTTPException, self._http)
        app.add_exception_handler(RequestValidationError, self._invalid)
        app.add_exception_handler(Exception, self._unexpected)
        self.register(app, NotSaved, 503, NOT_SAVED, RETRY_AFTER)

    def register(
        self,
        app: FastAPI,
        exception: type[Exception],
        status: int,
        problem: Problem | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer a domain exception with this status and these words (the status's own if none)."""

        async def handler(request: Request, _error: Exception) -> Response:
            return self.response(request.scope, status, problem=problem, headers=headers)

        app.add_exception_handler(exception, handler)

    def response(
        self,
        scope: Scope,
        status: int,
        *,
        problem: Problem | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> Response:
        """A page, or problem+json where the address is the API's."""
        shown = problem or _problem(status, scope["path"])
        if scope["path"].startswith(API_PATH):
            return _json(scope, status, shown, headers, errors)
        reader = reader_language(scope, self._pages.settings.language)
        content = self._pages.render(
            "error.html",
            reader,
            problem=reader.text(shown.title),
            text=reader.text(shown.text),
            request_id=request_id(scope),
            way_out=not for_respondents(scope["path"]),
            query=scope.get("query_string", b"").decode("latin-1"),
        )
        return HTMLResponse(content, status, headers=headers)

    async def _http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code < 400:
            return Response(status_code=error.status_code, headers=error.headers)
        return self.response(request.scope, error.status_code, headers=error.headers)

    async def _invalid(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return self.response(request.scope, 422, errors=[_pointed(item) for item in error.errors()])

    async def _unexpected(self, request: Request, error: Exception) -> Response:
        # The outermost layer logs it, once, and without its message.
        return self.response(request.scope, 500)


def request_id(scope: Scope) -> str:
    """Our own name of this request, also in the reply's X-Request-ID."""
    return str(scope.get("state", {}).get("request_id", "-"))


def report(error: BaseException, scope: Scope) -> None:
    """Log where it happened. Messages and locals stay out: they may hold answers or addresses."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    path = " < ".join(f"{_module(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    log.error("%s in request %s at %s", type(error).__name__, request_id(scope), path)


def _problem(status: int, path: str) -> Problem:
    if for_respondents(path) and status in ANSWERING:
        return ANSWERING[status]
    alike = {401: 403, 412: 409}.get(status, status)
    return PROBLEMS.get(alike) or PROBLEMS[500 if status >= 500 else 400]


def _json(
    scope: Scope,
    status: int,
    problem: Problem,
    headers: Mapping[str, str] | None,
    errors: Sequence[Mapping[str, str]],
) -> Response:
    # In English: the API's reader is a program, and its author searches for the words.
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": _phrase(status),
        "status": status,
        "detail": problem.text,
        "request_id": request_id(scope),
    }
    if errors:
        content["errors"] = list(errors)
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _pointed(item: Mapping[str, Any]) -> dict[str, str]:
    """Where the mistake is and what kind it is; the input and its own field names are left out."""
    known = [part for part in item["loc"][1:] if isinstance(part, int) or OUR_NAME.fullmatch(part)]
    if item["type"] == "extra_forbidden":
        known = known[:-1]
    return {"pointer": "".join(f"/{part}" for part in known), "code": str(item["type"])}


def _module(filename: str) -> str:
    return "/".join(filename.replace("\\", "/").rsplit("/", 3)[-3:])
