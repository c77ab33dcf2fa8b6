"""The last page before a launch, and the launch: the same for every way a round is planned."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi.responses import HTMLResponse
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.audit import log
from app.campaigns import breakdown, policy, rounds, timing
from app.campaigns.messages import INVITATION, KINDS, standard
from app.campaigns.rounds import RoundPlan
from app.kit import jobs
from app.kit.clock import now
from app.kit.language import LANGUAGES, Language, language
from app.kit.settings import SMALLEST_GROUP
from app.kit.tokens import random_token
from app.people import organisation
from app.responses import submission
from app.results import foresight
from app.surveys.definition import Survey
from app.surveys.frozen import freeze
from app.surveys.paper import paper
from app.web import emails
from app.web.dependencies import Site, Staff
from app.web.questionnaire import has_comments
from app.web.staff_mails import TEST


@dataclass(frozen=True)
class Draft:
    """What HR has typed so far; the plan only where it makes one."""

    typed: dict[str, str]
    chosen: list[str]
    errors: dict[str, str]
    plan: RoundPlan | None
    breakdowns: tuple[str, ...] = ()


def launched(site: Site, plan: RoundPlan, actor: str) -> str:
    """Launch once, however often the button was pressed."""
    runtime = site.runtime
    with suppress(IntegrityError), runtime.database.writing() as session:
        known = rounds.launched(session, plan.launch_key)
        row = known or submission.launch(session, runtime.keyring, plan, actor, SMALLEST_GROUP)
        session.flush()
        return row.id
    # Two clicks at the same moment: the other one has launched it.
    with runtime.database.reading() as session:
        launched = rounds.launched(session, plan.launch_key)
        assert launched is not None
        return launched.id


def check(
    staff: Staff, session: Session, site: Site, draft: Draft, address: str, *, tested: bool
) -> HTMLResponse:
    """The page to check a plan on that is kept nowhere; its buttons lead back to `address`."""
    plan = draft.plan
    assert plan is not None
    return staff(
        "rounds/check.html",
        draft=draft,
        address=address,
        plan=plan,
        tested=tested,
        mail=site.transport is not None,
        four_eyes=organisation.four_eyes(session),
        **told(session, site, plan, staff.language),
    )


def told(session: Session, site: Site, plan: RoundPlan, reader: Language) -> dict[str, Any]:
    """Everything to know of a plan before it is launched."""
    settings = site.runtime.settings
    today = now().astimezone(settings.zone).date()
    return {
        "ahead": foresight.of(session, plan, settings, today),
        "breakdown": breakdown,
        "sides": _sides_shown(plan, reader),
        "statements": _statements(plan),
        "reminders": _reminders(plan),
        "mails": _mails(site, plan),
    }


@dataclass(frozen=True)
class _SideShown:
    """A side: the department that stands for it, whom it is asked about, and its form's length."""

    name: str
    path: str
    about: str
    questions: int


def _sides_shown(plan: RoundPlan, reader: Language) -> list[_SideShown]:
    sides, survey = plan.audience.sides, plan.survey
    return [
        _SideShown(
            side.name.in_(reader.code),
            node.path_text,
            ", ".join(one.name.in_(reader.code) for one in survey.counterparts(side.key))
            if len(survey.sides) > 2
            else "",
            len(paper(survey, side.key)),
        )
        for side in survey.sides
        for node in plan.audience.nodes
        if sides.get(node.id) == side.key and sides.get(node.parent_id or "") != side.key
    ]


def _reminders(plan: RoundPlan) -> list[tuple[str, datetime]]:
    """The waves of reminders and when they go, the first one first."""
    if plan.reminding is None:
        return []
    due = timing.moments(plan.reminding, plan.opens_at, plan.closes_at)
    return sorted(due.items(), key=lambda one: one[1])


def _statements(plan: RoundPlan) -> list[tuple[Language, tuple[str, ...]]]:
    comments = has_comments(plan.survey)
    return [
        (one, policy.statement(plan.policy, one, comments=comments))
        for one in _languages(plan.survey)
    ]


def _mails(site: Site, plan: RoundPlan) -> list[tuple[str, Language, str, str, dict[str, Any]]]:
    """Subject, text and page of each mail, as it will be sent in each language."""
    found = []
    for kind in KINDS:
        for one in _languages(plan.survey):
            letter = emails.sample(site, plan, one.code, is_test=False)
            mail = emails.asking(site, letter, kind)
            found.append((kind, one, mail.subject, mail.text, emails.shown(site, letter, kind)[1]))
    return found


def _languages(survey: Survey) -> list[Language]:
    return [language(code) for code in LANGUAGES if code in survey.languages]


def send_test(session: Session, account_id: str, plan: RoundPlan, reader: Language) -> None:
    """Mail HR the invitation as it will look."""
    known = plan.messages.get((INVITATION, reader.code))
    words = known or standard(INVITATION, reader)
    jobs.enqueue(
        session,
        TEST,
        account_id,
        random_token(),
        now(),
        survey=freeze(session, plan.survey),
        mode=plan.mode,
        min_group=plan.min_group,
        min_comments=plan.min_comments,
        closes_at=plan.closes_at.isoformat(),
        language=reader.code,
        subject=words.subject,
        body=words.body,
    )
    log.record(session, account_id, "round.tested", plan.survey.key)
