"""The keys of programs: which there are, making one, shown once, and ending one."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import keys
from app.access.accounts import Role
from app.access.models import ApiKey
from app.kit.clock import now
from app.kit.language import Language
from app.people.tree import Tree
from app.web.dependencies import DbSession, Hr, ReadSession, Staff, TheSite, see_other
from app.web.forms import Fields
from app.web.stepping_up import require_fresh

router = APIRouter()

NEW = "/keys/new"
# In days.
LASTS = ("90", "365", "")


@router.get("/keys")
def index(request: Request, _: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """Every key that was not revoked; never the keys themselves."""
    scopes = keys.scopes(session)
    return page(
        "keys/index.html",
        keys=keys.listed(session),
        scopes=scopes,
        roles=_roles(page.language),
        today=now(),
        ended=bool(request.query_params.get("ended")),
    )


@router.get(NEW)
def new(viewer: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """The form for a key."""
    require_fresh(session, viewer, NEW)
    return _form(page, session, {"days": "365"})


@router.post(NEW)
def add(
    request: Request, viewer: Hr, page: Staff, site: TheSite, session: DbSession
) -> HTMLResponse:
    """Make one; it is shown now and never again."""
    require_fresh(session, viewer, NEW)
    tree = Tree.read(session)
    fields = Fields.of(request, page.language)
    name = fields.text("name", keys.LONGEST_NAME)
    role = fields.choice("role", list(Role))
    ticked = fields.many("department", [node.id for node in tree.nodes])
    days = fields.choice("days", LASTS, required=False)
    # What was ticked before changing one's mind about the role does no harm.
    chosen = [tree[one].path_text for one in ticked] if role == Role.MANAGER else []
    if role == Role.MANAGER and not chosen:
        fields.refuse("department", page.language.text("Choose what the program may see."))
    if not fields.done():
        typed = {**fields.typed, "department": ticked}
        return _form(page, session, typed, fields.errors, 422)
    lasts = int(days) if days else None
    made = keys.create(session, role, name, chosen, viewer.account_id, lasts)
    base = site.runtime.settings.base_url
    return page("keys/made.html", key=made.key, token=made.token, base_url=base)


@router.get("/keys/{key_id}/revoke")
def ask(key_id: str, _: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """Whether it is really to be ended."""
    return page("keys/revoke.html", key=_key(session, key_id))


@router.post("/keys/{key_id}/revoke")
def revoke(key_id: str, viewer: Hr, session: DbSession) -> Response:
    """End it at once: this opens nothing, so nobody is asked to sign in again first."""
    keys.revoke(session, _key(session, key_id).id, viewer.account_id)
    return see_other("/keys?ended=1")


def _form(
    page: Staff,
    session: Session,
    typed: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    text = page.language.text
    return page(
        "keys/new.html",
        status,
        errors=errors or {},
        typed=typed,
        roles=_roles(page.language).items(),
        departments=[(node.id, " / ".join(node.path)) for node in Tree.read(session).nodes],
        lasts=zip(
            LASTS, (text("90 days"), text("One year"), text("Until it is revoked")), strict=True
        ),
    )


def _key(session: Session, key_id: str) -> ApiKey:
    key = session.get(ApiKey, key_id)
    if key is None or key.revoked_at is not None:
        raise HTTPException(404)
    return key


def _roles(language: Language) -> dict[Role, str]:
    text = language.text
    return {
        Role.HR: text("HR: everything"),
        Role.MANAGER: text("Manager: results of chosen departments"),
        Role.IT: text("IT: webhooks, never results"),
        Role.AUDITOR: text("Auditor: promises and the log, never results or addresses"),
    }
