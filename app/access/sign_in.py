"""Signing in by one-time link, and the sessions that follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from app.access import deputies
from app.access.accounts import Role
from app.access.models import Account, AccountDepartment, SignInLink, StaffSession
from app.audit import log
from app.kit.clock import now
from app.kit.tokens import fingerprint, random_token

LINK_LASTS = timedelta(minutes=15)
# A link handed over by the person who set the account up may lie a little.
INVITATION_LASTS = timedelta(days=3)
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# Exports, keys and erasing ask for a sign-in of the last minutes.
FRESH = timedelta(minutes=30)
SEEN_STEP = timedelta(minutes=1)
# A mail with a sign-in link, of the account in `part`; the link is made when the mail goes out.
SIGN_IN = "sign-in"
# How a session began.
LINK, PASSWORD, PROVIDER = "link", "password", "provider"


@dataclass(frozen=True)
class Viewer:
    """Who is signed in, and what of the organisation they may see."""

    account_id: str
    email: str
    role: Role
    departments: frozenset[str]
    # The session's last use is to be noted again.
    stale: bool = False
    # Of a browser: which session, and when it signed in. A program has neither.
    session_id: str = ""
    since: datetime | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether they signed in so lately that it is still them who sit there."""
        return self.since is None or now() - self.since <= FRESH

    @property
    def sees_all(self) -> bool:
        return self.role is Role.HR


def new_link(session: Session, account: Account, lasts: timedelta = LINK_LASTS) -> str:
    """A one-time link's token; only its fingerprint is kept."""
    token = random_token() + random_token()
    session.add(
        SignInLink(token_hash=fingerprint(token), account_id=account.id, expires_at=now() + lasts)
    )
    return token


def is_usable(session: Session, token: str) -> bool:
    """Whether the link would sign somebody in; changes nothing."""
    return _usable(session, session.get(SignInLink, fingerprint(token))) is not None


def redeem(session: Session, token: str, browser: str = "") -> str | None:
    """Use a link up and begin a session; returns its cookie, or None for a link that is no good."""
    # Held until the transaction ends: of two who press the button at once, one gets in.
    statement = select(SignInLink).where(SignInLink.token_hash == fingerprint(token))
    link = _usable(session, session.exec(statement.with_for_update()).one_or_none())
    if link is None:
        return None
    session.delete(link)
    return begin(session, link.account_id, LINK, browser)


def begin(session: Session, account_id: str, how: str, browser: str = "") -> str:
    """A new session's cookie; only its fingerprint is kept."""
    cookie = random_token() + random_token()
    row = StaffSession(
        token_hash=fingerprint(cookie), account_id=account_id, how=how, browser=browser
    )
    session.add(row)
    log.record(session, account_id, "session.begun", account_id, how=how)
    return cookie


def current(session: Session, cookie: str) -> Viewer | None:
    """Whose session this is now; None where it ended or the account was disabled."""
    rows = session.exec(
        select(StaffSession, Account, AccountDepartment.department_id)
        .join(Account, col(Account.id) == col(StaffSession.account_id))
        .outerjoin(AccountDepartment, col(AccountDepartment.account_id) == col(Account.id))
        .where(StaffSession.token_hash == fingerprint(cookie))
    ).all()
    if not rows:
        return None
    row, account, _ = rows[0]
    if _over(row) or account.disabled_at is not None:
        return None
    # An account without a department has one row, and no department in it.
    departments = frozenset(one for _, _, one in rows if one)
    role = Role(account.role)
    if role is Role.MANAGER:
        departments |= frozenset(deputies.lent(session, account.id))
    stale = now() - row.seen_at > SEEN_STEP
    return Viewer(account.id, account.email, role, departments, stale, row.id, row.created_at)


def seen(session: Session, cookie: str) -> None:
    """Note that the session is in use."""
    row = session.get(StaffSession, fingerprint(cookie))
    if row is not None and not _over(row):
        row.seen_at = now()
        session.add(row)


def sign_out(session: Session, cookie: str) -> None:
    """End the session."""
    session.exec(delete(StaffSession).where(col(StaffSession.token_hash) == fingerprint(cookie)))


def sweep(session: Session) -> None:
    """Forget links and sessions that are over."""
    session.exec(delete(SignInLink).where(col(SignInLink.expires_at) < now()))
    session.exec(delete(StaffSession).where(col(StaffSession.seen_at) < now() - LONGEST))


def _usable(session: Session, link: SignInLink | None) -> SignInLink | None:
    if link is None or link.expires_at < now():
        return None
    account = session.get_one(Account, link.account_id)
    return None if account.disabled_at is not None else link


def _over(row: StaffSession) -> bool:
    return now() - row.seen_at > IDLE or now() - row.created_at > LONGEST
