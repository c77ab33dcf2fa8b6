"""Mails that came back: each finds its delivery by the return path it was sent with."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import suppressions
from app.campaigns.letters import digest_of
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.suppressions import Reason
from app.kit.clock import now
from app.kit.jobs import Job, State
from app.kit.mail.report import DELAYED, Report, is_hard
from app.kit.seal import Keyring
from app.kit.tokens import TOKEN_LENGTH
from app.people.models import Employee

# Who the audit log says it was.
SERVER = "mail server"
DIGEST = re.compile(r"(?:\+|<)([0-9a-f]{32})@")


class Taken(StrEnum):
    """What was done about a report."""

    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"
    """Bounced, and nothing goes to that address any more."""
    DELAYED = "delayed"
    """The server still tries."""
    UNKNOWN = "unknown"
    """It is about no mail of ours that is still known."""


def take(session: Session, keyring: Keyring, report: Report, sent_to: str = "") -> Taken:
    """Note what a report says on the delivery it is about."""
    job = _delivery(session, keyring, report, sent_to)
    if job is None or not (report.failed or report.action == DELAYED):
        return Taken.UNKNOWN
    if not report.failed:
        return Taken.DELAYED
    job.state = State.BOUNCED.value
    job.last_code = report.status or None
    job.last_error = report.said or None
    job.finished_at = now()
    job.lease_until = job.lease_owner = None
    session.add(job)
    log.record(session, SERVER, "mail.bounced", job.part, status=report.status)
    address = _address(session, job) if is_hard(report.status) else None
    if address is None:
        return Taken.BOUNCED
    said = " ".join(filter(None, (report.status, report.said)))
    suppressions.suppress(session, address, Reason.BOUNCED, SERVER, said)
    return Taken.SUPPRESSED


def _delivery(session: Session, keyring: Keyring, report: Report, sent_to: str) -> Job | None:
    places = [sent_to.lower(), *report.sent_to, report.message_id or ""]
    digests = {found for place in places for found in DIGEST.findall(place)}
    if not digests:
        return None
    # The recipient's own mails first: few, and nearly always right.
    own = _jobs(session, report.recipient) if report.recipient else iter(())
    for candidates in (own, _jobs(session, None)):
        found = _matching(keyring, candidates, digests)
        if found is not None:
            return session.get(Job, found)
    return None


def _matching(
    keyring: Keyring, candidates: Iterable[tuple[str, str, str]], digests: set[str]
) -> tuple[str, str, str] | None:
    for job in candidates:
        if any(digest_of(keyring, *job, key) in digests for key in keyring.ids):
            return job
    return None


def _jobs(session: Session, recipient: str | None) -> Iterator[tuple[str, str, str]]:
    """The deliveries of rounds (to one recipient) that are still known."""
    statement = select(Job.part, Job.kind, Job.key).join(
        SurveyRound, col(SurveyRound.id) == col(Job.part)
    )
    if recipient is not None:
        mine = (
            select(col(Invitation.id))
            .join(Employee, col(Employee.id) == col(Invitation.employee_id))
            .where(func.lower(Employee.email) == recipient)
        )
        statement = statement.where(_INVITATION.in_(mine))
    yield from session.exec(statement)


def _address(session: Session, job: Job) -> str | None:
    return session.exec(
        select(Employee.email)
        .join(Invitation, col(Invitation.employee_id) == col(Employee.id))
        .where(Invitation.round_id == job.part, Invitation.id == job.key[:TOKEN_LENGTH])
    ).first()


# A reminder's key is the invitation's and its wave.
_INVITATION = func.substr(col(Job.key), 1, TOKEN_LENGTH)
