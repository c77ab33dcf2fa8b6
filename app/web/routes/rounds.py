"""HR's rounds: those there are and those being planned, and ending one."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.access import scope
from app.campaigns import approving, deliveries, drafts, rounds
from app.campaigns.rounds import RoundRefused
from app.responses import submission
from app.results import release
from app.web import drafting
from app.web.dependencies import (
    DbSession,
    Hr,
    Reading,
    ReadSession,
    Staff,
    TheSite,
    see_other,
)
from app.web.forms import Fields

router = APIRouter()


@router.get("/rounds")
def index(staff: Staff, viewer: Reading, session: ReadSession, removed: str = "") -> HTMLResponse:
    """The rounds that concern whoever is signed in, the newest first."""
    rows = [
        row
        for row in rounds.listed(session)
        if scope.may_open(
            viewer, {one.id: one.parent_id for one in rounds.tree_of(session, row.id)}
        )
    ]
    planned = drafts.listed(session) if viewer.sees_all else []
    return staff(
        "rounds/index.html",
        rows=rows,
        phases=release.phases(session, rows),
        hr=viewer.sees_all,
        drafts=[
            (drafting.edited(session, one), one.sketch, approving.asked(session, one.id))
            for one in planned
        ],
        removed=removed if viewer.sees_all and drafts.is_removed(session, removed) else "",
    )


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
