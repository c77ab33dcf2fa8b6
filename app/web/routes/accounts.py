"""The accounts pages: who may sign in, adding somebody, a new link, and stopping an account."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import accounts, keys, managing, sign_in
from app.access.accounts import AccountRefused, Role
from app.access.models import Account
from app.access.sign_in import Viewer
from app.audit import log
from app.kit import jobs
from app.kit.clock import now
from app.kit.language import Language
from app.kit.tokens import random_token
from app.people.tree import Tree
from app.web.dependencies import DbSession, Keeping, ReadSession, Site, Staff, TheSite, see_other
from app.web.forms import Fields
from app.web.gate import Gate
from app.web.stepping_up import require_fresh

router = APIRouter()


@router.get("/accounts")
def index(
    request: Request, _: Keeping, page: Staff, site: TheSite, session: ReadSession
) -> HTMLResponse:
    """Who may sign in, and the form to add somebody."""
    query = request.query_params
    return _list(
        page,
        site,
        session,
        mailed=_named(session, query.get("mailed", "")),
        disabled=_named(session, query.get("disabled", "")),
    )


@router.post("/accounts")
def add(
    request: Request, viewer: Keeping, page: Staff, site: TheSite, session: DbSession
) -> Response:
    """Make the account and hand over its first link: by mail, or here once."""
    require_fresh(session, viewer, "/accounts")
    tree = Tree.read(session)
    fields = Fields.of(request, page.language)
    email = fields.text("email", 254)
    role = fields.choice("role", managing.makes(viewer))
    ticked = fields.many("department", [node.id for node in tree.nodes])
    # HR sees everything; what was ticked before changing one's mind does no harm.
    chosen = [tree[one].path_text for one in ticked] if role == Role.MANAGER else []
    if role == Role.MANAGER and not chosen:
        fields.refuse("department", page.language.text("Choose what the manager may see."))
    if fields.done():
        if not Gate(site, request).may_invite(session, viewer.account_id):
            raise HTTPException(429)
        try:
            managing.require(viewer, accounts.known(session, email))
            account = accounts.add(session, email, role, chosen, viewer.account_id)
        except AccountRefused as refusal:
            _explain(refusal, fields, page.language)
        else:
            return _hand_over(site, page, session, account)
    typed = {**fields.typed, "department": ticked}
    return _list(page, site, session, errors=fields.errors, typed=typed, status=422)


@router.post("/accounts/{account_id}/link")
def link(
    account_id: str,
    request: Request,
    viewer: Keeping,
    page: Staff,
    site: TheSite,
    session: DbSession,
) -> Response:
    """Another sign-in link for somebody who lost theirs."""
    account = _account(session, account_id)
    # By mail it reaches nobody but the account's own person.
    if account.disabled_at is not None or not _may_link(site, viewer, account):
        raise HTTPException(404)
    require_fresh(session, viewer, "/accounts")
    if not Gate(site, request).may_invite(session, viewer.account_id):
        raise HTTPException(429)
    log.record(session, viewer.account_id, "account.link_made", account.id)
    return _hand_over(site, page, session, account)


@router.get("/accounts/{account_id}/disable")
def ask(account_id: str, _: Keeping, page: Staff, session: ReadSession) -> HTMLResponse:
    """Whether the account is really to be stopped."""
    account = _account(session, account_id)
    left = keys.left_by(session, account.id)
    return page("accounts/disable.html", account_asked=account, keys_left=left)


@router.post("/accounts/{account_id}/disable")
def disable(account_id: str, viewer: Keeping, page: Staff, session: DbSession) -> Response:
    """Stop the account; the last of HR cannot be."""
    account = _account(session, account_id)
    try:
        accounts.disable(session, account.email, viewer.account_id)
    except AccountRefused:
        errors = {"disable": _last_one(page.language)}
        return page("accounts/disable.html", 422, account_asked=account, keys_left=0, errors=errors)
    return see_other(f"/accounts?disabled={account.id}")


def _list(
    page: Staff,
    site: Site,
    session: Session,
    *,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, Any] | None = None,
    mailed: Account | None = None,
    disabled: Account | None = None,
    status: int = 200,
) -> HTMLResponse:
    listed = accounts.listed(session)
    makes = managing.makes(page.viewer)
    return page(
        "accounts/index.html",
        status,
        errors=errors or {},
        typed=typed or {},
        listed=listed,
        departments=[(node.id, " / ".join(node.path)) for node in Tree.read(session).nodes],
        roles=_roles(page.language),
        makes=[
            (role.value, words) for role, words in _roles(page.language).items() if role in makes
        ],
        linked=[one.account.id for one in listed if _may_link(site, page.viewer, one.account)],
        proposes=page.viewer.role is Role.HR,
        mailed=mailed if mailed and mailed.disabled_at is None else None,
        disabled=disabled if disabled and disabled.disabled_at else None,
    )


def _hand_over(site: Site, page: Staff, session: Session, account: Account) -> Response:
    """A link by mail, or shown once where no mail is set up: only its fingerprint is kept."""
    if site.transport is not None:
        jobs.enqueue(
            session,
            sign_in.SIGN_IN,
            account.id,
            random_token(),
            now(),
            language=page.language.code,
            invited=True,
        )
        return see_other(f"/accounts?mailed={account.id}")
    token = sign_in.new_link(session, account, sign_in.INVITATION_LASTS)
    return page(
        "accounts/link.html",
        account_added=account,
        link=f"{site.runtime.settings.base_url}/sign-in/{token}",
        until=now() + sign_in.INVITATION_LASTS,
    )


def _may_link(site: Site, viewer: Viewer, account: Account) -> bool:
    return site.transport is not None or managing.may_hand_over(viewer, account)


def _named(session: Session, account_id: str) -> Account | None:
    return session.get(Account, account_id) if account_id else None


def _account(session: Session, account_id: str) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise HTTPException(404)
    return account


def _explain(refusal: AccountRefused, fields: Fields, language: Language) -> None:
    """Put the refusal beside the field it begins with."""
    text = language.text
    messages = {
        "email": text("This is no e-mail address: write it like name@example.com."),
        "role": text("Only HR changes an account that reads results.")
        if "only HR" in str(refusal)
        else _last_one(language),
        "department": text("Choose what the manager may see."),
    }
    field = str(refusal).partition(":")[0]
    fields.refuse(field, messages[field])


def _last_one(language: Language) -> str:
    return language.text("This is the last HR account: add another one first.")


def _roles(language: Language) -> dict[Role, str]:
    text = language.text
    return {
        Role.HR: text("HR: everything"),
        Role.MANAGER: text("Manager: results of chosen departments"),
        Role.IT: text("IT: settings and accounts, never results"),
        Role.AUDITOR: text("Auditor: promises and the log, never results or addresses"),
    }
