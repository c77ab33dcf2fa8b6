"""Actions: what teams decided, ticked off, and followed up beside the next round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import accounts, scope
from app.access.accounts import Role
from app.access.sign_in import Viewer
from app.actions import register
from app.actions.following import Followed, Following
from app.actions.models import Action
from app.actions.register import COMPANY, Given, Origin, Scope
from app.campaigns import rounds
from app.campaigns.rounds import UnknownRound
from app.kit.clock import now
from app.kit.language import Language
from app.people.tree import Node, Tree
from app.results import signs
from app.results.report import signed
from app.surveys.definition import SIGNS, Survey
from app.web.dependencies import DbSession, ReadSession, SignedIn, Site, Staff, TheSite, see_other
from app.web.forms import Fields
from app.web.sight import seen

router = APIRouter()

FORTNIGHT = timedelta(days=14)
STATES = ("open", "late", "done", "all")
WHAT, WHO, NOTES = 500, 120, 2000


@dataclass(frozen=True)
class Mine:
    """What of the actions the viewer may change (None: all), and the departments to choose from."""

    scope: Scope
    nodes: Sequence[Node]
    tree: Tree

    @property
    def choices(self) -> set[str]:
        company = {COMPANY} if self.scope is None else set()
        return company | {node.id for node in self.nodes}


@dataclass(frozen=True)
class ActionLine:
    """An action as the list tells it."""

    row: Action
    place: str
    late: bool
    mine: bool
    origin: str
    followed: str


@router.get("/actions")
def index(
    request: Request, viewer: SignedIn, page: Staff, session: ReadSession, site: TheSite
) -> HTMLResponse:
    """What was decided, the open ones first; with filters."""
    mine = _mine(session, viewer)
    query = request.query_params
    state = query.get("state", "open")
    state = state if state in STATES else "open"
    department = query.get("department", "")
    within = mine.tree.subtree_ids(department) if department in mine.tree else None
    today = _today(site)
    rows = register.listed(session, mine.scope)
    shown = [
        row
        for row in rows
        if _is(row, state, today) and (within is None or row.department_id in within)
    ]
    following, told = Following(session), _Told(session, page.language)
    return page(
        "actions/index.html",
        lines=[_line(row, mine, today, following, told, page.language) for row in shown],
        every=len(rows),
        counts={one: sum(_is(row, one, today) for row in rows) for one in STATES},
        state=state,
        department=department,
        mine=mine,
        gone=_gone(session, query.get("gone", ""), mine),
    )


@router.get("/actions/new")
def new(viewer: SignedIn, page: Staff, session: ReadSession) -> HTMLResponse:
    """A form for an action of one's own."""
    return _form(page, session, viewer, _mine(session, viewer), None)


@router.post("/actions/new")
def add(request: Request, viewer: SignedIn, page: Staff, site: TheSite) -> Response:
    """Decide on something that is in no playbook."""
    with site.runtime.database.writing() as session:
        mine = _mine(session, viewer)
        fields = Fields.of(request, page.language)
        given = _given(fields, mine, page.language)
        if fields.done():
            register.add(session, given, register.NOWHERE, viewer.account_id)
            return see_other("/actions")
        return _form(page, session, viewer, mine, None, fields, 422)


@router.post("/actions")
def take(
    request: Request,
    viewer: SignedIn,
    page: Staff,
    session: DbSession,
    site: TheSite,
) -> Response:
    """One click on a practice of the playbook: an action for the next fortnight."""
    mine = _mine(session, viewer)
    fields = Fields.of(request, page.language)
    origin = Origin(
        round_id=fields.text("round", 20),
        theme=fields.text("theme", 100, required=False),
        sign=fields.choice("sign", SIGNS, required=False),
        practice=fields.text("practice", 100),
    )
    department = fields.text("department", 40, required=False)
    if not fields.done():
        raise HTTPException(422)
    if department not in mine.choices:
        raise HTTPException(404)
    words = _practice(session, viewer, origin, page.language)
    what, _, rest = words.partition(". ")
    given = Given(
        what=f"{what.rstrip('.')}."[:WHAT],
        due_on=_today(site) + FORTNIGHT,
        notes=rest[:NOTES],
        department_id=department,
    )
    row = register.add(session, given, origin, viewer.account_id)
    return see_other(f"/actions/{row.id}?added=1")


@router.get("/actions/{action_id}")
def show(
    action_id: str, request: Request, viewer: SignedIn, page: Staff, session: ReadSession
) -> HTMLResponse:
    """One action, to be filled in or changed."""
    mine = _mine(session, viewer)
    row = register.get(session, action_id, mine.scope)
    added = request.query_params.get("added") == "1"
    return _form(page, session, viewer, mine, row, added=added)


@router.post("/actions/{action_id}")
def change(
    action_id: str, request: Request, viewer: SignedIn, page: Staff, site: TheSite
) -> Response:
    """What, who, by when, notes."""
    with site.runtime.database.writing() as session:
        mine = _mine(session, viewer)
        row = register.get(session, action_id, mine.scope)
        fields = Fields.of(request, page.language)
        given = _given(fields, mine, page.language)
        if fields.done():
            register.change(session, row, given, viewer.account_id)
            return see_other("/actions")
        return _form(page, session, viewer, mine, row, fields, 422)


@router.post("/actions/{action_id}/done")
def finish(action_id: str, viewer: SignedIn, session: DbSession) -> Response:
    """Tick it off."""
    row = register.get(session, action_id, _mine(session, viewer).scope)
    register.finish(session, row, viewer.account_id, done=True)
    return see_other("/actions")


@router.post("/actions/{action_id}/open")
def reopen(action_id: str, viewer: SignedIn, session: DbSession) -> Response:
    """It is not done after all."""
    row = register.get(session, action_id, _mine(session, viewer).scope)
    register.finish(session, row, viewer.account_id, done=False)
    return see_other("/actions")


@router.post("/actions/{action_id}/delete")
def delete(action_id: str, viewer: SignedIn, session: DbSession) -> Response:
    """Delete it; the next page offers the way back."""
    row = register.get(session, action_id, _mine(session, viewer).scope)
    register.remove(session, row, viewer.account_id)
    return see_other(f"/actions?gone={action_id}")


@router.post("/actions/{action_id}/restore")
def restore(action_id: str, viewer: SignedIn, session: DbSession) -> Response:
    """Undo it."""
    row = register.get(session, action_id, _mine(session, viewer).scope, deleted=True)
    register.restore(session, row, viewer.account_id)
    return see_other("/actions")


class _Told:
    """Where actions come from, in words; each round's survey is read once."""

    def __init__(self, session: Session, language: Language) -> None:
        self._session = session
        self._language = language
        self._surveys: dict[str, tuple[str, Survey]] = {}

    def origin(self, row: Action) -> str:
        if row.round_id is None:
            return ""
        name, survey = self._survey(row.round_id)
        themes = {theme.key: theme.name.in_(self._language.code) for theme in survey.themes}
        about = themes.get(row.theme) or (row.sign and signs.name(row.sign, self._language))
        return f"{name} · {about}" if about else name

    def _survey(self, round_id: str) -> tuple[str, Survey]:
        if round_id not in self._surveys:
            row = rounds.get(self._session, round_id)
            self._surveys[round_id] = row.name, rounds.survey_of(self._session, row)
        return self._surveys[round_id]


def followed_words(found: Followed | None, language: Language) -> str:
    """Whether the theme has moved since, as far as chance lets one say."""
    if found is None:
        return ""
    if found.verdict == "not yet":
        return language.text("The next round will show whether the theme has moved.")
    if found.verdict == "not printed":
        return language.text(
            "“%(round)s”: too few answers to say whether the theme has moved.",
            round=found.round_name,
        )
    given = {
        "round": found.round_name,
        "points": signed(found.difference),
        "low": signed(found.low),
        "high": signed(found.high),
    }
    if found.verdict == "higher":
        return language.text(
            "“%(round)s”: the theme is clearly up, by %(points)s (likely %(low)s to %(high)s).",
            **given,
        )
    if found.verdict == "lower":
        return language.text(
            "“%(round)s”: the theme is clearly down, by %(points)s (likely %(low)s to %(high)s).",
            **given,
        )
    return language.text(
        "“%(round)s”: no clear change of the theme, %(points)s (likely %(low)s to %(high)s).",
        **given,
    )


def _mine(session: Session, viewer: Viewer) -> Mine:
    """Raises 404 for who decides nothing here."""
    if viewer.role not in (Role.HR, Role.MANAGER):
        raise HTTPException(404)
    tree = Tree.read(session)
    if viewer.sees_all:
        return Mine(None, tree.nodes, tree)
    own = scope.own_departments(viewer, {node.id: node.parent_id for node in tree.nodes})
    return Mine(own, [node for node in tree.nodes if node.id in own], tree)


def _practice(session: Session, viewer: Viewer, origin: Origin, language: Language) -> str:
    """The words of a practice of the round's own survey; 404 where there is no such thing."""
    if origin.round_id is None:
        raise UnknownRound("")
    row, _ = seen(session, viewer, origin.round_id)
    survey = rounds.survey_of(session, row)
    try:
        if origin.theme:
            survey.theme(origin.theme)
        return survey.practice(origin.practice).text.in_(language.code)
    except KeyError:
        raise HTTPException(404) from None


def _line(
    row: Action,
    mine: Mine,
    today: date,
    following: Following,
    told: _Told,
    language: Language,
) -> ActionLine:
    place = language.text("The whole company")
    if row.department_id:
        known = row.department_id in mine.tree
        place = (
            mine.tree[row.department_id].path_text
            if known
            else language.text("a department that is gone")
        )
    return ActionLine(
        row,
        place,
        _is(row, "late", today),
        register.may_change(row, mine.scope),
        told.origin(row),
        followed_words(following.of(row), language),
    )


def _is(row: Action, state: str, today: date) -> bool:
    late = row.done_at is None and row.due_on is not None and row.due_on < today
    return {
        "open": row.done_at is None,
        "late": late,
        "done": row.done_at is not None,
        "all": True,
    }[state]


def _given(fields: Fields, mine: Mine, language: Language) -> Given:
    return Given(
        what=fields.text("what", WHAT, lines=True),
        who=fields.text("who", WHO, required=False),
        due_on=fields.day("due_on"),
        notes=fields.text("notes", NOTES, required=False, lines=True),
        department_id=fields.choice(
            "department", mine.choices, required=COMPANY not in mine.choices
        ),
    )


def _gone(session: Session, action_id: str, mine: Mine) -> str:
    """The id of an action that was just deleted and can be brought back."""
    try:
        register.get(session, action_id, mine.scope, deleted=True)
    except register.UnknownAction:
        return ""
    return action_id


def _form(
    page: Staff,
    session: Session,
    viewer: Viewer,
    mine: Mine,
    row: Action | None,
    fields: Fields | None = None,
    status: int = 200,
    *,
    added: bool = False,
) -> HTMLResponse:
    people = [viewer.email]
    if viewer.sees_all:
        people = [one.email for one in accounts.with_role(session, Role.MANAGER)]
    return page(
        "actions/form.html",
        status,
        row=row,
        added=added,
        departments=[
            *([(COMPANY, page.language.text("The whole company"))] if mine.scope is None else []),
            *((node.id, " / ".join(node.path)) for node in mine.nodes),
        ],
        people=people,
        origin=_Told(session, page.language).origin(row) if row else "",
        followed=followed_words(Following(session).of(row), page.language) if row else "",
        errors=fields.errors if fields else {},
        typed=fields.typed if fields else _typed(row),
    )


def _typed(row: Action | None) -> Mapping[str, Any]:
    if row is None:
        return {}
    return {
        "what": row.what,
        "who": row.who,
        "due_on": row.due_on.isoformat() if row.due_on else "",
        "notes": row.notes,
        "department": row.department_id,
    }


def _today(site: Site) -> date:
    return now().astimezone(site.runtime.settings.zone).date()
