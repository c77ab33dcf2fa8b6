"""Signing in at the provider of the organisation: there, back, and confirmed by a button."""

import logging

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.access import accounts, sign_in
from app.audit import log
from app.kit.sign_on import LASTS, Provider, SignOnFailed
from app.web import leading
from app.web.browsers import browser_of
from app.web.dependencies import Cookie, Reader, Site, TheSite
from app.web.forms import Fields
from app.web.gate import Gate
from app.web.routes.sign_in import NOBODY, begun, form_token
from app.web.security import cookie_name

router = APIRouter()
warn = logging.getLogger("selaras.web").warning

BACK = "/sign-on/back"
LONGEST = 2_048


@router.get("/sign-on")
def leave_for(site: TheSite, language: Reader, request: Request) -> Response:
    """Send the browser to the provider; nothing is stored but in its own cookie."""
    provider = _provider(site)
    query = request.query_params
    try:
        address, kept = provider.begin(
            _key(site), leading.carried(query), again=bool(query.get("again"))
        )
    except SignOnFailed as failure:
        return _failed(site, language, failure, 503)
    reply = RedirectResponse(address, 303)
    secure = site.runtime.settings.base_url.startswith("https://")
    reply.set_cookie(
        _cookie(site), kept, max_age=LASTS, path="/", httponly=True, samesite="lax", secure=secure
    )
    return reply


@router.get("/sign-on/back")
def confirm(site: TheSite, language: Reader, request: Request, cookie: Cookie) -> HTMLResponse:
    """A button, as with a mailed link: opening an address changes nothing."""
    _provider(site)
    query = request.query_params
    code, state = query.get("code", ""), query.get("state", "")
    if not code or not state or len(code + state) > LONGEST:
        return _failed(site, language, SignOnFailed("the provider sent no code"), 400)
    return HTMLResponse(
        site.pages.render(
            "sign_in/back.html",
            language,
            code=code,
            state=state,
            name=site.runtime.settings.oidc_name,
            csrf=form_token(site, cookie),
        )
    )


@router.post("/sign-on/back")
def enter(site: TheSite, language: Reader, request: Request, cookie: Cookie) -> Response:
    """Ask the provider who it is, and begin a session where the address has an account."""
    provider = _provider(site)
    Gate(site, request).admit()
    fields = Fields.of(request, language)
    code, state = fields.text("code", LONGEST), fields.text("state", LONGEST)
    fields.done()
    kept = request.cookies.get(_cookie(site), "")
    try:
        person = provider.finish(_key(site), kept, state, code)
    except SignOnFailed as failure:
        return _failed(site, language, failure, 400)
    with site.runtime.database.writing() as session:
        account = accounts.by_email(session, person.email)
        if account is None:
            log.record(session, NOBODY, "session.refused", NOBODY, how=sign_in.PROVIDER)
        else:
            sign_in.sign_out(session, cookie)
            new = sign_in.begin(session, account.id, sign_in.PROVIDER, browser_of(request))
    if account is None:
        return _failed(site, language, None, 403)
    reply = begun(site, new, leading.local(person.goal))
    reply.delete_cookie(_cookie(site), path="/")
    return reply


def _provider(site: Site) -> Provider:
    if site.provider is None:
        raise HTTPException(404)
    return site.provider


def _cookie(site: Site) -> str:
    return cookie_name(site.runtime.settings) + "-on"


def _key(site: Site) -> bytes:
    return site.runtime.keyring.derive("sign-on")


def _failed(
    site: Site, language: Reader, failure: SignOnFailed | None, status: int
) -> HTMLResponse:
    if failure is not None:
        warn("signing in at the provider failed: %s", failure)
    content = site.pages.render("sign_in/failed.html", language, known=failure is not None)
    return HTMLResponse(content, status)
