"""A draft becomes a round: at once, or after another person of HR has looked at the same."""

from collections.abc import Sequence

from sqlmodel import Session

from app.access import accounts
from app.campaigns import approving, drafts
from app.campaigns.drafts import RoundDraft
from app.campaigns.rounds import RoundPlan, RoundRefused
from app.campaigns.sketch import Sketch
from app.kit import jobs
from app.kit.clock import now
from app.kit.language import Refusal
from app.kit.settings import SMALLEST_GROUP
from app.kit.tokens import random_token
from app.responses import submission
from app.surveys.frozen import freeze
from app.surveys.library import UnknownSurvey
from app.web import building
from app.web.dependencies import Site
from app.web.staff_mails import APPROVAL


class Changed(Exception):
    """The draft is not any more what was on the page, or cannot be launched as it is."""


def launch(session: Session, site: Site, draft_id: str, edition: int, actor: str) -> str:
    """Launch a draft as it was looked at, once however often the button was pressed.

    Raises Changed, or RoundRefused where a second person is needed.
    """
    row = session.get(RoundDraft, draft_id, with_for_update=True)
    if row is not None and row.round_id is not None:
        return row.round_id
    row = drafts.get(session, draft_id)
    approving.refuse_alone(session)
    if row.edition != edition:
        raise Changed
    return _launched(session, site, row, _plan(session, site, row), actor)


def ask(session: Session, site: Site, row: RoundDraft, seen: str, actor: str) -> None:
    """Ask the others of HR to launch a draft, and mail them. Raises Changed or RoundRefused."""
    others = [one.id for one in accounts.with_role(session, accounts.Role.HR) if one.id != actor]
    if not others:
        raise RoundRefused(
            "there is nobody else who could approve it: add another account of HR first"
        )
    plan = _plan(session, site, row)
    if approving.fingerprint(plan, row.sketch.opens_at) != seen:
        raise Changed
    approving.ask(session, row.id, seen, actor)
    for one in others:
        jobs.enqueue(session, APPROVAL, row.id, f"{one} {random_token()}", now(), account=one)


def approve(session: Session, site: Site, draft_id: str, seen: str, actor: str) -> str:
    """Launch what another person asked for. Raises Changed or RoundRefused."""
    row = session.get(RoundDraft, draft_id, with_for_update=True)
    if row is not None and row.round_id is not None:
        return row.round_id
    row = drafts.get(session, draft_id)
    plan = _plan(session, site, row)
    now_is = approving.fingerprint(plan, row.sketch.opens_at)
    approving.approve(session, draft_id, now_is, seen, actor)
    return _launched(session, site, row, plan, actor)


def kept(session: Session, plan: RoundPlan, departments: Sequence[str], actor: str) -> str:
    """The check page of a draft of a round that was planned on another page."""
    given = Sketch(
        survey=plan.survey.key,
        survey_hash=freeze(session, plan.survey),
        name=plan.name,
        departments=tuple(departments),
        min_group=plan.min_group,
        closes_at=plan.closes_at,
        remind_half_way=False,
        remind_last_day=False,
    )
    return f"/rounds/drafts/{drafts.add(session, given, actor).id}/check"


def _plan(session: Session, site: Site, row: RoundDraft) -> RoundPlan:
    try:
        return drafts.plan(session, row, building.place_of(site.runtime.settings))
    except (Refusal, UnknownSurvey):
        raise Changed from None


def _launched(session: Session, site: Site, row: RoundDraft, plan: RoundPlan, actor: str) -> str:
    launched = submission.launch(session, site.runtime.keyring, plan, actor, SMALLEST_GROUP)
    session.flush()
    row.round_id = launched.id
    session.add(row)
    return launched.id
