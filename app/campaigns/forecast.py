"""How long sending will take: what is queued already, then these, at the pace mail may go."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from app.campaigns.rounds import ANONYMOUS_MAIL, INVITE
from app.kit.clock import now
from app.kit.jobs import OPEN, Job, State
from app.kit.mail.message import domain_of

MINUTE = timedelta(minutes=1)


def queued(session: Session, round_id: str | None = None) -> int:
    """How many invitations are due and not sent yet, of one round or of all."""
    mails: list[ColumnElement[bool]] = [col(Job.kind).in_((INVITE, ANONYMOUS_MAIL))]
    later: list[ColumnElement[bool]] = [col(Job.state) == State.WAITING, col(Job.due_at) > now()]
    if round_id is not None:
        mails.append(col(Job.part) == round_id)
        # No column by itself, so that it is looked for among the few that are due later.
        later.append(col(Job.part).concat("") == round_id)
    standing = select(func.count()).select_from(Job)
    waiting = session.exec(standing.where(*mails, col(Job.state).in_(OPEN))).one()
    return waiting - session.exec(standing.where(mails[0], *later)).one()


def lasts(mails: int, per_minute: int) -> timedelta:
    """How long so many mails take."""
    return mails * MINUTE / per_minute


def sending(
    session: Session, addresses: Iterable[str], per_minute: int, per_domain: int = 0
) -> timedelta:
    """How long it takes until the last of these has its mail, were they queued now."""
    domains = Counter(domain_of(one) for one in addresses if one)
    whole = lasts(queued(session) + domains.total(), per_minute)
    if not per_domain or not domains:
        return whole
    return max(whole, lasts(max(domains.values()), per_domain))
