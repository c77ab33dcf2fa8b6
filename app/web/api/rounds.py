"""Rounds: launched, followed, extended, closed and given up."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app.campaigns import approving, deliveries, opening, policy, rounds
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import Phase, UnknownRound
from app.kit.clock import now
from app.kit.settings import SMALLEST_GROUP
from app.responses import submission
from app.results import foresight, participation, release
from app.web.api import paging, planning, replies
from app.web.api.caller import Caller, HrCaller, ReaderCaller
from app.web.api.paging import Cursor, Limit
from app.web.api.planning import NewRound
from app.web.api.problems import Refused
from app.web.api.replies import IdempotencyKey
from app.web.api.values import Body, Moment
from app.web.dependencies import DbSession, ReadSession, TheSite
from app.web.sight import sight_of

router = APIRouter(tags=["rounds"])


class Until(Body):
    """A later closing date."""

    closes: Moment


class Sure(Body):
    """That the answers are to be destroyed."""

    sure: bool


@router.get("/rounds")
def list_rounds(
    request: Request,
    caller: ReaderCaller,
    site: TheSite,
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """The rounds that concern the key, the newest first."""
    place = paging.place_of(site, "rounds", cursor)
    rows = [row for row in rounds.listed(session) if _concerns(session, caller, row.id)]
    phases = release.phases(session, rows)
    some = rows[place : place + limit]

    def told(row: SurveyRound) -> dict[str, Any]:
        return _named(row, phases[row.id])

    return replies.tagged(request, paging.page(site, "rounds", some, place, len(rows), told))


@router.post("/rounds", status_code=201)
def open_round(
    request: Request,
    caller: HrCaller,
    site: TheSite,
    session: DbSession,
    wanted: NewRound,
    key: IdempotencyKey = None,
) -> Response:
    """Launch a round: everything about it is frozen, and invitations go out."""
    status = 200 if wanted.preview else 201

    def do() -> dict[str, Any]:
        settings = site.runtime.settings
        today = now().astimezone(settings.zone).date()
        plan = planning.plan(session, settings, wanted, today)
        ahead = foresight.of(session, plan, settings, today)
        round_id = None
        if wanted.preview:
            opening.check(plan, SMALLEST_GROUP)
        else:
            approving.refuse_alone(session)
            launched = submission.launch(
                session, site.runtime.keyring, plan, caller.account_id, SMALLEST_GROUP
            )
            round_id = launched.id
        return {"round": round_id, **ahead.document}

    return replies.once(session, request, caller, key, do, status)


@router.get("/rounds/{round_id}")
def show_round(
    request: Request, round_id: str, caller: ReaderCaller, session: ReadSession
) -> Response:
    """How far a round is."""
    return replies.tagged(request, _told(session, caller, round_id))


@router.get("/rounds/{round_id}/participation")
def show_participation(
    request: Request, round_id: str, caller: ReaderCaller, session: ReadSession
) -> Response:
    """Who has answered so far, by groups large enough to be told of."""
    rounds.get(session, round_id)
    _refuse_foreign(session, caller, round_id)
    sight = sight_of(session, caller, round_id)
    smallest = policy.frozen(session, round_id).min_group
    groups = [
        {
            "department": one.path,
            "name": one.name,
            "level": one.level,
            "invited": one.invited,
            "answered": one.answered,
            "missing": one.missing,
        }
        for one in participation.so_far(session, round_id, smallest)
        if sight.may_read(one.path)
    ]
    return replies.tagged(request, {"round": round_id, "groups": groups})


@router.post("/rounds/{round_id}/extend")
def extend_round(
    request: Request,
    round_id: str,
    caller: HrCaller,
    session: DbSession,
    wanted: Until,
    key: IdempotencyKey = None,
) -> Response:
    """Move the closing date later."""

    def do() -> None:
        rounds.extend(session, round_id, wanted.closes, caller.account_id)

    return _changed(session, request, caller, round_id, key, do)


@router.post("/rounds/{round_id}/close")
def close_round(
    request: Request,
    round_id: str,
    caller: HrCaller,
    session: DbSession,
    key: IdempotencyKey = None,
) -> Response:
    """End the answering; the round is ready, and counted when it is released."""

    def do() -> None:
        rounds.close(session, round_id, caller.account_id)

    return _changed(session, request, caller, round_id, key, do)


@router.post("/rounds/{round_id}/void")
def void_round(
    request: Request,
    round_id: str,
    caller: HrCaller,
    site: TheSite,
    wanted: Sure,
    key: IdempotencyKey = None,
) -> Response:
    """Give a round up: its answers are destroyed uncounted, and who was invited is told."""
    if not wanted.sure:
        errors = [{"pointer": "/sure", "code": "not_sure"}]
        raise Refused(422, "This destroys every answer: send sure as true.", errors=errors)

    database = site.runtime.database
    with database.writing() as session:

        def do() -> None:
            submission.void(session, round_id, caller.account_id)

        reply = _changed(session, request, caller, round_id, key, do)
    release.sweep(database)
    return reply


def _changed(
    session: Session,
    request: Request,
    caller: Caller,
    round_id: str,
    key: str | None,
    change: Callable[[], None],
) -> Response:
    """Change a round that is as the caller has read it, and reply with what it is now."""

    def do() -> dict[str, Any]:
        replies.unless_changed(request, _told(session, caller, round_id))
        change()
        session.flush()
        return _told(session, caller, round_id)

    return replies.once(session, request, caller, key, do)


def _told(session: Session, caller: Caller, round_id: str) -> dict[str, Any]:
    row = rounds.get(session, round_id)
    _refuse_foreign(session, caller, round_id)
    stands = release.phase(session, row)
    told: dict[str, Any] = _named(row, stands)
    told["answered"] = release.answered(session, round_id)
    if caller.sees_all:
        sent = deliveries.progress(session, round_id)
        told["invited"] = sent.invited
        for name in ("queued", "sent", "failed", "stopped"):
            told[name] = getattr(sent, name) if sent.known else None
    return told


def _named(row: SurveyRound, stands: Phase) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "survey": row.survey_key,
        "survey_version": row.survey_version,
        "state": stands.value,
        "opens": row.opens_at.isoformat(),
        "closes": row.closes_at.isoformat(),
    }


def _concerns(session: Session, caller: Caller, round_id: str) -> bool:
    return caller.sees_all or bool(sight_of(session, caller, round_id).own)


def _refuse_foreign(session: Session, caller: Caller, round_id: str) -> None:
    """What is not theirs does not exist for them."""
    if not _concerns(session, caller, round_id):
        raise UnknownRound(round_id)
