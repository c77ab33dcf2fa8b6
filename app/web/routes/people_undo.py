"""The imports of the last days, and undoing one of them."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import bringing
from app.kit.language import Language
from app.people import remembering, undoing
from app.people.models import PeopleImport
from app.web.dependencies import DbSession, Hr, ReadSession, Staff, see_other

router = APIRouter()

SHOWN = 50


@router.get("/people/imports")
def index(_: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """What was imported lately."""
    return page(
        "people/imports.html", imports=remembering.listed(session), days=remembering.KEPT.days
    )


@router.get("/people/imports/{import_id}")
def ask(import_id: str, _: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """What undoing it would do, and what cannot be undone."""
    row = _import(session, import_id)
    planned = undoing.plan(session, row)
    return page(
        "people/undo.html",
        row=row,
        planned=planned,
        stays=planned.stays[:SHOWN],
        reasons=_reasons(page.language),
    )


@router.post("/people/imports/{import_id}")
def undo(import_id: str, viewer: Hr, session: DbSession) -> Response:
    """Undo it as far as it can be, with its audit entry."""
    bringing.undo(session, _import(session, import_id), viewer.account_id)
    return see_other("/people/imports")


def _import(session: Session, import_id: str) -> PeopleImport:
    row = remembering.find(session, import_id)
    if row is None:
        raise HTTPException(404)
    return row


def _reasons(language: Language) -> dict[str, str]:
    text = language.text
    return {
        undoing.CHANGED_SINCE: text("changed since then"),
        undoing.ASKED: text("asked in a round since then: deactivate them instead"),
        undoing.ADDRESS_TAKEN: text("the address they had is somebody else's now"),
        undoing.NO_DEPARTMENT: text("the department they were in is no longer there"),
    }
