"""One's own page: where one is signed in, the way in, and who stands in for a while."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import accounts, deputies, passwords, sessions
from app.access.accounts import AccountRefused, Role
from app.access.models import Account
from app.access.sign_in import Viewer
from app.kit.clock import beginning
from app.people.tree import Tree
from app.web.dependencies import DbSession, ReadSession, SignedIn, Site, Staff, TheSite, see_other
from app.web.forms import Fields
from app.web.stepping_up import require_fresh

router = APIRouter()

LONGEST_EMAIL = 254


@router.get("/account")
def show(viewer: SignedIn, page: Staff, site: TheSite, session: ReadSession) -> HTMLResponse:
    """Who one is here, and from where one is signed in."""
    return _page(page, viewer, site, session)


@router.post("/account/sessions/{session_id}/end")
def end(session_id: str, viewer: SignedIn, session: DbSession) -> Response:
    """End one of one's own sessions."""
    if not sessions.end(session, viewer.account_id, session_id, viewer.account_id):
        raise HTTPException(404)
    return see_other("/account")


@router.post("/account/sessions/end")
def end_others(viewer: SignedIn, session: DbSession) -> Response:
    """End all of them but this one."""
    sessions.end_all(session, viewer.account_id, viewer.account_id, but=viewer.session_id)
    return see_other("/account")


@router.post("/account/deputies")
def name_deputy(
    request: Request, viewer: SignedIn, page: Staff, site: TheSite, session: DbSession
) -> Response:
    """Have another manager see one's departments for a while."""
    if viewer.role is not Role.MANAGER:
        raise HTTPException(404)
    require_fresh(session, viewer, "/account")
    fields = Fields.of(request, page.language)
    if named(session, site, fields, session.get_one(Account, viewer.account_id), viewer, page):
        return see_other("/account")
    return _page(page, viewer, site, session, fields.errors, fields.typed, 422)


@router.post("/account/deputies/{deputy_id}/end")
def end_deputy(deputy_id: str, viewer: SignedIn, session: DbSession) -> Response:
    """End it before its time."""
    if not deputies.end(session, deputy_id, viewer.account_id, viewer.account_id):
        raise HTTPException(404)
    return see_other("/account")


def named(
    session: Session, site: Site, fields: Fields, manager: Account, viewer: Viewer, page: Staff
) -> bool:
    """Name the deputy a form asks for; false where a field is wrong, which it then says."""
    zone = site.runtime.settings.zone
    email = fields.text("deputy", LONGEST_EMAIL)
    first, last = fields.day("from", required=True), fields.day("until", required=True)
    if not fields.done() or first is None or last is None:
        return False
    begins, ends = beginning(first, zone), beginning(last + timedelta(days=1), zone)
    try:
        deputies.name(session, manager, email, begins, ends, viewer.account_id)
    except AccountRefused as refusal:
        field, _, words = refusal.told(page.language).partition(": ")
        wrong = "until" if str(refusal).startswith("until") else "deputy"
        fields.refuse(wrong, words or field)
    return not fields.errors


def _page(
    page: Staff,
    viewer: Viewer,
    site: Site,
    session: Session,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    tree = Tree.read(session)
    standing = deputies.standing(session, viewer.account_id)
    password, codes = passwords.stands(session, viewer.account_id)
    return page(
        "own/index.html",
        status,
        errors=errors or {},
        typed=typed or {},
        role=accounts.Role(viewer.role).value,
        departments=[
            " / ".join(tree[one].path) for one in sorted(viewer.departments) if one in tree
        ],
        sessions=sessions.listed(session, viewer.account_id),
        here=viewer.session_id,
        passwords=site.transport is None,
        password=password,
        codes=codes,
        deputies=[one for one in standing if one.manager == viewer.email],
        stands_in=[one for one in standing if one.deputy == viewer.email],
        names_deputies=viewer.role is Role.MANAGER,
    )
