"""The survey pages: the library, what a survey asks, and its form as it will look."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app.campaigns import policy
from app.campaigns.policy import Policy
from app.kit.clock import now
from app.kit.language import LANGUAGES, Language
from app.surveys import editing, shelf
from app.surveys.definition import Item, Scale, Survey, Theme
from app.surveys.frozen import kept, thawed
from app.surveys.library import UnknownSurvey
from app.surveys.loading import TemplateErrors, read_data
from app.surveys.paper import paper
from app.surveys.text import Text
from app.web import previewing
from app.web.dependencies import Hr, Reader, ReadSession, Staff, TheSite
from app.web.previewing import NO_SIDE, PHONE, SCREEN, Bar

router = APIRouter()

DRAFT = "yes"

# A preview has no round, and every form names a closing date.
EXAMPLE_OPEN = timedelta(days=14)


@dataclass(frozen=True)
class Part:
    """Items reported together; those outside every theme have none."""

    theme: Theme | None
    items: tuple[tuple[int, Item], ...]


@router.get("/surveys")
def index(_: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """Surveys of one's own, and those that come with Selaras."""
    return page(
        "surveys/index.html",
        surveys=shelf.known(session),
        own=shelf.own_keys(session),
        drafts=shelf.drafts(session),
    )


@router.get("/surveys/{key}")
def show(key: str, _: Hr, page: Staff, session: ReadSession) -> HTMLResponse:
    """What a survey asks, by theme and in every language, and how it is scored."""
    survey = _survey(session, key)
    return page(
        "surveys/show.html",
        survey=survey,
        parts=_parts(survey),
        scales=_scales(survey),
        texts=[Language(code) for code in LANGUAGES if code in survey.languages],
        other=_other_side(),
        own=bool(shelf.versions(session, key)),
    )


@router.get("/surveys/{key}/preview")
def preview(
    key: str,
    request: Request,
    viewer: Hr,
    site: TheSite,
    reader: Reader,
    session: ReadSession,
) -> HTMLResponse:
    """The form people will get, as a phone or a screen shows it; nothing can be sent."""
    survey = previewing.with_example_sides(_previewed(session, key, request), reader)
    side = _side(survey, request)
    shown_as = SCREEN if request.query_params.get("as") == SCREEN else PHONE
    promised = Policy(
        survey.content_hash, "", mode=_mode(request), min_group=site.runtime.settings.min_group
    )
    drafted = request.query_params.get("draft") == DRAFT
    bar = Bar(
        f"/surveys/{key}/edit" if drafted else f"/surveys/{key}",
        side or NO_SIDE,
        shown_as,
        has_nobody=bool(paper(survey)),
        draft=drafted,
    )
    content = previewing.page(
        site, survey, promised, _language(survey, request, reader), now() + EXAMPLE_OPEN, bar
    )
    return HTMLResponse(content)


def _survey(session: Session, key: str) -> Survey:
    try:
        return shelf.find(session, key)
    except UnknownSurvey:
        raise HTTPException(404) from None


def _previewed(session: Session, key: str, request: Request) -> Survey:
    """The draft of a survey, or one that was mailed in a test, where the address says so."""
    wanted = request.query_params.get("text", "")
    if request.query_params.get("draft") == DRAFT:
        with suppress(TemplateErrors):
            data = editing.draft(session, key)
            if data is not None:
                return read_data(data, key)
        raise HTTPException(404)
    if wanted and kept(session, wanted):
        return thawed(session, wanted)
    return _survey(session, key)


def _parts(survey: Survey) -> list[Part]:
    """The items in order under their themes, numbered as in the survey."""
    numbered = list(enumerate(survey.items, start=1))
    themes: list[Theme | None] = [*survey.themes, None]
    parts = [
        Part(theme, tuple(pair for pair in numbered if pair[1].theme == (theme and theme.key)))
        for theme in themes
    ]
    return [part for part in parts if part.items]


def _scales(survey: Survey) -> list[Scale]:
    used = {item.scale for item in survey.items}
    return [scale for scale in survey.scales if scale.key in used]


def _other_side() -> Text:
    """Stands for the other side's name where the texts of an item name it."""
    words = {code: Language(code).text("[the other side]") for code in LANGUAGES}
    return Text.of(**words)


def _side(survey: Survey, request: Request) -> str | None:
    sides = [side.key for side in survey.sides]
    asked = request.query_params.get("side", sides[0] if sides else NO_SIDE)
    if asked == NO_SIDE:
        return None
    if asked not in sides:
        raise HTTPException(404)
    return asked


def _mode(request: Request) -> str:
    """The mode whose promise is shown."""
    asked = request.query_params.get("mode", policy.CONFIDENTIAL)
    return asked if asked in policy.MODES else policy.CONFIDENTIAL


def _language(survey: Survey, request: Request, reader: Language) -> Language:
    """Of the form: the switch on the page, else the address, else the reader's own."""
    query = request.query_params
    available = [code for code in LANGUAGES if code in survey.languages]
    for code in (query.get("lang"), query.get("language"), reader.code):
        if code in available:
            return Language(code)
    return Language(available[0])
