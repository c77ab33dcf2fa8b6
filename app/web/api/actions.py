"""Actions: what teams have decided to do, read and changed within the key's departments."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, Field
from sqlmodel import Session

from app.access.sign_in import Viewer
from app.actions import register
from app.actions.models import Action
from app.actions.register import NOWHERE, Given, Scope, UnknownAction
from app.people.tree import Node
from app.web.api import paging, replies
from app.web.api.caller import ReaderCaller
from app.web.api.paging import Cursor, Limit
from app.web.api.problems import Refused
from app.web.api.replies import IdempotencyKey
from app.web.api.values import FIRST_YEAR, LAST_YEAR, Body, Filled, Lines, Text
from app.web.dependencies import DbSession, ReadSession, TheSite
from app.web.routes.actions import NOTES, WHAT, WHO
from app.web.routes.indicators import departments_of

router = APIRouter(tags=["actions"])


def _planned(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"choose a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


Day = Annotated[date, AfterValidator(_planned)]


class ActionIn(Body):
    """What is to be done; the company's where no department is named, which only HR may."""

    what: Annotated[Lines, Field(min_length=1, max_length=WHAT), Filled]
    who: Annotated[Text, Field(max_length=WHO)] = ""
    due_on: Day | None = None
    notes: Annotated[Lines, Field(max_length=NOTES)] = ""
    department: Text = ""


class Ticked(Body):
    """Whether it is done."""

    done: bool


@router.get("/actions")
def list_actions(
    request: Request,
    caller: ReaderCaller,
    site: TheSite,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """The company's actions and those of the key's departments, open and soon due first."""
    place = paging.place_of(site, "actions", cursor)
    nodes = departments_of(session, caller)
    rows = register.listed(session, _scope(caller, nodes))
    told = _Told(nodes)
    some = rows[place : place + limit]
    return replies.tagged(request, paging.page(site, "actions", some, place, len(rows), told))


@router.post("/actions", status_code=201)
def add_action(
    request: Request,
    caller: ReaderCaller,
    session: DbSession,
    wanted: ActionIn,
    key: IdempotencyKey = None,
) -> Response:
    """Decide on something."""

    def do() -> dict[str, Any]:
        nodes = departments_of(session, caller)
        given = _given(wanted, caller, nodes)
        return _Told(nodes)(register.add(session, given, NOWHERE, caller.account_id))

    return replies.once(session, request, caller, key, do, 201)


@router.get("/actions/{action_id}")
def show_action(
    request: Request, caller: ReaderCaller, session: ReadSession, action_id: str
) -> Response:
    """One action that the key may change."""
    nodes = departments_of(session, caller)
    return replies.tagged(request, _Told(nodes)(_action(session, caller, nodes, action_id)))


@router.put("/actions/{action_id}")
def change_action(
    request: Request,
    caller: ReaderCaller,
    session: DbSession,
    action_id: str,
    wanted: ActionIn,
    key: IdempotencyKey = None,
) -> Response:
    """Say it otherwise, hand it to somebody else, or move its date."""

    def do() -> dict[str, Any]:
        nodes, told = _read(session, caller)
        row = _action(session, caller, nodes, action_id)
        replies.unless_changed(request, told(row))
        register.change(session, row, _given(wanted, caller, nodes), caller.account_id)
        return told(row)

    return replies.once(session, request, caller, key, do)


@router.post("/actions/{action_id}/done")
def finish_action(
    request: Request,
    caller: ReaderCaller,
    session: DbSession,
    action_id: str,
    wanted: Ticked,
    key: IdempotencyKey = None,
) -> Response:
    """Tick it off, or open it again."""

    def do() -> dict[str, Any]:
        nodes, told = _read(session, caller)
        row = _action(session, caller, nodes, action_id)
        register.finish(session, row, caller.account_id, done=wanted.done)
        return told(row)

    return replies.once(session, request, caller, key, do)


@router.delete("/actions/{action_id}")
def delete_action(caller: ReaderCaller, session: DbSession, action_id: str) -> dict[str, Any]:
    """Delete it; on its page it can be brought back for 30 days."""
    nodes, told = _read(session, caller)
    row = _action(session, caller, nodes, action_id)
    register.remove(session, row, caller.account_id)
    return told(row)


class _Told:
    """Actions as they are told, their departments by path."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._paths = {node.id: node.path_text for node in nodes}

    def __call__(self, row: Action) -> dict[str, Any]:
        return {
            "id": row.id,
            "what": row.what,
            "who": row.who,
            "due_on": row.due_on.isoformat() if row.due_on else None,
            "notes": row.notes,
            "department": self._paths.get(row.department_id, ""),
            "round": row.round_id,
            "theme": row.theme,
            "practice": row.practice,
            "done_at": row.done_at.isoformat() if row.done_at else None,
            "created_at": row.created_at.isoformat(),
        }


def _read(session: Session, caller: Viewer) -> tuple[Sequence[Node], _Told]:
    nodes = departments_of(session, caller)
    return nodes, _Told(nodes)


def _scope(caller: Viewer, nodes: Sequence[Node]) -> Scope:
    return None if caller.sees_all else {node.id for node in nodes}


def _action(session: Session, caller: Viewer, nodes: Sequence[Node], action_id: str) -> Action:
    try:
        return register.get(session, action_id, _scope(caller, nodes))
    except UnknownAction:
        raise Refused(404, "There is no such action.") from None


def _given(wanted: ActionIn, caller: Viewer, nodes: Sequence[Node]) -> Given:
    ids: Mapping[str, str] = {node.path_text: node.id for node in nodes}
    company = {"": register.COMPANY} if caller.sees_all else {}
    department = {**ids, **company}.get(wanted.department)
    if department is None:
        errors = [{"pointer": "/department", "code": "unknown_department"}]
        text = "department: name one that the key may see, as a path such as Commercial/Sales."
        raise Refused(422, text, errors=errors)
    return Given(wanted.what.strip(), wanted.who.strip(), wanted.due_on, wanted.notes, department)
