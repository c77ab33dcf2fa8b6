"""HR's rounds: plan one, look at what it will print and promise, test it, launch it, end it."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import scope
from app.campaigns import (
    breakdown,
    choice,
    deliveries,
    keeping,
    policy,
    rounds,
    timing,
)
from app.campaigns.audience import AudienceRefused
from app.campaigns.choice import Choice
from app.campaigns.messages import MessageRefused
from app.campaigns.rounds import RoundPlan, RoundRefused
from app.campaigns.timing import TimingRefused
from app.kit.clock import now
from app.kit.language import Language, Refusal
from app.kit.settings import SMALLEST_GROUP
from app.kit.tokens import random_token
from app.people.tree import Tree
from app.responses import submission
from app.results import outlook, release
from app.surveys import shelf
from app.web import launching, messaging
from app.web.dependencies import (
    DbSession,
    Hr,
    Reading,
    ReadSession,
    Site,
    Staff,
    TheSite,
    see_other,
)
from app.web.forms import Fields
from app.web.launching import Draft

router = APIRouter()

STEPS = ("check", "edit", "merge", "message", "standard", "undo", "test", "launch")
DEFAULT_DAYS = 14
FIRST_USE = "sales_marketing_alignment"
CLOSING_HOUR = 18
# Signs of all the lines that say what is reported together.
MOST_MERGES = 10_000
# On which days people work, Monday being 1.
WEEKS = ("12345", "123456", "71234", "1234567")


@router.get("/rounds")
def index(staff: Staff, viewer: Reading, session: ReadSession) -> HTMLResponse:
    """The rounds that concern whoever is signed in, the newest first."""
    rows = [
        row
        for row in rounds.listed(session)
        if scope.may_open(
            viewer, {one.id: one.parent_id for one in rounds.tree_of(session, row.id)}
        )
    ]
    return staff(
        "rounds/index.html", rows=rows, phases=release.phases(session, rows), hr=viewer.sees_all
    )


@router.get("/rounds/new")
def plan_one(
    staff: Staff, _: Hr, session: ReadSession, site: TheSite, survey: str = ""
) -> HTMLResponse:
    """The form a round is planned with."""
    key = survey if survey in shelf.keys(session) else FIRST_USE
    closes = (now() + timedelta(days=DEFAULT_DAYS)).astimezone(site.runtime.settings.zone)
    typed = {
        "survey": key,
        "name": staff.language.month(closes),
        "closes": f"{closes:%Y-%m-%d}T{CLOSING_HOUR:02}:00",
        "mode": policy.CONFIDENTIAL,
        "min_group": str(site.runtime.settings.min_group),
        "keep_invitations": str(policy.KEEP_INVITATIONS_DAYS),
        "keep_comments": str(policy.KEEP_COMMENTS_MONTHS),
        "min_comments": str(policy.MIN_COMMENTS),
        "keep_rows": str(policy.KEEP_ROWS_MONTHS),
        "remind_half_way": "yes",
        "remind_last_day": "yes",
        "mail_hours": timing.USUAL_HOURS,
        "mail_days": timing.USUAL_DAYS,
    }
    return _form(staff, session, site, Draft(typed, [], {}, None))


@router.post("/rounds/new")
def take_step(
    staff: Staff, viewer: Hr, session: ReadSession, site: TheSite, request: Request
) -> Response:
    """Check what was typed, and do the step that was asked for."""
    fields = Fields.of(request, staff.language)
    step = fields.choice("step", STEPS)
    draft = _draft(session, site, fields, staff.language, propose=step == "merge")
    if draft.plan is None and messaging.is_wrong(draft.errors):
        return messaging.wrong(staff, shelf.find(session, draft.typed["survey"]), draft)
    if draft.plan is None or step == "edit":
        return _form(staff, session, site, draft, 422 if draft.errors else 200)
    if step in messaging.STEPS:
        return messaging.page(staff, site, draft.plan, draft, step)
    if step == "launch":
        round_id = launching.launched(site, draft.plan, viewer.account_id)
        return see_other(f"/rounds/{round_id}")
    if step == "test":
        with site.runtime.database.writing() as writing:
            launching.send_test(writing, viewer.account_id, draft.plan, staff.language)
    return launching.check(staff, session, site, draft, "/rounds/new", tested=step == "test")


@router.post("/rounds/{round_id}/close")
def close(round_id: str, viewer: Hr, session: DbSession) -> Response:
    """End the answering now; the round is ready, and counted only when HR releases it."""
    rounds.close(session, round_id, viewer.account_id)
    return see_other(f"/rounds/{round_id}")


@router.post("/rounds/{round_id}/release")
def release_now(
    round_id: str, viewer: Hr, site: TheSite, staff: Staff, request: Request
) -> Response:
    """Count and publish. The files are rewritten once the counting is durable."""
    runtime = site.runtime
    fields = Fields.of(request, staff.language)
    tell_people = fields.checked("tell_people")
    fields.done()
    with runtime.database.writing() as session:
        release.release(
            session,
            runtime.keyring,
            runtime.settings.zone,
            round_id,
            viewer.account_id,
            tell_people=tell_people,
        )
    release.sweep(runtime.database)
    return see_other(f"/rounds/{round_id}")


@router.post("/rounds/{round_id}/extend")
def extend(
    round_id: str, staff: Staff, viewer: Hr, session: DbSession, site: TheSite, request: Request
) -> Response:
    """Move the closing date later."""
    fields = Fields.of(request, staff.language)
    until = fields.moment("closes", site.runtime.settings.zone)
    if not fields.done() or until is None:
        raise RoundRefused("closing date: enter a date and a time")
    rounds.extend(session, round_id, until, viewer.account_id)
    return see_other(f"/rounds/{round_id}")


@router.post("/rounds/{round_id}/send-again")
def send_again(round_id: str, viewer: Hr, session: DbSession) -> Response:
    """Give new links to people whose first one was voided (anonymous mode)."""
    deliveries.send_again(session, round_id, viewer.account_id)
    return see_other(f"/rounds/{round_id}")


@router.post("/rounds/{round_id}/void")
def void(round_id: str, viewer: Hr, site: TheSite, request: Request, staff: Staff) -> Response:
    """Give the round up and destroy its answers; only with the box ticked."""
    fields = Fields.of(request, staff.language)
    sure = fields.checked("sure")
    if not fields.done() or not sure:
        raise RoundRefused("tick the box to confirm that all answers will be destroyed")
    with site.runtime.database.writing() as session:
        submission.void(session, round_id, viewer.account_id)
    release.sweep(site.runtime.database)
    return see_other(f"/rounds/{round_id}")


def _draft(
    session: Session, site: Site, fields: Fields, reader: Language, *, propose: bool
) -> Draft:
    settings = site.runtime.settings
    tree = Tree.read(session)
    paths = [node.path_text for node in tree.nodes]
    key = fields.choice("survey", shelf.keys(session))
    survey = shelf.find(session, key) if key else None
    name = fields.text("name", 120)
    chosen = fields.many("departments", paths)
    closes_at = fields.moment("closes", settings.zone)
    mode = fields.choice("mode", policy.MODES, required=False) or policy.CONFIDENTIAL
    merges = fields.text("merges", MOST_MERGES, required=False, lines=True)
    paired = fields.text("pairs", MOST_MERGES, required=False, lines=True)
    min_group = fields.integer("min_group", SMALLEST_GROUP, 1000)
    keep_invitations = fields.integer("keep_invitations", 1, keeping.LONGEST_DAYS)
    keep_comments = fields.integer("keep_comments", 1, keeping.LONGEST_MONTHS)
    min_comments = policy.MIN_COMMENTS
    if "min_comments" in fields.typed:
        min_comments = fields.integer("min_comments", policy.FEWEST_COMMENTS, 1000)
    wanted = fields.many("breakdowns", breakdown.ATTRIBUTES)
    today = now().astimezone(settings.zone).date()
    row_export = fields.checked("row_export")
    keep_rows = policy.KEEP_ROWS_MONTHS
    if "keep_rows" in fields.typed:
        keep_rows = fields.integer("keep_rows", 1, keeping.LONGEST_MONTHS)
    auto_release = fields.checked("auto_release")
    tell_people = fields.checked("tell_people")
    waves = {
        timing.HALF_WAY: fields.checked("remind_half_way"),
        timing.LAST_DAY: fields.checked("remind_last_day"),
    }
    mail_hours = fields.text("mail_hours", 20, required=False) or timing.USUAL_HOURS
    mail_days = fields.choice("mail_days", WEEKS, required=False) or timing.USUAL_DAYS
    words = messaging.read(fields, survey) if survey else {}
    launch_key = fields.text("launch", 40, required=False) or random_token()
    sides = {
        side.key: fields.choice(f"side-{side.key}", paths, required=False)
        for side in (survey.sides if survey else ())
    }
    for other in fields.typed:
        if other.startswith("side-") and other.removeprefix("side-") not in sides:
            fields.choice(other, paths, required=False)
    plan = None
    if fields.done() and survey is not None and closes_at is not None:
        try:
            given = {side: path for side, path in sides.items() if path}
            whom = Choice(chosen, given, paired.splitlines())
            survey, people = choice.asked(session, survey, whom)
            if propose:
                expected = outlook.expected(session, survey.key, people)
                merges = "\n".join(map(str, outlook.proposals(people, min_group, expected)))
            plan = RoundPlan(
                survey=survey,
                name=name,
                audience=choice.reported(people, merges.splitlines(), wanted, today),
                closes_at=closes_at,
                mode=mode,
                min_group=min_group,
                keep_invitations_days=keep_invitations,
                keep_comments_months=keep_comments,
                min_comments=min_comments,
                row_export=row_export,
                keep_rows_months=keep_rows,
                language=settings.language,
                auto_release=auto_release,
                tell_people=tell_people,
                messages=words,
                reminding=timing.parsed(
                    settings.zone,
                    ",".join(wave for wave, wanted in waves.items() if wanted),
                    mail_hours,
                    mail_days,
                ),
                launch_key=launch_key,
            )
            rounds.check(plan, SMALLEST_GROUP)
        except (AudienceRefused, MessageRefused, RoundRefused, TimingRefused) as refusal:
            plan = None
            fields.refuse(_field_of(refusal, sides), refusal.told(reader))
    typed = {**fields.typed, "merges": merges, "launch": launch_key}
    return Draft(typed, chosen, fields.errors, plan, tuple(wanted))


def _field_of(refusal: Refusal, sides: Mapping[str, str]) -> str:
    """The field of the form that a refusal is about."""
    side = f"side-{refusal.values.get('side')}"
    if refusal.values.get("side") in sides:
        return side
    return str(refusal.values.get("field", "departments"))


def _form(
    staff: Staff, session: Session, site: Site, draft: Draft, status: int = 200
) -> HTMLResponse:
    surveys = shelf.known(session)
    key = draft.typed.get("survey", surveys[0].key)
    return staff(
        "rounds/new.html",
        status,
        draft=draft,
        errors=draft.errors,
        surveys=surveys,
        survey=next((one for one in surveys if one.key == key), surveys[0]),
        tree=Tree.read(session),
        smallest=SMALLEST_GROUP,
        fewest_comments=policy.FEWEST_COMMENTS,
        attributes=breakdown.ATTRIBUTES,
        breakdown=breakdown,
        zone=site.runtime.settings.timezone,
    )
