"""Series: HR makes one, sees when it asks next and what became of it, pauses it or ends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.campaigns import choice, policy, sampling, series
from app.campaigns.audience import AudienceRefused
from app.campaigns.choice import Choice
from app.campaigns.models import Series
from app.campaigns.rhythm import LONGEST_DAYS, Rhythm
from app.campaigns.series import DATE, MONTH, NUMBER, USUAL_DAYS, Told
from app.campaigns.series_plan import Late, SeriesPlan
from app.kit.clock import now
from app.kit.jobs import State
from app.kit.language import Language, Refusal
from app.kit.settings import SMALLEST_GROUP
from app.people import organisation
from app.people.tree import Tree
from app.surveys import shelf
from app.surveys.library import UnknownSurvey
from app.web.dependencies import DbSession, Hr, ReadSession, Site, Staff, TheSite, see_other
from app.web.forms import Fields

router = APIRouter()

FIRST_USE = "team_pulse"
USUAL_HOUR = 9
COMING = 3
LONGEST_NAME = 100
MOST_SIDES = 2000
# What a round calls otherwise.
FIELDS = {"closes": "open_days", "key": "sides"}


@dataclass(frozen=True)
class Shown:
    """A series with when it asks next, how many each time, and whether something went wrong."""

    row: Series
    told: Told
    coming: Sequence[datetime]
    zone: ZoneInfo
    people: int | None
    given_up: bool


@router.get("/series")
def index(staff: Staff, viewer: Hr, session: ReadSession) -> HTMLResponse:
    """All series."""
    return staff(
        "series/index.html",
        shown=[_shown(session, one) for one in series.listed(session)],
        rhythms=_rhythms(staff.language),
        four_eyes=organisation.four_eyes(session),
        mine=viewer.account_id,
        everybody=sampling.EVERYBODY,
    )


@router.get("/series/new")
def plan_one(staff: Staff, _: Hr, session: ReadSession, site: TheSite) -> HTMLResponse:
    """The page a series is made on."""
    zone = site.runtime.settings.zone
    first = (now() + timedelta(days=1)).astimezone(zone)
    typed = {
        "survey": FIRST_USE,
        "rhythm": Rhythm.MONTHLY.value,
        "first": f"{first:%Y-%m-%d}T{USUAL_HOUR:02}:00",
        "open_days": str(USUAL_DAYS[Rhythm.MONTHLY]),
        "mode": policy.CONFIDENTIAL,
        "min_group": str(site.runtime.settings.min_group),
        "share": str(sampling.EVERYBODY),
        "rest_weeks": "0",
        "auto_release": "yes",
    }
    return _form(staff, session, site, typed, (), {})


@router.post("/series/new")
def add(staff: Staff, viewer: Hr, session: DbSession, site: TheSite, request: Request) -> Response:
    """Make the series."""
    fields = Fields.of(request, staff.language)
    paths = [node.path_text for node in Tree.read(session).nodes]
    chosen = fields.many("departments", paths)
    plan = _read(fields, session, site, chosen, staff.language)
    if fields.done() and plan is not None:
        try:
            with session.begin_nested():
                series.add(session, plan, viewer.account_id, SMALLEST_GROUP)
            return see_other("/series")
        except Refusal as refusal:
            field = str(refusal.values.get("field", "departments"))
            field = "sides" if "side" in refusal.values else FIELDS.get(field, field)
            fields.refuse(field, refusal.told(staff.language))
    return _form(staff, session, site, fields.typed, chosen, fields.errors, 422)


@router.post("/series/{series_id}/pause")
def pause(series_id: str, viewer: Hr, session: DbSession) -> Response:
    """Open no further round until it is resumed."""
    series.pause(session, series_id, viewer.account_id)
    return see_other("/series")


@router.post("/series/{series_id}/resume")
def resume(series_id: str, viewer: Hr, session: DbSession) -> Response:
    """Go on with the next time."""
    series.resume(session, series_id, viewer.account_id)
    return see_other("/series")


@router.post("/series/{series_id}/remove")
def remove(series_id: str, viewer: Hr, session: DbSession) -> Response:
    """Take it away; the rounds it has opened stay."""
    series.remove(session, series_id, viewer.account_id)
    return see_other("/series")


def _read(
    fields: Fields, session: Session, site: Site, chosen: Sequence[str], reader: Language
) -> SeriesPlan | None:
    zone = site.runtime.settings.zone
    survey = fields.choice("survey", shelf.keys(session))
    name = fields.text("name", LONGEST_NAME)
    rhythm = fields.choice("rhythm", list(Rhythm))
    first = fields.moment("first", zone)
    open_days = fields.integer("open_days", 1, max(LONGEST_DAYS.values()))
    mode = fields.choice("mode", policy.MODES)
    min_group = fields.integer("min_group", SMALLEST_GROUP, 1000)
    share = fields.integer("share", 1, sampling.EVERYBODY)
    rest_weeks = fields.integer("rest_weeks", 0, sampling.MOST_WEEKS)
    sides = _sides(fields, reader)
    auto_release, skip = fields.checked("auto_release"), fields.checked("skip_late")
    if fields.errors or first is None:
        return None
    return SeriesPlan(
        survey=survey,
        name=name,
        rhythm=Rhythm(rhythm),
        first=first,
        zone=zone,
        min_group=min_group,
        departments=chosen,
        sides=sides,
        mode=mode,
        open_days=open_days,
        auto_release=auto_release,
        late=Late.SKIP if skip else Late.ONCE,
        share=share,
        rest_weeks=rest_weeks,
        language=site.runtime.settings.language,
    )


def _sides(fields: Fields, reader: Language) -> dict[str, str]:
    """The department of each side, a line each."""
    whole = fields.text("sides", MOST_SIDES, required=False, lines=True)
    pairs = [line.partition("=") for line in whole.splitlines() if line.strip()]
    if not all(key.strip() and path.strip() for key, _, path in pairs):
        fields.refuse(
            "sides", reader.text("Write one line a side, such as sales=Commercial/Sales.")
        )
    return {key.strip(): path.strip() for key, _, path in pairs}


def _shown(session: Session, told: Told) -> Shown:
    row = told.series
    pulse = series.pulse_of(row)
    first = pulse.number_after(max(row.next_due_at - timedelta(seconds=1), now()))
    return Shown(
        row=row,
        told=told,
        coming=[pulse.occurrence(first + n) for n in range(COMING)],
        zone=ZoneInfo(row.zone),
        people=_people(session, row),
        given_up=told.job is not None and told.job.state == State.FAILED,
    )


def _people(session: Session, row: Series) -> int | None:
    """How many are asked each time, as things are now; None where it could not be opened."""
    try:
        survey, departments, sides = series.asking(session, row)
        _, people = choice.asked(session, survey, Choice(departments, sides))
    except (AudienceRefused, UnknownSurvey):
        return None
    return max(1, len(people.people) * row.share // sampling.EVERYBODY)


def _form(
    staff: Staff,
    session: Session,
    site: Site,
    typed: dict[str, str],
    chosen: Sequence[str],
    errors: dict[str, str],
    status: int = 200,
) -> HTMLResponse:
    reader = staff.language
    known = [one for one in shelf.known(session) if not one.needs_pairs]
    return staff(
        "series/new.html",
        status,
        typed=typed,
        chosen=chosen,
        errors=errors,
        surveys=[(one.key, one.title.in_(reader.code)) for one in known],
        paths=[(node.path_text, node.path_text) for node in Tree.read(session).nodes],
        rhythms=list(_rhythms(reader).items()),
        slots=(DATE, MONTH, NUMBER),
        zone=site.runtime.settings.timezone,
        four_eyes=organisation.four_eyes(session),
    )


def _rhythms(reader: Language) -> dict[str, str]:
    text = reader.text
    return {
        Rhythm.WEEKLY.value: text("every week"),
        Rhythm.MONTHLY.value: text("every month"),
        Rhythm.QUARTERLY.value: text("every quarter"),
    }
