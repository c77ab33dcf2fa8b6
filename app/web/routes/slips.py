"""Slips with codes for people without mail, and a text to share: made and printed by HR."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app.campaigns import policy, rounds, slips
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import RoundRefused
from app.campaigns.slips import Slip
from app.results import renewing
from app.web import handing_out
from app.web.dependencies import DbSession, Hr, ReadSession, Site, Staff, TheSite
from app.web.forms import Fields

router = APIRouter()

LONGEST_PATH = 400
LOST, ALL = "lost", "all"


@dataclass(frozen=True)
class _Wrong:
    """What was refused: about the whole page, or about fields of its form."""

    said: str = ""
    status: int = 200
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)


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
        return _page(staff, session, site, row, _Wrong(fields.errors["department"], 422))
    try:
        made = slips.print_slips(
            session, site.runtime.keyring, round_id, [path] if path else [], viewer.account_id
        )
    except RoundRefused as refusal:
        return _page(staff, session, site, row, _Wrong(refusal.told(staff.language), 409))
    return _printed(staff, site, row, made)


@router.post("/rounds/{round_id}/slips/renew")
def renew(
    round_id: str, staff: Staff, viewer: Hr, session: DbSession, site: TheSite, request: Request
) -> HTMLResponse:
    """Make slips in place of what a department has not used, and show them this once."""
    fields = Fields.of(request, staff.language)
    path = fields.text("place", LONGEST_PATH)
    what = fields.choice("what", (LOST, ALL))
    if not fields.checked("sure"):
        fields.refuse("sure", staff.language.text("Tick this to go on: what is replaced ends."))
    row = rounds.get(session, round_id)
    if not fields.done():
        return _page(staff, session, site, row, _Wrong("", 422, fields.errors, fields.typed))
    try:
        made = renewing.renew(
            session, site.runtime.keyring, round_id, path, viewer.account_id, mailed=what == ALL
        )
    except RoundRefused as refusal:
        said = refusal.told(staff.language)
        return _page(staff, session, site, row, _Wrong("", 409, {"place": said}, fields.typed))
    return _printed(staff, site, row, made)


def _printed(staff: Staff, site: Site, row: SurveyRound, made: list[Slip]) -> HTMLResponse:
    address = _address(site, row)
    return staff(
        "rounds/slips_printed.html",
        row=row,
        address=address,
        slips=handing_out.printed(made, address),
        said=handing_out.on_a_slip(row, site.runtime.settings.zone),
    )


def _page(
    staff: Staff, session: Session, site: Site, row: SurveyRound, wrong: _Wrong | None = None
) -> HTMLResponse:
    wrong = wrong or _Wrong()
    refused = wrong.said
    lacking: dict[str, int] = {}
    offered: Sequence[str] = ()
    try:
        lacking = slips.lacking(session, row)
        offered = renewing.departments(session, row)
    except RoundRefused as refusal:
        refused = refused or refusal.told(staff.language)
    frozen = policy.frozen(session, row.id)
    return staff(
        "rounds/slips.html",
        wrong.status,
        row=row,
        lacking=lacking,
        offered=offered,
        replacing=not frozen.anonymous and not frozen.breakdowns,
        typed=wrong.typed,
        errors=wrong.errors,
        refused=refused,
        address=_address(site, row),
        texts=handing_out.to_share(
            row,
            rounds.survey_of(session, row),
            site.pages.look().organisation,
            _address(site, row),
            site.runtime.settings.zone,
            mail=site.transport is not None and not frozen.anonymous,
        ),
    )


def _address(site: Site, row: SurveyRound) -> str:
    return f"{site.runtime.settings.base_url}/kiosk/{row.id}"
