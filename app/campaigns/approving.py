"""Four eyes: where the organisation wants it, a round is launched by another person than who asked.

What is approved is what was looked at: the fingerprint of the whole plan, people and texts included.
"""

import hashlib
import json
from datetime import datetime

from sqlmodel import Field, Session, SQLModel

from app.audit import log
from app.campaigns.rounds import RoundPlan, RoundRefused
from app.campaigns.timing import Reminding
from app.kit.clock import now
from app.people import organisation


class LaunchRequest(SQLModel, table=True):
    """Somebody asked another one of HR to launch the round of a draft."""

    __tablename__ = "launch_request"

    draft_id: str = Field(primary_key=True, foreign_key="round_draft.id")
    fingerprint: str
    at: datetime = Field(default_factory=now)
    by: str


def refuse_alone(session: Session) -> None:
    """Raise RoundRefused where a round needs two people."""
    if organisation.four_eyes(session):
        raise RoundRefused(
            "two people launch a round here: plan it on the pages, ask for a second person, and "
            "let them approve it"
        )


def fingerprint(plan: RoundPlan, opens_at: datetime | None) -> str:
    """Of everything that a launch freezes; `opens_at` as it was chosen."""
    words = [[*key, one.subject, one.body] for key, one in sorted(plan.messages.items())]
    whole = [
        plan.policy.document,
        plan.name,
        opens_at.isoformat() if opens_at else None,
        plan.closes_at.isoformat(),
        plan.language,
        plan.auto_release,
        plan.tell_people,
        words,
        _timed(plan.reminding),
    ]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def asked(session: Session, draft_id: str) -> LaunchRequest | None:
    """The request that waits for another person, if there is one."""
    return session.get(LaunchRequest, draft_id)


def ask(session: Session, draft_id: str, seen: str, actor: str) -> None:
    """Ask for a second person, of whom there must be one; asked again it is about what is there now."""
    withdraw(session, draft_id, actor)
    session.add(LaunchRequest(draft_id=draft_id, fingerprint=seen, by=actor))
    log.record(session, actor, "round.approval_asked", draft_id, fingerprint=seen)


def approve(session: Session, draft_id: str, now_is: str, seen: str, actor: str) -> None:
    """Let the round be launched as it was asked for, in the caller's transaction.

    Raises RoundRefused where there is no request, it is one's own, or anything changed since.
    """
    request = asked(session, draft_id)
    if request is None:
        raise RoundRefused("nobody has asked for this launch, or it was changed since: ask anew")
    if request.by == actor:
        raise RoundRefused("you asked for this launch yourself: another person must approve it")
    if not request.fingerprint == seen == now_is:
        raise RoundRefused(
            "the round is not any more what was asked for: its people, departments or survey have "
            "changed since. Look at it again and ask anew"
        )
    session.delete(request)
    log.record(
        session,
        actor,
        "round.approved",
        draft_id,
        fingerprint=seen,
        asked_by=request.by,
        asked_at=request.at.isoformat(),
    )


def withdraw(session: Session, draft_id: str, actor: str) -> None:
    """Take a request back, because of a change or because it is not wanted; nothing where none is."""
    request = asked(session, draft_id)
    if request is not None:
        session.delete(request)
        session.flush()
        log.record(session, actor, "round.approval_withdrawn", draft_id, asked_by=request.by)


def _timed(one: Reminding | None) -> list[object]:
    if one is None:
        return []
    hours = one.hours
    return [
        one.half_way,
        one.last_day,
        hours.zone.key,
        hours.earliest.isoformat(),
        hours.latest.isoformat(),
        sorted(hours.weekdays),
    ]
