"""Signing in by one-time link: asked for by address, confirmed by a button, ended by another."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.access import accounts, first_run, sign_in
from app.kit import jobs
from app.kit.clock import now
from app.kit.tokens import random_token
from app.web.dependencies import (
    Cookie,
    DbSession,
    Reader,
    ReadSession,
    Site,
    TheSite,
    see_other,
)
from app.web.forms import Fields
from app.web.security import cookie_name

router = APIRouter()


@router.get("/sign-in")
def ask(site: TheSite, language: Reader, request: Request) -> HTMLResponse:
    """Where to type one's address."""
    return _page(site, language, request, {}, "")


@router.post("/sign-in")
def send(site: TheSite, language: Reader, request: Request, session: DbSession) -> HTMLResponse:
    """Mail a link to whoever has an account; the page says the same to everybody."""
    fields = Fields.of(request, language)
    email = fields.text("email", 254)
    if not fields.done():
        return _page(site, language, request, fields.errors, email, 422)
    account = accounts.by_email(session, email)
    if account is not None and site.transport and not sign_in.too_many_links(session, account):
        jobs.enqueue(
            session, sign_in.SIGN_IN, account.id, random_token(), now(), language=language.code
        )
    return HTMLResponse(
        site.pages.render("sign_in/sent.html", language, email=email, query=request.url.query)
    )


@router.get("/sign-in/{token}")
def confirm(
    token: str, site: TheSite, language: Reader, request: Request, session: ReadSession
) -> HTMLResponse:
    """A button: programs that follow links in mails must not use this one up."""
    usable = sign_in.is_usable(session, token)
    content = site.pages.render(
        "sign_in/confirm.html", language, usable=usable, query=request.url.query
    )
    return HTMLResponse(content, 200 if usable else 404)


@router.post("/sign-in/{token}")
def enter(
    token: str, site: TheSite, language: Reader, request: Request, session: DbSession
) -> Response:
    """Use the link up and begin a session."""
    cookie = sign_in.redeem(session, token)
    if cookie is None:
        content = site.pages.render(
            "sign_in/confirm.html", language, usable=False, query=request.url.query
        )
        return HTMLResponse(content, 404)
    return begun(site, cookie, "/")


def begun(site: Site, cookie: str, address: str) -> Response:
    """Lead on with the new session's cookie."""
    response = see_other(address)
    response.set_cookie(
        cookie_name(site.runtime.settings),
        cookie,
        path="/",
        httponly=True,
        samesite="lax",
        secure=site.runtime.settings.base_url.startswith("https://"),
    )
    return response


@router.post("/sign-out")
def leave(site: TheSite, cookie: Cookie, session: DbSession) -> Response:
    """End the session and have the browser forget what it kept."""
    sign_in.sign_out(session, cookie)
    response = see_other("/sign-in")
    response.delete_cookie(cookie_name(site.runtime.settings), path="/")
    response.headers["Clear-Site-Data"] = '"cache","cookies","storage"'
    return response


def _page(
    site: TheSite,
    language: Reader,
    request: Request,
    errors: dict[str, str],
    email: str,
    status: int = 200,
) -> HTMLResponse:
    content = site.pages.render(
        "sign_in/ask.html",
        language,
        errors=errors,
        email=email,
        mail=site.transport is not None,
        first=_is_first(site),
        query=request.url.query,
    )
    return HTMLResponse(content, status)


def _is_first(site: Site) -> bool:
    with site.runtime.database.reading() as session:
        return first_run.is_needed(session)
