"""Having one's own link mailed again: only ever to the address of the people file."""

from sqlmodel import Session, col, func, select

from app.campaigns import letters, policy
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.rounds import INVITE
from app.kit import jobs
from app.kit.clock import now
from app.kit.jobs import Job
from app.people.models import Employee

# A mail with somebody's own link; the key is the invitation and the hour.
OWN_LINK = "own-link"


def ask(session: Session, round_id: str, email: str) -> None:
    """Queue the mail where this address was invited; at most one an hour, and nothing is said.

    In anonymous mode never: nobody knows which link is whose.
    """
    row = session.get(SurveyRound, round_id)
    moment = now()
    if row is None or not row.opens_at <= moment < row.closes_at:
        return
    if policy.frozen(session, round_id).anonymous:
        return
    found = session.exec(
        select(Invitation.id)
        .join(Employee, col(Employee.id) == col(Invitation.employee_id))
        .join(Job, (col(Job.part) == col(Invitation.round_id)) & (col(Job.key) == Invitation.id))
        .where(
            Invitation.round_id == round_id,
            func.lower(Employee.email) == email.strip().lower(),
            Employee.email != "",
            col(Invitation.token_hash).is_not(None),
            # Who was asked without an address gets a slip, and no second way to answer.
            col(Job.kind) == INVITE,
        )
    ).all()
    for one in found:
        jobs.enqueue(
            session, OWN_LINK, round_id, letters.key_of(one, f"{moment:link-%Y%m%d%H}"), moment
        )
