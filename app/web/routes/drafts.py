"""Planning a round: one step a page, kept at every step, until it is launched or thrown away."""

from dataclasses import replace

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlmodel import Session

from app.campaigns import drafts
from app.campaigns.drafts import ChangedMeanwhile, RoundDraft
from app.campaigns.sketch import STEPS, Sketch
from app.kit.language import Language
from app.surveys import shelf
from app.web import building, drafting, launching
from app.web.building import Around
from app.web.dependencies import DbSession, Hr, ReadSession, Site, Staff, TheSite, see_other
from app.web.forms import Fields

router = APIRouter()

FIRST_USE = "sales_marketing_alignment"
# Where a step leads: on, to the check, or back to itself; the others change the words of mails.
NEXT, CHECK, STAY, LOOK = "next", "check", "stay", "look"
STANDARD, UNDO, TEST = "standard", "undo", "test"
WAYS = (NEXT, CHECK, STAY, LOOK, STANDARD, UNDO, TEST)


@router.get("/rounds/new")
def plan_one(
    staff: Staff, _: Hr, session: ReadSession, site: TheSite, survey: str = ""
) -> HTMLResponse:
    """The first step of a round; nothing is kept before it is sent."""
    key = survey if survey in shelf.keys(session) else FIRST_USE
    given = building.begun(shelf.find(session, key), site.runtime.settings, staff.language)
    return drafting.page(staff, session, site, "survey", None, given)


@router.post("/rounds/new")
def begin(
    staff: Staff, viewer: Hr, session: DbSession, site: TheSite, request: Request
) -> Response:
    """Begin a draft with a survey and a name."""
    settings = site.runtime.settings
    fields = Fields.of(request, staff.language)
    way = fields.choice("then", WAYS, required=False)
    fresh = building.begun(shelf.find(session, FIRST_USE), settings, staff.language)
    around = Around(session, shelf.find(session, FIRST_USE), settings.zone)
    given = building.read("survey", fields, fresh, around)
    if not fields.done():
        return drafting.page(staff, session, site, "survey", None, fresh, fields)
    row = drafts.add(session, given, viewer.account_id)
    return see_other(_after("survey", row.id, way))


@router.get("/rounds/drafts/{draft_id}/check")
def check(
    draft_id: str,
    staff: Staff,
    _: Hr,
    session: ReadSession,
    site: TheSite,
    tested: str = "",
    changed: str = "",
) -> Response:
    """Everything to know before a launch, and what still stands in its way."""
    launched = drafts.launched(session, draft_id)
    if launched:
        # The link of a mail that asked for approval leads here for ever.
        return see_other(f"/rounds/{launched}")
    row = drafts.get(session, draft_id)
    return drafting.check(staff, session, site, row, tested=bool(tested), changed=bool(changed))


@router.get("/rounds/drafts/{draft_id}/{step}")
def show(
    draft_id: str,
    step: str,
    staff: Staff,
    _: Hr,
    session: ReadSession,
    site: TheSite,
    tested: str = "",
) -> HTMLResponse:
    """One step of a draft."""
    row = drafts.get(session, draft_id)
    if step not in STEPS:
        raise HTTPException(404)
    return drafting.page(staff, session, site, step, row, row.sketch, tested=bool(tested))


@router.post("/rounds/drafts/{draft_id}/{step}")
def save(
    draft_id: str,
    step: str,
    staff: Staff,
    viewer: Hr,
    session: DbSession,
    site: TheSite,
    request: Request,
) -> Response:
    """Keep what was chosen in a step, and go where its button leads."""
    if step not in STEPS:
        raise HTTPException(404)
    row = drafts.locked(session, draft_id)
    settings = site.runtime.settings
    fields = Fields.of(request, staff.language)
    way = fields.choice("then", WAYS, required=False) or NEXT
    edition = fields.integer("edition", 1, 1_000_000)
    survey = drafting.survey_of(session, row.sketch) or shelf.find(session, FIRST_USE)
    given = building.read(step, fields, row.sketch, Around(session, survey, settings.zone))
    if not fields.done():
        return drafting.page(staff, session, site, step, row, row.sketch, fields)
    if way == LOOK:
        return JSONResponse(drafting.statements(given, survey))
    given = _words(given, way)
    try:
        drafts.save(session, row, edition, given, viewer.account_id)
    except ChangedMeanwhile:
        return drafting.page(staff, session, site, step, row, given, conflict=True)
    if _is_wrong(session, site, row, step, fields, staff.language):
        return drafting.page(staff, session, site, step, row, given, fields)
    if way == TEST:
        plan = drafting.loose(site, given, survey)
        launching.send_test(session, viewer.account_id, plan, staff.language)
    return see_other(_after(step, row.id, way))


def _words(given: Sketch, way: str) -> Sketch:
    """Back to the standard words of the mails, or to those of before."""
    if way == STANDARD:
        return replace(given, messages={}, former_messages=given.messages)
    if way == UNDO:
        return replace(given, messages=given.former_messages, former_messages={})
    return given


def _is_wrong(
    session: Session, site: Site, row: RoundDraft, step: str, fields: Fields, reader: Language
) -> bool:
    """Whether what was just kept makes no round, for a reason that is mended in this step."""
    for one in drafts.problems(session, row, building.place_of(site.runtime.settings)):
        if one.step == step:
            fields.refuse(one.field, one.refusal.told(reader))
    return bool(fields.errors)


def _after(step: str, draft_id: str, way: str) -> str:
    to = {NEXT: drafting.after(step), CHECK: drafting.CHECK, "": drafting.after(step)}.get(
        way, step
    )
    return f"/rounds/drafts/{draft_id}/{to}" + ("?tested=1" if way == TEST else "")
