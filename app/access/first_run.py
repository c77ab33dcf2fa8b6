"""The first account of an empty installation: made by whoever holds the link the server printed."""

from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel, delete, select

from app.access import accounts, sign_in
from app.access.accounts import Role
from app.access.models import Account
from app.kit.clock import now
from app.kit.tokens import fingerprint, random_token

LASTS = timedelta(hours=24)
ACTOR = "set-up"


class SetUpLink(SQLModel, table=True):
    """A one-time link; only its fingerprint is stored."""

    __tablename__ = "set_up_link"

    token_hash: bytes = Field(primary_key=True)
    expires_at: datetime


def is_needed(session: Session) -> bool:
    """Whether nobody has an account yet."""
    return session.exec(select(Account.id).limit(1)).first() is None


def new_link(session: Session) -> str:
    """The token of a link with which the first account is made."""
    token = random_token() + random_token()
    session.add(SetUpLink(token_hash=fingerprint(token), expires_at=now() + LASTS))
    return token


def is_usable(session: Session, token: str) -> bool:
    """Whether the link would make the first account; changes nothing."""
    link = session.get(SetUpLink, fingerprint(token))
    return link is not None and link.expires_at > now() and is_needed(session)


def redeem(session: Session, token: str, email: str) -> str | None:
    """Make the first HR account and begin its session: the cookie, or None for a link that is no good.

    Raises AccountRefused for what is no address.
    """
    # Held until the transaction ends: of two who press the button at once, one becomes HR.
    session.exec(select(SetUpLink).with_for_update()).all()
    if not is_usable(session, token):
        return None
    account = accounts.add(session, email, Role.HR, (), ACTOR)
    session.exec(delete(SetUpLink))
    return sign_in.redeem(session, sign_in.new_link(session, account))
