"""How the mails of a round are doing, person by person; and the addresses that get no mail."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.campaigns import deliveries, delivery_list, policy, rounds, suppressions
from app.campaigns.delivery_list import PAGE
from app.kit import pace
from app.kit.clock import now
from app.results import retention
from app.web.dependencies import DbSession, Hr, ReadSession, Staff, TheSite, see_other
from app.web.forms import Fields

router = APIRouter()


@router.get("/rounds/{round_id}/deliveries")
def index(
    round_id: str,
    staff: Staff,
    _: Hr,
    session: ReadSession,
    q: str = "",
    state: str = "",
    page: int = 1,
) -> HTMLResponse:
    """Every invitation of the round with its state, tries, next try and last word of the server."""
    row = rounds.get(session, round_id)
    offered = delivery_list.states(policy.frozen(session, round_id).anonymous)
    stands = next((one for one in offered if one.value == state), None)
    number = max(1, min(page, 100_000))
    found = delivery_list.find(session, round_id, q[:100], stands, (number - 1) * PAGE)
    filters = {"q": q[:100].strip(), "state": stands.value if stands else ""}
    return staff(
        "rounds/deliveries.html",
        row=row,
        found=found,
        offered=offered,
        filters=filters,
        number=number,
        pages=-(-found.total // PAGE) or 1,
        link=lambda other: _link(filters, other),
        deliveries=deliveries.progress(session, round_id),
        work=[*delivery_list.work(session, round_id), retention.work(session, row)],
        again=_may_try_again(session, round_id),
    )


@router.post("/rounds/{round_id}/deliveries/again")
def try_again(round_id: str, viewer: Hr, session: DbSession) -> Response:
    """Send the mails that failed or came back once more."""
    deliveries.try_again(session, round_id, viewer.account_id)
    return see_other(f"/rounds/{round_id}/deliveries")


@router.get("/mail")
def mail(staff: Staff, _: Hr, session: ReadSession, site: TheSite) -> HTMLResponse:
    """Whether the mail server takes mail, and which addresses get none."""
    standing = pace.stands(session)
    paused = standing is not None and (standing.paused_until or now()) > now()
    return staff(
        "mail/index.html",
        configured=site.transport is not None,
        standing=standing,
        paused=paused,
        per_minute=site.runtime.settings.mail_per_minute,
        suppressed=suppressions.listed(session),
    )


@router.post("/mail/lift")
def lift(staff: Staff, viewer: Hr, session: DbSession, request: Request) -> Response:
    """Let mail go to an address again."""
    fields = Fields.of(request, staff.language)
    address = fields.text("address", 320)
    if fields.done():
        suppressions.lift(session, address, viewer.account_id)
    return see_other("/mail")


def _may_try_again(session: ReadSession, round_id: str) -> bool:
    row = rounds.get(session, round_id)
    return not policy.frozen(session, round_id).anonymous and now() < row.closes_at


def _link(filters: Mapping[str, str], number: int) -> str:
    return "?" + urlencode({**{k: v for k, v in filters.items() if v}, "page": number})
