"""The first run: making the first account, and the two doors behind it."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import demonstrating, first_run
from app.access.accounts import AccountRefused
from app.audit.demonstration import is_demo
from app.campaigns import rounds
from app.kit.language import Language
from app.people import directory, organisation
from app.web.dependencies import (
    DbSession,
    Hr,
    Reader,
    ReadSession,
    Site,
    Staff,
    TheSite,
    see_other,
)
from app.web.forms import Fields
from app.web.routes.sign_in import begun

router = APIRouter()


@router.get("/set-up/{token}")
def ask(
    token: str, site: TheSite, language: Reader, request: Request, session: ReadSession
) -> HTMLResponse:
    """Who is to be the first of HR."""
    usable = first_run.is_usable(session, token)
    return _page(site, language, request, None, usable=usable, status=200 if usable else 404)


@router.post("/set-up/{token}")
def make(
    token: str, site: TheSite, language: Reader, request: Request, session: DbSession
) -> Response:
    """Make the first account and sign it in."""
    fields = Fields.of(request, language)
    email = fields.text("email", 254)
    name = fields.text("organisation", organisation.LONGEST_NAME, required=False)
    if not first_run.is_usable(session, token):
        return _page(site, language, request, None, usable=False, status=404)
    if fields.done():
        try:
            cookie = first_run.redeem(session, token, email)
        except AccountRefused:
            told = language.text("This is no e-mail address: write it like name@example.com.")
            fields.refuse("email", told)
        else:
            if cookie is None:
                return _page(site, language, request, None, usable=False, status=404)
            if name:
                organisation.change(session, name=name, colour="")
            return begun(site, cookie, "/welcome")
    return _page(site, language, request, fields, usable=True, status=422)


@router.get("/welcome")
def welcome(_: Hr, page: Staff, site: TheSite, session: ReadSession) -> HTMLResponse:
    """The two doors."""
    # Whoever comes here has just named the organisation, or filled or emptied the installation.
    site.pages.renew_look()
    return page(
        "first_run/welcome.html",
        empty=_is_empty(session),
        can_fill=site.fill_demo is not None,
        demo=is_demo(session),
        mail=site.transport is not None,
    )


@router.post("/welcome/demo")
def look_around(_: Hr, site: TheSite) -> Response:
    """Fill the empty installation with a made-up company."""
    with site.runtime.database.reading() as session:
        allowed = _is_empty(session)
    if not allowed or site.fill_demo is None:
        raise HTTPException(409)
    site.fill_demo(site.runtime)
    site.pages.renew_look()
    return see_other("/")


@router.post("/welcome/demo/remove")
def remove_demo(viewer: Hr, session: DbSession) -> Response:
    """Take the made-up company out again."""
    if not demonstrating.remove(session, viewer.account_id):
        raise HTTPException(409)
    return see_other("/welcome")


def _is_empty(session: Session) -> bool:
    found = directory.find(session, limit=1, inactive=True)
    return not found.total and not rounds.listed(session)


def _page(
    site: Site,
    language: Language,
    request: Request,
    fields: Fields | None,
    *,
    usable: bool,
    status: int,
) -> HTMLResponse:
    content = site.pages.render(
        "first_run/set_up.html",
        language,
        errors=fields.errors if fields else {},
        typed=fields.typed if fields else {},
        usable=usable,
        query=request.url.query,
    )
    return HTMLResponse(content, status)
