"""The saved versions of a survey of one's own: compared, taken again, downloaded, taken off the shelf."""

from itertools import pairwise
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.audit import log
from app.campaigns import rounds
from app.surveys import differences, editing, shelf
from app.surveys.editing import EditRefused
from app.surveys.frozen import thawed
from app.surveys.library import UnknownSurvey
from app.surveys.writing import as_data, to_toml
from app.web.dependencies import DbSession, Hr, ReadSession, Staff, see_other
from app.web.forms import Fields
from app.web.routes.survey_editor import draft_of

router = APIRouter()


@router.get("/surveys/{key}/versions")
def versions(key: str, staff: Staff, _: Hr, session: ReadSession) -> HTMLResponse:
    """Every saved version with what it changed."""
    return _versions(staff, session, key)


@router.post("/surveys/{key}/restore")
def restore(key: str, staff: Staff, viewer: Hr, session: DbSession, request: Request) -> Response:
    """Take an earlier version again, as a new one."""
    fields = Fields.of(request, staff.language)
    number = fields.integer("number", 1, 1_000_000)
    if not fields.done():
        raise HTTPException(422)
    try:
        survey = editing.restore(session, key, number, viewer.account_id)
    except EditRefused:
        raise HTTPException(404) from None
    log.record(
        session, viewer.account_id, "survey.restored", key, version=survey.version, of=number
    )
    return see_other(f"/surveys/{key}/versions")


@router.post("/surveys/{key}/delete")
def delete(key: str, staff: Staff, viewer: Hr, session: DbSession) -> Response:
    """Take a survey of one's own that no round has asked off the shelf."""
    draft_of(session, key)
    if rounds.asked(session, key):
        return _versions(staff, session, key, used=True, status=409)
    editing.delete(session, key)
    log.record(session, viewer.account_id, "survey.deleted", key)
    return see_other("/surveys")


@router.get("/surveys/{key}/template.toml")
def template(key: str, _: Hr, session: ReadSession) -> Response:
    """The newest version, or the draft before there is one, as a template file."""
    try:
        data = as_data(shelf.find(session, key))
    except UnknownSurvey:
        data = draft_of(session, key)
    return Response(
        to_toml(data),
        media_type="application/toml",
        headers={"Content-Disposition": f'attachment; filename="{key}.toml"'},
    )


def _versions(
    staff: Staff, session: Session, key: str, *, used: bool = False, status: int = 200
) -> HTMLResponse:
    saved = shelf.versions(session, key)
    if not saved and editing.draft(session, key) is None:
        raise HTTPException(404)
    surveys = [thawed(session, one.hash) for one in saved]
    changes: list[tuple[Any, ...]] = [
        differences.between(older, newer) for newer, older in pairwise(surveys)
    ]
    return staff(
        "surveys/versions.html",
        status,
        key=key,
        title=surveys[0].title.in_(staff.language.code) if surveys else key,
        rows=list(zip(saved, [*changes, None], strict=False)),
        used=used or rounds.asked(session, key),
        refused=used,
    )
