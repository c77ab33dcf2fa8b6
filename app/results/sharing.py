"""Which rounds everybody may read a summary of: an address nobody guesses, switched by HR."""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, select

from app.access import accounts
from app.access.accounts import Role
from app.access.models import Account, AccountDepartment
from app.audit import log
from app.campaigns import rounds
from app.campaigns.rounds import RoundRefused
from app.kit import jobs
from app.kit.clock import now
from app.kit.tokens import random_token
from app.results import release

# A mail to a manager with the link to a round's results; the job's key is the account.
SHARED = "shared"


class PublicSummary(SQLModel, table=True):
    """A round whose summary is open to whoever has the address; without a row it is not."""

    __tablename__ = "public_summary"

    round_id: str = Field(primary_key=True, foreign_key="release.round_id")
    token: str = Field(unique=True)
    at: datetime = Field(default_factory=now)
    by: str


class UnknownSummary(Exception):
    """No summary is open at this address."""


def summary_of(session: Session, round_id: str) -> PublicSummary | None:
    """The open summary of a round."""
    return session.get(PublicSummary, round_id)


def by_token(session: Session, token: str) -> PublicSummary:
    """The summary at an address; raises UnknownSummary."""
    row = session.exec(select(PublicSummary).where(PublicSummary.token == token)).one_or_none()
    if row is None:
        raise UnknownSummary
    return row


def open_summary(session: Session, round_id: str, actor: str) -> PublicSummary:
    """Let everybody with the address read the whole's figures; the address is new each time."""
    there = summary_of(session, round_id)
    if there is not None:
        return there
    whole = release.read(session, round_id)["groups"][0]
    if not whole["disclosed"] or whole["band"]:
        raise RoundRefused("the whole round has no printed result: there is nothing to show")
    row = PublicSummary(round_id=round_id, token=random_token(), by=actor)
    session.add(row)
    log.record(session, actor, "summary.opened", round_id)
    session.flush()
    return row


def close_summary(session: Session, round_id: str, actor: str) -> None:
    """The address leads nowhere from now on."""
    there = summary_of(session, round_id)
    if there is None:
        return
    session.delete(there)
    log.record(session, actor, "summary.closed", round_id)


def managers_of(session: Session, round_id: str) -> list[Account]:
    """The managers who may open the round's results: those with a department in it."""
    tree = {node.id for node in rounds.tree_of(session, round_id)}
    scopes = session.exec(select(AccountDepartment)).all()
    concerned = {one.account_id for one in scopes if one.department_id in tree}
    return [one for one in accounts.with_role(session, Role.MANAGER) if one.id in concerned]


def send(session: Session, round_id: str, account_ids: list[str], actor: str) -> int:
    """Mail these managers the link to the results; says how many mails that is."""
    release.read(session, round_id)
    allowed = {one.id for one in managers_of(session, round_id)}
    chosen = [one for one in account_ids if one in allowed]
    for account_id in chosen:
        if not jobs.enqueue(session, SHARED, round_id, account_id, now()):
            jobs.postpone(session, SHARED, round_id, account_id, now())
    log.record(session, actor, "results.shared", round_id, managers=len(chosen))
    return len(chosen)
