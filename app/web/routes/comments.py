"""HR hides an abusive comment of a release, and shows it again."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.results import hiding
from app.web.dependencies import DbSession, Hr, Staff, see_other
from app.web.forms import Fields

router = APIRouter()


@router.post("/rounds/{round_id}/comments/{place}/hide")
def hide(
    round_id: str, place: int, staff: Staff, viewer: Hr, session: DbSession, request: Request
) -> Response:
    """Nobody reads it from now on; with a reason, noted in the audit log."""
    fields = Fields.of(request, staff.language)
    reason = fields.text("reason", hiding.LONGEST_REASON)
    item = hiding.hide(session, round_id, place, reason if fields.done() else "", viewer.account_id)
    return see_other(f"/rounds/{round_id}/items/{item}")


@router.post("/rounds/{round_id}/comments/{place}/show")
def show_again(round_id: str, place: int, viewer: Hr, session: DbSession) -> Response:
    """Undo it."""
    item = hiding.show_again(session, round_id, place, viewer.account_id)
    return see_other(f"/rounds/{round_id}/items/{item}")
