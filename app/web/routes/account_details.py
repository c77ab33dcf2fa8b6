"""One account for whoever looks after accounts: its sessions, and for HR its deputies."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import deputies, sessions
from app.access.accounts import Role
from app.access.models import Account
from app.web.dependencies import (
    DbSession,
    Hr,
    Keeping,
    ReadSession,
    Staff,
    TheSite,
    see_other,
)
from app.web.forms import Fields
from app.web.routes.own_account import named
from app.web.stepping_up import require_fresh

router = APIRouter()


@router.get("/accounts/{account_id}")
def show(account_id: str, _: Keeping, page: Staff, session: ReadSession) -> HTMLResponse:
    """Where somebody is signed in, and who stands in for them."""
    return _page(page, session, _account(session, account_id))


@router.post("/accounts/{account_id}/sessions/end")
def end_sessions(account_id: str, viewer: Keeping, session: DbSession) -> Response:
    """Sign somebody out everywhere."""
    account = _account(session, account_id)
    own = viewer.session_id if account.id == viewer.account_id else ""
    sessions.end_all(session, account.id, viewer.account_id, but=own)
    return see_other(f"/accounts/{account.id}")


@router.post("/accounts/{account_id}/deputies")
def name_deputy(
    account_id: str, request: Request, viewer: Hr, page: Staff, site: TheSite, session: DbSession
) -> Response:
    """Have another manager see the departments of this one for a while."""
    account = _account(session, account_id)
    if account.role != Role.MANAGER:
        raise HTTPException(404)
    require_fresh(session, viewer, f"/accounts/{account.id}")
    fields = Fields.of(request, page.language)
    if named(session, site, fields, account, viewer, page):
        return see_other(f"/accounts/{account.id}")
    return _page(page, session, account, fields.errors, fields.typed, 422)


@router.post("/accounts/{account_id}/deputies/{deputy_id}/end")
def end_deputy(account_id: str, deputy_id: str, viewer: Hr, session: DbSession) -> Response:
    """End it before its time."""
    account = _account(session, account_id)
    if not deputies.end(session, deputy_id, viewer.account_id, account.id):
        raise HTTPException(404)
    return see_other(f"/accounts/{account.id}")


def _account(session: Session, account_id: str) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise HTTPException(404)
    return account


def _page(
    page: Staff,
    session: Session,
    asked: Account,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    standing = deputies.standing(session, asked.id)
    return page(
        "accounts/show.html",
        status,
        errors=errors or {},
        typed=typed or {},
        asked=asked,
        sessions=sessions.listed(session, asked.id),
        here=page.viewer.session_id,
        deputies=[one for one in standing if one.manager == asked.email],
        stands_in=[one for one in standing if one.deputy == asked.email],
        has_deputies=asked.role == Role.MANAGER and page.viewer.role is Role.HR,
    )
