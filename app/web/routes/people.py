"""The people pages: who is here, and one person to be looked at, added or changed."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, select

from app.audit import log
from app.campaigns import erasing
from app.kit.language import LANGUAGES, NAMES
from app.people import cells, directory, editing, remembering
from app.people.columns import ATTRIBUTES
from app.people.models import Employee
from app.people.tree import Tree
from app.web.dependencies import DbSession, Hr, ReadSession, Staff, see_other
from app.web.forms import Fields

router = APIRouter()

PAGE_SIZE = 50


@router.get("/people")
def index(request: Request, _: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """Who works here, and in which departments."""
    query = request.query_params
    tree = Tree.read(session)
    text = query.get("q", "")[:100]
    department = query.get("department", "")
    department = department if department in tree else ""
    inactive = query.get("left") == "yes"

    def found(number: int) -> directory.Page:
        offset = (number - 1) * PAGE_SIZE
        return directory.find(
            session, text, department or None, offset, PAGE_SIZE, inactive=inactive
        )

    number = _page_number(query.get("page", ""))
    people = found(number)
    pages = max(1, -(-people.total // PAGE_SIZE))
    if number > pages:
        number, people = pages, found(pages)
    kept = {"q": text, "department": department, "left": "yes" if inactive else ""}
    filters = {name: value for name, value in kept.items() if value}
    return page(
        "people/index.html",
        people=people.people,
        found=people.total,
        active=directory.people_count(session),
        tree=tree,
        departments=directory.head_counts(session, tree),
        filters=filters,
        number=number,
        pages=pages,
        link=lambda other: "/people?" + urlencode({**filters, "page": other}),
        imported=next(iter(remembering.listed(session)), None) if query.get("imported") else None,
        saved=session.get(Employee, query.get("saved", "")),
        erased=erasing.ERASED,
        gone=bool(query.get("gone")),
    )


@router.get("/people/new")
def new(_: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """A form for one more person."""
    return _form(page, session, None, {})


@router.post("/people/new")
def add(request: Request, viewer: Hr, page: Staff, session: DbSession) -> Response:
    """Add one person."""
    fields = Fields.of(request, page.language)
    typed = _typed(fields, ("employee_id", *editing.FIELDS))
    checked = editing.check(session, typed, None)
    if not fields.done() or checked.wrong:
        errors = {**checked.errors(page.language), **fields.errors}
        return _form(page, session, None, typed, errors, 422)
    person = editing.add(session, checked.values)
    log.record(session, viewer.account_id, "person.added", person.id)
    return see_other(f"/people?saved={person.id}")


@router.get("/people/{person_id}")
def show(person_id: str, _: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """One person, to be changed."""
    person = person_of(session, person_id)
    return _form(page, session, person, _values(person))


@router.post("/people/{person_id}")
def change(
    person_id: str, request: Request, viewer: Hr, page: Staff, session: DbSession
) -> Response:
    """Change one person; rounds that were launched keep what they froze."""
    person = person_of(session, person_id)
    fields = Fields.of(request, page.language)
    typed = _typed(fields, editing.FIELDS)
    checked = editing.check(session, typed, person)
    if not fields.done() or checked.wrong:
        errors = {**checked.errors(page.language), **fields.errors}
        return _form(page, session, person, typed, errors, 422)
    changed = editing.change(session, person, checked.values)
    if changed:
        log.record(session, viewer.account_id, "person.changed", person.id, fields=changed)
    return see_other(f"/people?saved={person.id}")


@router.post("/people/{person_id}/deactivate")
def deactivate(person_id: str, viewer: Hr, session: DbSession) -> Response:
    """Somebody has left."""
    person = person_of(session, person_id)
    if person.deactivated_at is None:
        editing.deactivate(session, person)
        log.record(session, viewer.account_id, "person.deactivated", person.id)
    return see_other(f"/people/{person_id}")


@router.post("/people/{person_id}/reactivate")
def reactivate(person_id: str, viewer: Hr, page: Staff, session: DbSession) -> Response:
    """Somebody is back."""
    person = person_of(session, person_id)
    if person.deactivated_at is not None:
        try:
            editing.reactivate(session, person)
        except cells.Wrong as wrong:
            errors = {"reactivate": editing.told(wrong, page.language)}
            return _form(page, session, person, _values(person), errors, 422)
        log.record(session, viewer.account_id, "person.reactivated", person.id)
    return see_other(f"/people/{person_id}")


def person_of(session: Session, person_id: str) -> Employee:
    """The person of this id, unless erased."""
    person = session.get(Employee, person_id)
    if person is None or person.employee_id.startswith(erasing.ERASED):
        raise HTTPException(404)
    return person


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text) else 1


def _typed(fields: Fields, names: tuple[str, ...]) -> dict[str, str]:
    return {name: fields.text(name, cells.LONGEST_TEXT + 60, required=False) for name in names}


def _values(person: Employee) -> dict[str, str]:
    attributes: dict[str, str] = json.loads(person.attributes)
    return {
        "name": person.name,
        "email": person.email,
        "department": person.department_id,
        "manager_id": person.manager_id,
        "language": person.language,
        **{name: attributes.get(name, "") for name in ATTRIBUTES},
    }


def _form(
    page: Staff,
    session: Session,
    person: Employee | None,
    typed: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    tree = Tree.read(session)
    manager = session.exec(
        select(Employee).where(Employee.employee_id == typed.get("manager_id", ""))
    ).first()
    return page(
        "people/person.html",
        status,
        errors=errors or {},
        typed=typed,
        person=person,
        manager=manager,
        departments=[(node.id, " / ".join(node.path)) for node in tree.nodes],
        spoken=[(code, NAMES[code]) for code in LANGUAGES],
    )
