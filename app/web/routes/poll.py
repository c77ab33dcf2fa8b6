"""The quick poll: typed, checked and sent from one page, with the guarantees of every round."""

import re
from datetime import timedelta
from typing import cast, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.campaigns import audience, opening, timing
from app.campaigns.audience import AudienceRefused
from app.campaigns.rounds import RoundPlan, RoundRefused
from app.kit.clock import now
from app.kit.language import LANGUAGES, Language, language
from app.kit.settings import SMALLEST_GROUP
from app.kit.tokens import random_token
from app.people import organisation
from app.people.tree import Tree
from app.surveys.definition import Survey
from app.surveys.loading import TemplateErrors
from app.surveys.polling import MOST_ANSWERS, MOST_QUESTIONS, Asked, Kind, poll
from app.web import draft_launch, launching, previewing
from app.web.dependencies import Hr, ReadSession, Site, Staff, TheSite, see_other
from app.web.forms import Fields
from app.web.launching import Draft

router = APIRouter()

STEPS = ("check", "edit", "preview", "test", "launch")
KINDS = get_args(Kind)
DEFAULT_DAYS = 7
CLOSING_HOUR = 18
LONGEST_QUESTION = 500
LONGEST_ANSWER = 200
PLACE = re.compile(r"items\[(\d+)\]\.(text|options)")


@router.get("/poll")
def ask(staff: Staff, _: Hr, session: ReadSession, site: TheSite) -> HTMLResponse:
    """The one page a poll is typed on."""
    settings = site.runtime.settings
    closes = (now() + timedelta(days=DEFAULT_DAYS)).astimezone(settings.zone)
    typed = {
        "language": staff.language.code,
        "closes": f"{closes:%Y-%m-%d}T{CLOSING_HOUR:02}:00",
        "min_group": str(settings.min_group),
    }
    return _form(staff, session, site, Draft(typed, [], {}, None))


@router.post("/poll")
def take_step(
    staff: Staff, viewer: Hr, session: ReadSession, site: TheSite, request: Request
) -> Response:
    """Check what was typed, and do the step that was asked for."""
    fields = Fields.of(request, staff.language)
    step = fields.choice("step", STEPS)
    draft = _draft(session, site, fields, staff.language)
    if draft.plan is None or step == "edit":
        return _form(staff, session, site, draft, 422 if draft.errors else 200)
    if step == "preview":
        shown_in = language(draft.plan.survey.languages[0])
        return HTMLResponse(
            previewing.page(
                site, draft.plan.survey, draft.plan.policy, shown_in, draft.plan.closes_at
            )
        )
    if step == "launch" and organisation.four_eyes(session):
        with site.runtime.database.writing() as writing:
            return see_other(
                draft_launch.kept(writing, draft.plan, draft.chosen, viewer.account_id)
            )
    if step == "launch":
        return see_other(f"/rounds/{launching.launched(site, draft.plan, viewer.account_id)}")
    if step == "test":
        with site.runtime.database.writing() as writing:
            launching.send_test(writing, viewer.account_id, draft.plan, staff.language)
    return launching.check(staff, session, site, draft, "/poll", tested=step == "test")


def _draft(session: Session, site: Site, fields: Fields, reader: Language) -> Draft:
    settings = site.runtime.settings
    paths = [node.path_text for node in Tree.read(session).nodes]
    title = fields.text("title", 120)
    code = fields.choice("language", LANGUAGES)
    asked = [_asked(fields, number, reader) for number in range(1, MOST_QUESTIONS + 1)]
    chosen = fields.many("departments", paths)
    closes_at = fields.moment("closes", settings.zone)
    min_group = fields.integer("min_group", SMALLEST_GROUP, 1000)
    launch_key = fields.text("launch", 40, required=False) or random_token()
    questions = [one for one in asked if one is not None]
    plan = None
    if not questions:
        fields.refuse("text-1", reader.text("Write at least one question."))
    if fields.done() and closes_at is not None:
        survey = _survey(
            fields, title, code, questions, [n for n, one in enumerate(asked, 1) if one]
        )
        try:
            if survey is not None:
                plan = RoundPlan(
                    survey=survey,
                    name=title,
                    audience=audience.choose(session, survey, chosen, {}),
                    closes_at=closes_at,
                    min_group=min_group,
                    language=settings.language,
                    reminding=timing.usual(settings.zone),
                    launch_key=launch_key,
                )
                opening.check(plan, SMALLEST_GROUP)
        except (AudienceRefused, RoundRefused) as refusal:
            plan = None
            fields.refuse(str(refusal.values.get("field", "departments")), refusal.told(reader))
    return Draft({**fields.typed, "launch": launch_key}, chosen, fields.errors, plan)


def _asked(fields: Fields, number: int, reader: Language) -> Asked | None:
    """A question as it was typed; None where its place was left empty."""
    text = fields.text(f"text-{number}", LONGEST_QUESTION, required=False)
    kind = fields.choice(f"kind-{number}", KINDS, required=False) or "scale"
    answers = fields.text(
        f"answers-{number}", MOST_ANSWERS * LONGEST_ANSWER, required=False, lines=True
    )
    lines = tuple(dict.fromkeys(line.strip() for line in answers.splitlines() if line.strip()))
    if not text:
        if lines:
            fields.refuse(
                f"text-{number}", reader.text("Write the question these answers belong to.")
            )
        return None
    if kind not in {"choice", "choices"}:
        return Asked(cast("Kind", kind), text)
    if not 2 <= len(lines) <= MOST_ANSWERS:
        message = reader.text("Write 2 to %(most)s answers, one a line.", most=MOST_ANSWERS)
        fields.refuse(f"answers-{number}", message)
    return Asked(cast("Kind", kind), text, lines)


def _survey(
    fields: Fields, title: str, code: str, questions: list[Asked], places: list[int]
) -> Survey | None:
    try:
        return poll(title, code, questions)
    except TemplateErrors as errors:
        for problem in errors.problems:
            found = PLACE.match(problem.field)
            field = {"text": "text", "options": "answers"}[found[2]] if found else "title"
            name = f"{field}-{places[int(found[1]) - 1]}" if found else field
            fields.refuse(name, problem.message)
        return None


def _form(
    staff: Staff, session: Session, site: Site, draft: Draft, status: int = 200
) -> HTMLResponse:
    return staff(
        "rounds/poll.html",
        status,
        draft=draft,
        errors=draft.errors,
        tree=Tree.read(session),
        numbers=range(1, MOST_QUESTIONS + 1),
        languages=[language(code) for code in LANGUAGES],
        smallest=SMALLEST_GROUP,
        zone=site.runtime.settings.timezone,
    )
