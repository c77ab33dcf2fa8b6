"""Accounts for managers, proposed from the people file: tick, and they are let in."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import accounts, proposing, sign_in
from app.access.accounts import AccountRefused, Role
from app.access.models import Account
from app.access.proposing import Proposal
from app.access.sign_in import Viewer
from app.kit import jobs
from app.kit.clock import now
from app.kit.tokens import random_token
from app.web.dependencies import DbSession, Hr, ReadSession, Site, Staff, TheSite, see_other
from app.web.forms import Fields
from app.web.stepping_up import require_fresh

router = APIRouter()

# A form holds so many boxes and no more; the next come once these are let in.
SHOWN = 100


@router.get("/accounts/proposed")
def index(_: Hr, page: Staff, site: TheSite, session: ReadSession) -> HTMLResponse:
    """Who leads whole departments and has no account yet."""
    return _page(page, site, session)


@router.post("/accounts/proposed")
def invite(
    request: Request, viewer: Hr, page: Staff, site: TheSite, session: DbSession
) -> Response:
    """Make an account for each that was ticked, and hand over the links."""
    require_fresh(session, viewer, "/accounts/proposed")
    fields = Fields.of(request, page.language)
    offered = {one.person.id: one for one in _ready(session)}
    ticked = fields.many("person", offered)
    if not ticked:
        fields.refuse("person", page.language.text("Tick at least one manager."))
    if not fields.done():
        return _page(page, site, session, fields.errors)
    chosen = [offered[person_id] for person_id in ticked]
    try:
        # All of them, or none.
        with session.begin_nested():
            made = [_made(session, one, viewer) for one in chosen]
    except AccountRefused as refusal:
        fields.refuse("person", refusal.told(page.language))
        return _page(page, site, session, fields.errors)
    return _hand_over(site, page, session, made)


def _made(session: Session, one: Proposal, viewer: Viewer) -> Account:
    paths = [node.path_text for node in one.departments]
    return accounts.add(session, one.person.email, Role.MANAGER, paths, viewer.account_id)


def _ready(session: Session) -> list[Proposal]:
    return [one for one in proposing.proposals(session) if one.departments][:SHOWN]


def _hand_over(site: Site, page: Staff, session: Session, made: list[Account]) -> Response:
    """Their first links by mail, or all on one page where no mail is set up."""
    if site.transport is None:
        base = f"{site.runtime.settings.base_url}/sign-in"
        lasts = sign_in.INVITATION_LASTS
        links = [(one.email, f"{base}/{sign_in.new_link(session, one, lasts)}") for one in made]
        return page("accounts/links.html", links=links, until=now() + lasts)
    for one in made:
        jobs.enqueue(
            session,
            sign_in.SIGN_IN,
            one.id,
            random_token(),
            now(),
            language=page.language.code,
            invited=True,
        )
    return see_other("/accounts")


def _page(
    page: Staff, site: Site, session: Session, errors: Mapping[str, str] | None = None
) -> HTMLResponse:
    found = proposing.proposals(session)
    ready = [one for one in found if one.departments]
    return page(
        "accounts/proposed.html",
        422 if errors else 200,
        errors=errors or {},
        ready=ready[:SHOWN],
        more=len(ready) - len(ready[:SHOWN]),
        unclear=[one for one in found if not one.departments][:SHOWN],
        mail=site.transport is not None,
    )
