"""Slips with codes for people without mail, and a text to share: made and printed by HR."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app.campaigns import policy, rounds, slips
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import RoundRefused
from app.web import handing_out
from app.web.dependencies import DbSession, Hr, ReadSession, Site, Staff, TheSite
from app.web.forms import Fields

router = APIRouter()

LONGEST_PATH = 400


@router.get("/rounds/{round_id}/slips")
def show(round_id: str, staff: Staff, _: Hr, session: ReadSession, site: TheSite) -> HTMLResponse:
    """Which departments lack slips, and the text to share."""
    return _page(staff, session, site, rounds.get(session, round_id))


@router.post("/rounds/{round_id}/slips")
def make(
    round_id: str, staff: Staff, viewer: Hr, session: DbSession, site: TheSite, request: Request
) -> HTMLResponse:
    """Make the slips of a department, or of all, and show them this once."""
    fields = Fields.of(request, staff.language)
    path = fields.text("department", LONGEST_PATH, required=False)
    row = rounds.get(session, round_id)
    if not fields.done():
        return _page(staff, session, site, row, fields.errors["department"], 422)
    try:
        made = slips.print_slips(
            session, site.runtime.keyring, round_id, [path] if path else [], viewer.account_id
        )
    except RoundRefused as refusal:
        return _page(staff, session, site, row, refusal.told(staff.language), 409)
    address = _address(site, row)
    return staff(
        "rounds/slips_printed.html",
        row=row,
        address=address,
        slips=handing_out.printed(made, address),
        said=handing_out.on_a_slip(row, site.runtime.settings.zone),
    )


def _page(
    staff: Staff,
    session: Session,
    site: Site,
    row: SurveyRound,
    refused: str = "",
    status: int = 200,
) -> HTMLResponse:
    lacking: dict[str, int] = {}
    try:
        lacking = slips.lacking(session, row)
    except RoundRefused as refusal:
        refused = refused or refusal.told(staff.language)
    anonymous = policy.frozen(session, row.id).anonymous
    return staff(
        "rounds/slips.html",
        status,
        row=row,
        lacking=lacking,
        refused=refused,
        address=_address(site, row),
        texts=handing_out.to_share(
            row,
            rounds.survey_of(session, row),
            site.pages.look().organisation,
            _address(site, row),
            site.runtime.settings.zone,
            mail=site.transport is not None and not anonymous,
        ),
    )


def _address(site: Site, row: SurveyRound) -> str:
    return f"{site.runtime.settings.base_url}/kiosk/{row.id}"
