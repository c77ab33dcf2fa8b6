"""Surveys of one's own: copied, edited part by part, saved as versions; every act is recorded."""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access.sign_in import Viewer
from app.audit import log
from app.kit.language import LANGUAGES, Language
from app.surveys import appending, editing, library, shelf
from app.surveys.definition import SIGNS
from app.surveys.editing import EditRefused
from app.surveys.library import UnknownSurvey
from app.surveys.loading import TemplateErrors, TemplateProblem
from app.surveys.writing import Data
from app.web import survey_parts, survey_words
from app.web.dependencies import DbSession, Hr, ReadSession, Staff, see_other
from app.web.forms import Fields
from app.web.survey_parts import SPARE, where

router = APIRouter()

UP, DOWN = "up", "down"


@dataclass(frozen=True)
class Told:
    """A problem of the draft, and the page it is mended on."""

    field: str
    message: str
    address: str


@router.post("/surveys/{key}/copy")
def copy(key: str, staff: Staff, viewer: Hr, session: DbSession, request: Request) -> Response:
    """Begin a survey of one's own from this one."""
    fields = Fields.of(request, staff.language)
    new = fields.text("new_key", 100)
    if not fields.done():
        return _copying(staff, session, key, fields)
    try:
        editing.copy(session, key, new, viewer.account_id)
    except UnknownSurvey:
        raise HTTPException(404) from None
    except EditRefused as refusal:
        fields.refuse("new_key", refusal.told(staff.language))
        return _copying(staff, session, key, fields)
    log.record(session, viewer.account_id, "survey.copied", new, source=key)
    return see_other(f"/surveys/{new}/edit")


@router.get("/surveys/{key}/edit")
def show(key: str, staff: Staff, _: Hr, session: ReadSession) -> HTMLResponse:
    """The draft as a whole: its texts, its parts in order, and what is wrong with it."""
    return _overview(staff, session, key, draft_of(session, key))


@router.post("/surveys/{key}/edit")
def change(key: str, staff: Staff, viewer: Hr, session: DbSession, request: Request) -> Response:
    """Keep title, introduction, languages, length and rule."""
    data, fields = draft_of(session, key), Fields.of(request, staff.language)
    new = survey_parts.read_top(fields, data, LANGUAGES)
    if not fields.done():
        return _overview(staff, session, key, new, fields.errors, 422)
    survey_parts.speak(new, new["languages"])
    _keep(session, viewer, key, new, "survey")
    return see_other(f"/surveys/{key}/edit")


@router.post("/surveys/{key}/edit/trust")
def append_trust(key: str, viewer: Hr, session: DbSession) -> Response:
    """Ask along whether people trust the surveys; once, and not in that survey itself."""
    data = draft_of(session, key)
    if appending.has(data, appending.TRUST):
        raise HTTPException(409)
    appending.append(data, library.template(appending.TRUST))
    _keep(session, viewer, key, data, appending.TRUST)
    return see_other(f"/surveys/{key}/edit#items")


@router.post("/surveys/{key}/edit/{part}")
def add(
    key: str, part: str, staff: Staff, viewer: Hr, session: DbSession, request: Request
) -> Response:
    """A new part at the end, and its page."""
    data, fields = draft_of(session, key), Fields.of(request, staff.language)
    if part not in editing.PARTS or not fields.done():
        raise HTTPException(404)
    first: dict[str, object] = {}
    if part == "items":
        scale = next(iter(data["scales"]), "")
        first = {"type": "scale", "scale": scale} if scale else {"type": "text"}
    place = editing.add(data, part, **first)
    _keep(session, viewer, key, data, f"{part} {place + 1}")
    return see_other(f"/surveys/{key}/edit/{part}/{place}")


@router.get("/surveys/{key}/edit/{part}/{place}")
def show_part(
    key: str, part: str, place: int, staff: Staff, _: Hr, session: ReadSession
) -> HTMLResponse:
    """One part with its languages side by side."""
    return _part(staff, key, draft_of(session, key), part, place)


@router.post("/surveys/{key}/edit/{part}/{place}")
def change_part(
    key: str, part: str, place: int, staff: Staff, viewer: Hr, session: DbSession, request: Request
) -> Response:
    """Keep one part; what the checker has against it stands beside its fields."""
    data, fields = draft_of(session, key), Fields.of(request, staff.language)
    _table(data, part, place)
    typed = survey_parts.read(fields, part, data, place)
    good = fields.done()
    editing.put(data, part, place, typed)
    if not good:
        return _part(staff, key, data, part, place, fields.errors, 422)
    _keep(session, viewer, key, data, f"{part} {place + 1}")
    problems = editing.problems(data)
    if survey_parts.errors_of(problems, part, place, typed["key"], staff.language):
        return _part(staff, key, data, part, place)
    return see_other(f"/surveys/{key}/edit#{part}")


@router.post("/surveys/{key}/edit/{part}/{place}/move")
def move(
    key: str, part: str, place: int, staff: Staff, viewer: Hr, session: DbSession, request: Request
) -> Response:
    """One place up or down."""
    data, fields = draft_of(session, key), Fields.of(request, staff.language)
    direction = fields.choice("direction", (UP, DOWN))
    _table(data, part, place)
    if not fields.done():
        raise HTTPException(422)
    editing.move(data, part, place, -1 if direction == UP else 1)
    _keep(session, viewer, key, data, f"{part} {place + 1}")
    return see_other(f"/surveys/{key}/edit#{part}")


@router.post("/surveys/{key}/edit/{part}/{place}/remove")
def remove(key: str, part: str, place: int, viewer: Hr, session: DbSession) -> Response:
    """Take one part out of the draft."""
    data = draft_of(session, key)
    _table(data, part, place)
    editing.remove(data, part, place)
    _keep(session, viewer, key, data, f"{part} {place + 1}")
    return see_other(f"/surveys/{key}/edit#{part}")


@router.post("/surveys/{key}/discard")
def discard(key: str, viewer: Hr, session: DbSession) -> Response:
    """Forget the draft; the newest version stays."""
    draft_of(session, key)
    editing.discard(session, key)
    log.record(session, viewer.account_id, "survey.discarded", key)
    return see_other(f"/surveys/{key}" if shelf.versions(session, key) else "/surveys")


@router.post("/surveys/{key}/versions")
def save(key: str, staff: Staff, viewer: Hr, session: DbSession) -> Response:
    """Make the draft the newest version, if nothing is wrong with it."""
    data = draft_of(session, key)
    try:
        survey = editing.save(session, key, viewer.account_id)
    except TemplateErrors:
        return _overview(staff, session, key, data, status=422)
    except EditRefused:
        return see_other(f"/surveys/{key}/versions")
    log.record(session, viewer.account_id, "survey.saved", key, version=survey.version)
    return see_other(f"/surveys/{key}")


def draft_of(session: Session, key: str) -> Data:
    """What is being edited; 404 where there is no such survey of one's own."""
    data = editing.draft(session, key)
    if data is None:
        raise HTTPException(404)
    return data


def _table(data: Data, part: str, place: int) -> Data:
    if part not in editing.PARTS or not 0 <= place < len(editing.parts(data, part)):
        raise HTTPException(404)
    return editing.parts(data, part)[place]


def _keep(session: Session, viewer: Viewer, key: str, data: Data, part: str) -> None:
    editing.keep(session, key, data, viewer.account_id)
    log.record(session, viewer.account_id, "survey.edited", key, part=part)


def _overview(
    staff: Staff,
    session: Session,
    key: str,
    data: Data,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    problems = editing.problems(data)
    saved = shelf.versions(session, key)
    return staff(
        "surveys/edit.html",
        status,
        key=key,
        data=data,
        can_append=not appending.has(data, appending.TRUST),
        parts={part: editing.parts(data, part) for part in editing.PARTS},
        texts=[Language(code) for code in data["languages"]],
        offered=[Language(code) for code in LANGUAGES],
        errors={**survey_parts.top_errors(problems, staff.language), **(errors or {})},
        told=[_told(key, data, one, staff.language) for one in problems],
        bad={(at[0], at[1]) for one in problems if (at := where(one))},
        minutes=editing.minutes(data),
        number=saved[0].number + 1 if saved else 1,
        changed=session.get(shelf.SurveyDraft, key) is not None,
    )


def _told(key: str, data: Data, problem: TemplateProblem, language: Language) -> Told:
    at, words = where(problem), survey_words.told(problem, language)
    if at is None:
        named = survey_words.whole(problem.field, language)
        return Told(named, words, f"#{problem.field}")
    part, place, rest = at
    if isinstance(place, str):
        place = list(data["scales"]).index(place) if place in data["scales"] else 0
    named = survey_words.part(part, place + 1, rest, language)
    return Told(named, words, f"/surveys/{key}/edit/{part}/{place}")


def _part(
    staff: Staff,
    key: str,
    data: Data,
    part: str,
    place: int,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    table = _table(data, part, place)
    found = survey_parts.errors_of(
        editing.problems(data), part, place, table["key"], staff.language
    )
    return staff(
        "surveys/part.html",
        status,
        key=key,
        data=data,
        part=part,
        place=place,
        table=table,
        texts=[Language(code) for code in data["languages"]],
        errors={**found, **(errors or {})},
        spare=SPARE,
        signs=SIGNS,
    )


def _copying(staff: Staff, session: Session, key: str, fields: Fields) -> HTMLResponse:
    """The survey's page again, with what is wrong with the new key."""
    try:
        survey = shelf.find(session, key)
    except UnknownSurvey:
        raise HTTPException(404) from None
    return staff("surveys/copy.html", 422, survey=survey, errors=fields.errors, typed=fields.typed)
