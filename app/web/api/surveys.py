"""The surveys that can be asked."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.surveys import shelf
from app.surveys.definition import Survey
from app.surveys.library import UnknownSurvey
from app.web.api import replies
from app.web.api.caller import HrCaller
from app.web.api.problems import Refused
from app.web.dependencies import ReadSession

router = APIRouter(tags=["surveys"])


@router.get("/surveys")
def list_surveys(request: Request, _: HrCaller, session: ReadSession) -> Response:
    """Every survey that can be asked, one's own first."""
    return replies.tagged(
        request,
        {"items": [_short(one) for one in shelf.known(session)]},
    )


@router.get("/surveys/{key}")
def show_survey(request: Request, key: str, _: HrCaller, session: ReadSession) -> Response:
    """One survey with its items, in every language."""
    try:
        survey = shelf.find(session, key)
    except UnknownSurvey:
        raise Refused(404, "There is no survey of that key.") from None
    items = [
        {
            "key": item.key,
            "type": item.type,
            "theme": item.theme or None,
            "about": item.about,
            "text": {code: item.text.in_(code) for code in survey.languages},
        }
        for item in survey.items
    ]
    return replies.tagged(request, {**_short(survey), "items": items})


def _short(survey: Survey) -> dict[str, Any]:
    return {
        "key": survey.key,
        "version": survey.version,
        "hash": survey.content_hash,
        "languages": list(survey.languages),
        "title": {code: survey.title.in_(code) for code in survey.languages},
        "minutes": survey.minutes,
    }
