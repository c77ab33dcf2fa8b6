"""Reminders of a round: sent by hand, or a planned one switched off and on again."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.campaigns import reminders
from app.responses import submission
from app.web.dependencies import DbSession, Hr, Staff, see_other
from app.web.forms import Fields

router = APIRouter()


@router.post("/rounds/{round_id}/remind")
def remind(round_id: str, viewer: Hr, session: DbSession) -> Response:
    """Remind now; who that is, nobody is told."""
    reminders.remind(session, round_id, viewer.account_id, submission.unanswered)
    return see_other(f"/rounds/{round_id}")


@router.post("/rounds/{round_id}/reminders/{wave}")
def switch(
    round_id: str, wave: str, staff: Staff, viewer: Hr, session: DbSession, request: Request
) -> Response:
    """Switch a planned reminder off, or with the field `on` on again."""
    fields = Fields.of(request, staff.language)
    on = fields.checked("on")
    fields.done()
    reminders.switch(session, round_id, wave, viewer.account_id, on=on)
    return see_other(f"/rounds/{round_id}")
