"""Signing in: by a mailed link, confirmed by a button, or with a password where no mail is set up."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.access import accounts, first_run, passwords, sign_in
from app.access.models import AccountPassword
from app.audit import log
from app.kit import jobs, limits
from app.kit.clock import now
from app.kit.language import Language
from app.kit.tokens import random_token
from app.web import leading
from app.web.browsers import browser_of
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
from app.web.gate import Gate
from app.web.security import cookie_name, csrf_token

router = APIRouter()

# The actor of what nobody has signed in for.
NOBODY = "nobody"
LONGEST_CODE = 20


@router.get("/sign-in")
def ask(site: TheSite, language: Reader, request: Request, cookie: Cookie) -> HTMLResponse:
    """The ways in that are set up."""
    email = ""
    if request.query_params.get("again") and cookie:
        with site.runtime.database.reading() as session:
            viewer = sign_in.current(session, cookie)
        email = viewer.email if viewer else ""
    return _page(site, language, request, {}, email)


@router.post("/sign-in")
def send(site: TheSite, language: Reader, request: Request, cookie: Cookie) -> Response:
    """Mail a link to whoever has an account, or take a password; strangers learn nothing."""
    fields = Fields.of(request, language)
    email = fields.text("email", 254)
    if site.transport is None:
        return _with_password(site, language, request, cookie, fields, email)
    if not fields.done():
        return _page(site, language, request, fields.errors, email, 422)
    gate = Gate(site, request)
    gate.admit()
    _mail_link(site, language, request, email, allowed=gate.may_mail(email))
    return HTMLResponse(
        site.pages.render("sign_in/sent.html", language, email=email, query=request.url.query)
    )


@router.get("/sign-in/{token}")
def confirm(
    token: str, site: TheSite, language: Reader, request: Request, session: ReadSession
) -> HTMLResponse:
    """A button: programs that follow links in mails must not use this one up."""
    return _confirm(site, language, request, usable=sign_in.is_usable(session, token))


@router.post("/sign-in/{token}")
def enter(
    token: str,
    site: TheSite,
    language: Reader,
    request: Request,
    cookie: Cookie,
    session: DbSession,
) -> Response:
    """Use the link up and begin a session; the one of before ends."""
    new = sign_in.redeem(session, token, browser_of(request))
    if new is None:
        return _confirm(site, language, request, usable=False)
    sign_in.sign_out(session, cookie)
    return begun(site, new, leading.carried(request.query_params))


def form_token(site: Site, cookie: str) -> str:
    """Whoever is still signed in sends their session's token here too."""
    return csrf_token(site.form_key, cookie) if cookie else ""


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


def _mail_link(
    site: Site, language: Language, request: Request, email: str, *, allowed: bool
) -> None:
    with site.runtime.database.writing() as session:
        account = accounts.by_email(session, email)
        if allowed:
            # Without an account there is a job as well, which the worker drops: it takes as long.
            part = account.id if account else random_token()
            goal = leading.carried(request.query_params)
            key, code = random_token(), language.code
            jobs.enqueue(session, sign_in.SIGN_IN, part, key, now(), language=code, next=goal)


def _with_password(
    site: Site, language: Language, request: Request, cookie: str, fields: Fields, email: str
) -> Response:
    password = passwords.normal(fields.secret("password", passwords.LONGEST))
    code = fields.text("code", LONGEST_CODE)
    if not fields.done():
        return _page(site, language, request, fields.errors, email, 422)
    gate = Gate(site, request)
    gate.admit()
    gate.admit_to(email)
    with site.runtime.database.reading() as session:
        account = accounts.by_email(session, email)
        row = session.get(AccountPassword, account.id if account else "")
        proof = passwords.proof_of(session, site.runtime.keyring, row, code)
    # Both are looked at whatever the other says: the time tells nothing of either.
    right = passwords.is_right(row, password)
    new = None
    with site.runtime.database.writing() as session:
        account = accounts.by_email(session, email)
        if account and right and proof and passwords.spend(session, proof):
            sign_in.sign_out(session, cookie)
            new = sign_in.begin(session, account.id, sign_in.PASSWORD, browser_of(request))
            for one in gate.tries_at(email):
                limits.forget(session, one)
        else:
            subject = account.id if account else NOBODY
            log.record(session, NOBODY, "session.refused", subject, how=sign_in.PASSWORD)
    if new is None:
        told = language.text(
            "These three do not belong together. Check the address, the password and the code; "
            "each code works once."
        )
        return _page(site, language, request, {"email": told}, email, 422)
    return begun(site, new, leading.carried(request.query_params))


def _confirm(site: Site, language: Language, request: Request, *, usable: bool) -> HTMLResponse:
    cookie = request.cookies.get(cookie_name(site.runtime.settings), "")
    content = site.pages.render(
        "sign_in/confirm.html",
        language,
        usable=usable,
        query=request.url.query,
        csrf=form_token(site, cookie),
    )
    return HTMLResponse(content, 200 if usable else 404)


def _page(
    site: Site,
    language: Language,
    request: Request,
    errors: dict[str, str],
    email: str,
    status: int = 200,
) -> HTMLResponse:
    cookie = request.cookies.get(cookie_name(site.runtime.settings), "")
    content = site.pages.render(
        "sign_in/ask.html",
        language,
        errors=errors,
        email=email,
        mail=site.transport is not None,
        first=_is_first(site),
        again=bool(request.query_params.get("again")),
        ended=bool(request.query_params.get("ended")),
        provider=site.runtime.settings.oidc_name if site.provider else "",
        query_given=f"?{request.url.query}" if request.url.query else "",
        csrf=form_token(site, cookie),
        query=request.url.query,
    )
    return HTMLResponse(content, status)


def _is_first(site: Site) -> bool:
    with site.runtime.database.reading() as session:
        return first_run.is_needed(session)
