"""What is done with a whole draft: tested, launched or approved, thrown away, made of a round."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.audit import log
from app.campaigns import approving, choice, copying, drafts
from app.kit.clock import now
from app.responses import submission
from app.results import outlook, release
from app.web import draft_launch, drafting, launching
from app.web.dependencies import DbSession, Hr, Staff, TheSite, see_other
from app.web.draft_launch import Changed
from app.web.forms import Fields

router = APIRouter()

MOST_EDITIONS = 1_000_000


@router.post("/rounds/drafts/{draft_id}/merge")
def merge(draft_id: str, viewer: Hr, session: DbSession, site: TheSite) -> Response:
    """Report the small neighbours together, as proposed."""
    row = drafts.locked(session, draft_id)
    given = row.sketch
    today = now().astimezone(site.runtime.settings.zone).date()
    survey, people = choice.made(session, given.survey_of(session), given.choice, today)
    expected = outlook.expected(session, survey.key, people)
    merges = tuple(map(str, outlook.proposals(people, given.min_group, expected)))
    if merges:
        changed = replace(given, merges=merges)
        drafts.save(session, row, row.edition, changed, viewer.account_id)
    return see_other(drafting.address(row, drafting.CHECK))


@router.post("/rounds/drafts/{draft_id}/test")
def test(draft_id: str, staff: Staff, viewer: Hr, session: DbSession, site: TheSite) -> Response:
    """Mail HR the invitation as it will look."""
    row = drafts.get(session, draft_id)
    survey = row.sketch.survey_of(session)
    plan = drafting.loose(site, row.sketch, survey)
    launching.send_test(session, viewer.account_id, plan, staff.language)
    return see_other(f"{drafting.address(row, drafting.CHECK)}?tested=1")


@router.post("/rounds/drafts/{draft_id}/launch")
def launch(
    draft_id: str, staff: Staff, viewer: Hr, session: DbSession, site: TheSite, request: Request
) -> Response:
    """Launch the round, once however often the button is pressed."""
    fields = Fields.of(request, staff.language)
    edition = fields.integer("edition", 1, MOST_EDITIONS)
    fields.done()
    try:
        return see_other(
            f"/rounds/{draft_launch.launch(session, site, draft_id, edition, viewer.account_id)}"
        )
    except Changed:
        return see_other(f"/rounds/drafts/{draft_id}/check?changed=1")


@router.post("/rounds/drafts/{draft_id}/ask")
def ask(
    draft_id: str, staff: Staff, viewer: Hr, session: DbSession, site: TheSite, request: Request
) -> Response:
    """Ask another person to launch what is on the page."""
    fields = Fields.of(request, staff.language)
    seen = fields.text("seen", 64)
    fields.done()
    row = drafts.locked(session, draft_id)
    try:
        draft_launch.ask(session, site, row, seen, viewer.account_id)
    except Changed:
        return see_other(f"{drafting.address(row, drafting.CHECK)}?changed=1")
    return see_other(drafting.address(row, drafting.CHECK))


@router.post("/rounds/drafts/{draft_id}/approve")
def approve(
    draft_id: str, staff: Staff, viewer: Hr, session: DbSession, site: TheSite, request: Request
) -> Response:
    """Launch what another person has asked for, as it is on the page."""
    fields = Fields.of(request, staff.language)
    seen = fields.text("seen", 64)
    fields.done()
    return see_other(
        f"/rounds/{draft_launch.approve(session, site, draft_id, seen, viewer.account_id)}"
    )


@router.post("/rounds/drafts/{draft_id}/withdraw")
def withdraw(draft_id: str, viewer: Hr, session: DbSession) -> Response:
    """Take a request back, or send it back."""
    row = drafts.locked(session, draft_id)
    approving.withdraw(session, draft_id, viewer.account_id)
    return see_other(drafting.address(row, drafting.CHECK))


@router.post("/rounds/drafts/{draft_id}/remove")
def remove(draft_id: str, viewer: Hr, session: DbSession) -> Response:
    """Throw a draft away; the next page offers to bring it back."""
    drafts.remove(session, draft_id, viewer.account_id)
    return see_other(f"/rounds?removed={draft_id}")


@router.post("/rounds/drafts/{draft_id}/restore")
def restore(draft_id: str, viewer: Hr, session: DbSession) -> Response:
    """Bring it back."""
    drafts.restore(session, draft_id, viewer.account_id)
    return see_other("/rounds")


@router.post("/rounds/{round_id}/copy")
def copy(round_id: str, staff: Staff, viewer: Hr, session: DbSession, site: TheSite) -> Response:
    """Begin a draft that asks the same again."""
    settings = site.runtime.settings
    given = copying.copied(session, round_id, settings.zone)
    row = drafts.add(session, given, viewer.account_id)
    return see_other(drafting.address(row, "survey"))


@router.post("/rounds/{round_id}/call-off")
def call_off(round_id: str, viewer: Hr, site: TheSite) -> Response:
    """Take back a round that has not opened; its plan is a draft again."""
    with site.runtime.database.writing() as session:
        copying.refuse_opened(session, round_id)
        submission.void(session, round_id, viewer.account_id)
        log.record(session, viewer.account_id, "round.called_off", round_id)
        row = drafts.reopen(session, round_id, viewer.account_id)
        to = drafting.address(row, "dates") if row else f"/rounds/{round_id}"
    release.sweep(site.runtime.database)
    return see_other(to)
