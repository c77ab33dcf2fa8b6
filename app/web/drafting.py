"""The pages of a draft: a step's form with what was chosen, and the check before the launch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app.access.models import Account
from app.campaigns import approving, breakdown, choice, drafts, messages, policy
from app.campaigns.audience import Audience, AudienceRefused
from app.campaigns.drafts import Problem, RoundDraft
from app.campaigns.messages import SLOTS
from app.campaigns.rounds import RoundPlan
from app.campaigns.sketch import STEPS, Sketch
from app.kit.clock import now
from app.kit.language import LANGUAGES, Language, language
from app.kit.settings import SMALLEST_GROUP
from app.people import organisation
from app.people.tree import Tree
from app.results import foresight
from app.surveys import shelf
from app.surveys.definition import Survey
from app.surveys.library import UnknownSurvey
from app.web import building, emails, launching
from app.web.dependencies import Site, StaffPage
from app.web.forms import Fields
from app.web.questionnaire import has_comments

CHECK = "check"


@dataclass(frozen=True)
class Step:
    """One entry of the list of steps."""

    key: str
    name: str
    address: str
    current: bool
    wrong: bool


@dataclass(frozen=True)
class Edited:
    """Who saved a draft last."""

    by: str
    row: RoundDraft


def page(
    staff: StaffPage,
    session: Session,
    site: Site,
    step: str,
    row: RoundDraft | None,
    given: Sketch,
    fields: Fields | None = None,
    *,
    tested: bool = False,
    conflict: bool = False,
) -> HTMLResponse:
    """A step: with `fields` as it was just sent, and what is wrong with it."""
    settings = site.runtime.settings
    survey = survey_of(session, given)
    typed = fields.typed if fields else building.typed(given, settings.zone)
    return staff(
        f"rounds/draft/{step}.html",
        409 if conflict else 422 if fields and fields.errors else 200,
        row=row,
        edited=edited(session, row) if row else None,
        conflict=conflict,
        step=step,
        steps=steps(staff.language, row, step, ()),
        typed=typed,
        given=given,
        errors=fields.errors if fields else {},
        survey=survey,
        tested=tested,
        zone=settings.timezone,
        mail=site.transport is not None,
        four_eyes=organisation.four_eyes(session),
        asked=approving.asked(session, row.id) if row else None,
        **_VALUES[step](session, site, given, survey, staff.language),
    )


def steps(
    reader: Language, row: RoundDraft | None, current: str, problems: Sequence[Problem]
) -> list[Step]:
    """The steps in order; of a draft that is not kept yet only the first can be opened."""
    text = reader.text
    names = {
        "survey": text("Survey"),
        "people": text("People"),
        "privacy": text("Privacy"),
        "message": text("Message"),
        "dates": text("Dates"),
        CHECK: text("Check and launch"),
    }
    wrong = {one.step for one in problems}
    return [
        Step(key, name, address(row, key), key == current, key in wrong)
        for key, name in names.items()
    ]


def address(row: RoundDraft | None, step: str) -> str:
    """Where a step is; empty where there is no draft yet."""
    return f"/rounds/drafts/{row.id}/{step}" if row else ""


def after(step: str) -> str:
    """The step that comes next."""
    order = [*STEPS, CHECK]
    return order[order.index(step) + 1]


def edited(session: Session, row: RoundDraft) -> Edited:
    """Who saved it last, as HR knows them."""
    account = session.get(Account, row.by)
    return Edited(account.email if account else row.by, row)


def survey_of(session: Session, given: Sketch) -> Survey | None:
    """The survey; None where it has been deleted."""
    try:
        return given.survey_of(session)
    except UnknownSurvey:
        return None


def loose(site: Site, given: Sketch, survey: Survey) -> RoundPlan:
    """The plan as far as it goes, for showing a mail of it; perhaps of nobody."""
    settings = site.runtime.settings
    people = Audience((), {}, (), breakdowns=tuple(given.breakdowns))
    return given.planned(survey, people, None, settings.language, "")


def statements(given: Sketch, survey: Survey | None) -> dict[str, tuple[str, ...]]:
    """What the form would promise, by language."""
    comments = survey is None or has_comments(survey)
    return {
        code: policy.statement(given.policy, language(code), comments=comments)
        for code in LANGUAGES
        if survey is None or code in survey.languages
    }


def check(
    staff: StaffPage,
    session: Session,
    site: Site,
    row: RoundDraft,
    *,
    tested: bool = False,
    changed: bool = False,
) -> HTMLResponse:
    """What still stands in the way, and everything to know where nothing does."""
    place = building.place_of(site.runtime.settings)
    problems = drafts.problems(session, row, place)
    plan = None if problems else drafts.plan(session, row, place)
    asked = approving.asked(session, row.id)
    asker = session.get(Account, asked.by) if asked else None
    return staff(
        "rounds/draft/check.html",
        row=row,
        edited=edited(session, row),
        step=CHECK,
        steps=steps(staff.language, row, CHECK, problems),
        given=row.sketch,
        problems=[
            (one, one.refusal.told(staff.language), address(row, one.step)) for one in problems
        ],
        tested=tested,
        four_eyes=organisation.four_eyes(session),
        asked=asked,
        asker=asker.email if asker else "",
        mine=asked is not None and asked.by == staff.viewer.account_id,
        seen=approving.fingerprint(plan, row.sketch.opens_at) if plan else "",
        mail=site.transport is not None,
        changed=changed,
        warnings=_warnings(plan, staff.language) if plan else [],
        plan=plan,
        **(launching.told(session, site, plan, staff.language) if plan else {}),
    )


def _warnings(plan: RoundPlan, reader: Language) -> list[str]:
    """What may be as it is and should be known: the amber lines."""
    found = []
    for code in LANGUAGES:
        n = sum(one.language == code for one in plan.audience.people)
        if n and code not in plan.survey.languages:
            found.append(
                reader.plural(
                    "%(n)s person reads %(language)s, and the survey has no text in it.",
                    "%(n)s people read %(language)s, and the survey has no text in it.",
                    n,
                    language=language(code).name,
                )
            )
    return found


def _of_survey(
    session: Session, _: Site, given: Sketch, survey: Survey | None, reader: Language
) -> Mapping[str, Any]:
    known = shelf.known(session)
    if given.survey_hash and survey is not None:
        known = [survey, *(one for one in known if one.key != survey.key)]
    codes = [code for code in LANGUAGES if survey and code in survey.languages]
    return {
        "options": [(one.key, _option(one, reader)) for one in known],
        "survey_languages": ", ".join(language(code).name for code in codes),
    }


def _option(survey: Survey, reader: Language) -> str:
    n = len(survey.items)
    questions = reader.plural("%(n)s question", "%(n)s questions", n)
    minutes = reader.plural("%(n)s minute", "%(n)s minutes", survey.minutes)
    return f"{survey.title.in_(reader.code)} ({questions}, {minutes})"


def _of_people(
    session: Session, site: Site, given: Sketch, survey: Survey | None, _: Language
) -> Mapping[str, Any]:
    ahead = _ahead(session, site, given, survey) if survey else None
    groups = [one for one in ahead.prospects if one.department] if ahead else []
    return {
        "tree": Tree.read(session),
        "ahead": ahead,
        "departments": len(groups),
        "too_small": sum(not one.likely for one in groups),
    }


def _ahead(
    session: Session, site: Site, given: Sketch, survey: Survey
) -> "foresight.Foresight | None":
    """Who would be asked, where that can be told."""
    settings = site.runtime.settings
    today = now().astimezone(settings.zone).date()
    try:
        survey, people = choice.made(session, survey, given.choice, today)
    except AudienceRefused:
        return None
    plan = given.planned(survey, people, None, settings.language, "")
    return foresight.of(session, plan, settings, today)


def _of_privacy(
    _: Session, __: Site, given: Sketch, survey: Survey | None, reader: Language
) -> Mapping[str, Any]:
    return {
        "smallest": SMALLEST_GROUP,
        "fewest_comments": policy.FEWEST_COMMENTS,
        "attributes": [(one, breakdown.named(one, reader)) for one in breakdown.ATTRIBUTES],
        "breakdown": breakdown,
        "statements": [(language(code), said) for code, said in statements(given, survey).items()],
    }


def _of_message(
    session: Session, site: Site, given: Sketch, survey: Survey | None, _: Language
) -> Mapping[str, Any]:
    if survey is None:
        return {"parts": [], "slots": SLOTS, "shown": []}
    return {
        "parts": building.message_fields(survey, given.messages),
        "slots": SLOTS,
        "shown": _mails(site, loose(site, given, survey)),
    }


def _mails(site: Site, plan: RoundPlan) -> list[tuple[str, str, str, Any]]:
    try:
        messages.check(plan.survey, plan.messages)
    except messages.MessageRefused:
        return []
    return [
        (kind, code, *emails.shown(site, emails.sample(site, plan, code, is_test=False), kind))
        for kind in messages.KINDS
        for code in messages.languages(plan.survey)
    ]


def _of_dates(
    _: Session, __: Site, ___: Sketch, ____: Survey | None, _____: Language
) -> Mapping[str, Any]:
    return {}


_VALUES = {
    "survey": _of_survey,
    "people": _of_people,
    "privacy": _of_privacy,
    "message": _of_message,
    "dates": _of_dates,
}
