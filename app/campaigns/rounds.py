"""Rounds: where one stands, what was frozen; to extend, close and void one is a row of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import announcing, keeping, policy, waves
from app.campaigns.audience import Audience
from app.campaigns.messages import Messages
from app.campaigns.models import (
    RoundCell,
    RoundClosing,
    RoundDepartment,
    RoundExtension,
    RoundVoid,
    RoundWording,
    SurveyRound,
)
from app.campaigns.policy import Policy
from app.campaigns.timing import Reminding
from app.kit import jobs
from app.kit.clock import now
from app.kit.language import Refusal
from app.kit.tokens import random_token
from app.surveys import wording
from app.surveys.definition import Survey
from app.surveys.frozen import thawed

INVITE = "invite"
# In anonymous mode a department's mails are one job, which a worker claims; what became of each
# person's mail stands in a row that is worked on under it.
INVITE_DEPARTMENT = "invite-department"
ANONYMOUS_MAIL = "anonymous-mail"
INVITING = (INVITE, INVITE_DEPARTMENT, ANONYMOUS_MAIL)
CLOSE = "close"
# A mail to everybody who was invited to a round that was given up; the key is the invitation.
VOIDED = "voided"
# How the log names the act that ends a round.
RELEASED = "round.released"


class Phase(StrEnum):
    """Where a round stands; `ready` is closed and not yet counted."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    READY = "ready"
    RELEASED = "released"
    VOID = "void"


class RoundRefused(Refusal):
    """The round cannot be opened or changed like this; the text says why and what to do."""


REFUSALS = {
    Phase.SCHEDULED: "this round has not opened yet",
    Phase.OPEN: "this round is open; close it first",
    Phase.READY: "this round has closed",
    Phase.RELEASED: "the results of this round are out, so it cannot be changed any more",
    Phase.VOID: "this round was voided, so it cannot be changed any more",
}


class UnknownRound(Exception):
    """There is no round of that id (or not for who asks)."""


@dataclass(frozen=True)
class RoundPlan:
    """What HR chose for a round, before anything is saved."""

    survey: Survey
    name: str
    audience: Audience
    closes_at: datetime
    opens_at: datetime = field(default_factory=now)
    mode: str = policy.CONFIDENTIAL
    min_group: int = 5
    keep_invitations_days: int = policy.KEEP_INVITATIONS_DAYS
    keep_comments_months: int = policy.KEEP_COMMENTS_MONTHS
    keep_rows_months: int = policy.KEEP_ROWS_MONTHS
    min_comments: int = policy.MIN_COMMENTS
    row_export: bool = False
    language: str = "en"
    auto_release: bool = False
    tell_people: bool = False
    # Per cent of the people that the audience was drawn as.
    share: int = 100
    # None: no reminder is sent by itself.
    reminding: Reminding | None = None
    # Words of mails that HR has changed; the others are the standard ones.
    messages: Messages = field(default_factory=dict)
    launch_key: str = field(default_factory=random_token)

    @property
    def policy(self) -> Policy:
        return Policy(
            survey_hash=self.survey.content_hash,
            tree_hash=self.audience.tree_hash,
            audience_hash=self.audience.audience_hash,
            mode=self.mode,
            min_group=self.min_group,
            keep_invitations_days=self.keep_invitations_days,
            keep_comments_months=self.keep_comments_months,
            keep_rows_months=self.keep_rows_months,
            min_comments=max(self.min_comments, self.min_group),
            reporting_groups=self.audience.groups,
            breakdowns=self.audience.breakdowns,
            row_export=self.row_export,
            share=self.share,
        )


def close(session: Session, round_id: str, actor: str) -> SurveyRound:
    """End the answering now; raises RoundRefused where it has ended."""
    row = locked(session, round_id)
    refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED))
    moment = now()
    if row.opens_at > moment:
        announcing.never_opened(session, row)
    row.closes_at = moment
    row.opens_at = min(row.opens_at, moment)
    session.add(RoundClosing(round_id=round_id, at=moment, by=actor))
    jobs.cancel(session, round_id, (*INVITING, *waves.REMINDING))
    # What falls due at the closing date (a release, or a mail to HR) is due now.
    jobs.postpone(session, CLOSE, round_id, CLOSE, moment)
    log.record(session, actor, "round.closed", round_id)
    announcing.closed(session, row)
    return row


def extend(session: Session, round_id: str, until: datetime, actor: str) -> SurveyRound:
    """Move the closing date later; a round that is ready is open again. Raises RoundRefused."""
    row = locked(session, round_id)
    refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED, Phase.READY))
    if keeping.purged(session, round_id, keeping.INVITATIONS):
        raise RoundRefused(
            "the list of who was invited has been deleted, so nobody could answer: release or void "
            "the round"
        )
    if until <= max(now(), row.closes_at):
        raise RoundRefused(
            "choose a new closing date later than the one now, in the future", field="closes"
        )
    session.add(
        RoundExtension(
            round_id=round_id, at=now(), by=actor, from_date=row.closes_at, to_date=until
        )
    )
    closing = session.get(RoundClosing, round_id)
    if closing is not None:
        session.delete(closing)
    row.closes_at = until
    jobs.postpone(session, CLOSE, round_id, CLOSE, until)
    for kind in INVITING:
        jobs.revive(session, round_id, kind)
    jobs.wake(session, round_id, INVITE_DEPARTMENT)
    waves.move(session, row)
    log.record(session, actor, "round.extended", round_id, until=until.isoformat())
    return row


def void(session: Session, round_id: str, actor: str) -> SurveyRound:
    """Give the round up uncounted, and tell whom it was announced to.

    The caller destroys its ballots in the same transaction.
    """
    row = locked(session, round_id)
    refuse_unless(session, row, (Phase.OPEN, Phase.SCHEDULED, Phase.READY))
    row.closes_at = min(row.closes_at, now())
    # Before the row below is there: nothing of a voided round can be changed any more.
    session.flush()
    session.add(RoundVoid(round_id=round_id, at=now(), by=actor))
    if row.opens_at > now():
        announcing.never_opened(session, row)
    jobs.cancel(session, round_id)
    told = [
        key
        for kind in (INVITE, ANONYMOUS_MAIL)
        for key in jobs.keys(session, round_id, kind, jobs.State.DONE)
    ]
    jobs.enqueue_all(session, VOIDED, round_id, told, now())
    log.record(session, actor, "round.voided", round_id)
    return row


def refuse_unless(session: Session, row: SurveyRound, allowed: Sequence[Phase]) -> None:
    """Raise RoundRefused where the round stands at none of these."""
    # What a release is stored as is known above this package; what it was counted from is gone.
    stands = phase(session, row, released=row.links_gone_at is not None)
    if stands not in allowed:
        raise RoundRefused(REFUSALS[stands])


def get(session: Session, round_id: str) -> SurveyRound:
    """The round; raises UnknownRound."""
    row = session.get(SurveyRound, round_id)
    if row is None:
        raise UnknownRound(round_id)
    return row


def launched(session: Session, launch_key: str) -> SurveyRound | None:
    """The round that was launched with this key, if it was."""
    return session.exec(select(SurveyRound).where(SurveyRound.launch_key == launch_key)).first()


def locked(session: Session, round_id: str) -> SurveyRound:
    """The round, held until the transaction ends, so that no answer slips in beside a change."""
    statement = select(SurveyRound).where(SurveyRound.id == round_id).with_for_update()
    row = session.exec(statement).one_or_none()
    if row is None:
        raise UnknownRound(round_id)
    return row


def listed(session: Session) -> Sequence[SurveyRound]:
    """All rounds, the newest first."""
    return session.exec(select(SurveyRound).order_by(col(SurveyRound.created_at).desc())).all()


def asked(session: Session, survey_key: str) -> bool:
    """Whether any round has asked this survey."""
    found = session.exec(select(SurveyRound.id).where(SurveyRound.survey_key == survey_key))
    return found.first() is not None


def survey_of(session: Session, row: SurveyRound) -> Survey:
    """The survey as it was frozen at launch, slips that were mended since put right."""
    survey = thawed(session, row.survey_hash)
    for one in session.exec(
        select(RoundWording)
        .where(RoundWording.round_id == row.id)
        .order_by(col(RoundWording.at), col(RoundWording.place))
    ):
        survey = wording.mended(survey, one.place, one.language, one.words)
    return survey


def tree_of(session: Session, round_id: str) -> Sequence[RoundDepartment]:
    """The frozen tree, parents before children, as people expect it ordered."""
    return session.exec(
        select(RoundDepartment)
        .where(RoundDepartment.round_id == round_id)
        .order_by(col(RoundDepartment.position))
    ).all()


def cells_of(session: Session, round_id: str) -> Sequence[RoundCell]:
    """The frozen boxes of the round's breakdowns."""
    return session.exec(
        select(RoundCell).where(RoundCell.round_id == round_id).order_by(col(RoundCell.id))
    ).all()


def phase(session: Session, row: SurveyRound, *, released: bool) -> Phase:
    """Where the round stands now; whether it is released is known above this package."""
    if session.get(RoundVoid, row.id) is not None:
        return Phase.VOID
    if released:
        return Phase.RELEASED
    if now() >= row.closes_at:
        return Phase.READY
    return Phase.OPEN if now() >= row.opens_at else Phase.SCHEDULED
