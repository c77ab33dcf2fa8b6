"""Erasing a person: what would go is shown, the employee id typed, and it is done for good."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access.accounts import AccountRefused
from app.campaigns import erasing
from app.people import cells
from app.people.models import Employee
from app.results import erasure
from app.web.dependencies import DbSession, Hr, ReadSession, Staff, TheSite, see_other
from app.web.forms import Fields
from app.web.routes.people import person_of
from app.web.stepping_up import require_fresh

router = APIRouter()

CONFIRM = "employee_id"


@router.get("/people/{person_id}/erase")
def ask(person_id: str, viewer: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """What erasing this person would do."""
    person = person_of(session, person_id)
    require_fresh(session, viewer, _address(person))
    return _page(page, session, person)


@router.post("/people/{person_id}/erase")
def erase(
    person_id: str,
    request: Request,
    viewer: Hr,
    page: Staff,
    site: TheSite,
    session: DbSession,
) -> Response:
    """Erase them; older backups keep them until their time, and a restore erases them again."""
    person = person_of(session, person_id)
    require_fresh(session, viewer, _address(person))
    fields = Fields.of(request, page.language)
    typed = fields.text(CONFIRM, cells.LONGEST_TEXT)
    if typed and typed != person.employee_id:
        fields.refuse(CONFIRM, page.language.text("This is not the employee id of this person."))
    if fields.done():
        who, folder = erasure.named(session, person), site.runtime.settings.backup_folder
        try:
            # What was begun is taken back where it is refused.
            with session.begin_nested():
                erasure.erase(session, site.runtime.keyring, folder, who, viewer.account_id)
        except AccountRefused:
            text = page.language.text
            fields.refuse(CONFIRM, text("This is the last HR account: add another one first."))
        else:
            erasure.sweep_later(session)
            return see_other("/people?gone=1")
    return _page(page, session, person, fields)


def _page(
    page: Staff, session: Session, person: Employee, fields: Fields | None = None
) -> HTMLResponse:
    return page(
        "people/erase.html",
        422 if fields else 200,
        errors=fields.errors if fields else {},
        typed=fields.typed if fields else {},
        person=person,
        planned=erasing.plan(session, erasure.named(session, person)),
    )


def _address(person: Employee) -> str:
    return f"/people/{person.id}/erase"
