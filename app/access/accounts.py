"""Accounts: who may sign in, in which role, and for which departments."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email
from sqlmodel import Session, col, delete, or_, select

from app.access.models import (
    Account,
    AccountDepartment,
    AccountPassword,
    Deputy,
    RecoveryCode,
    SignInLink,
    StaffSession,
)
from app.audit import log
from app.kit.clock import now
from app.kit.language import Refusal
from app.people.tree import Tree


class Role(StrEnum):
    """What an account may do."""

    HR = "hr"
    MANAGER = "manager"
    IT = "it"
    AUDITOR = "auditor"


# What goes with an account that is disabled, and with one that is erased.
WAYS_IN = (AccountPassword, RecoveryCode, SignInLink, StaffSession)
OWN = (AccountDepartment, *WAYS_IN)


class AccountRefused(Refusal):
    """The account cannot be made or changed like this; the text says why and what to do."""


@dataclass(frozen=True)
class Listed:
    """An account as HR sees it in the list."""

    account: Account
    departments: tuple[str, ...]


def add(session: Session, email: str, role: str, departments: Sequence[str], actor: str) -> Account:
    """Make an account, or give an existing one this role and these departments.

    Raises AccountRefused naming the field.
    """
    scope = departments_of(session, role, departments)
    address = _address(email)
    account = known(session, address)
    if account is None:
        account = Account(email=address, role=role)
    else:
        if account.role == Role.HR and role != Role.HR:
            _keep_one(session, account)
        if account.role != role or _scope(session, account) != scope:
            # What somebody opened under another role must not stay open.
            session.exec(delete(StaffSession).where(col(StaffSession.account_id) == account.id))
    account.role = role
    account.disabled_at = None
    session.add(account)
    session.flush()
    session.exec(delete(AccountDepartment).where(col(AccountDepartment.account_id) == account.id))
    session.add_all(AccountDepartment(account_id=account.id, department_id=one) for one in scope)
    log.record(session, actor, "account.added", account.id, role=role, departments=len(scope))
    return account


def disable(session: Session, email: str, actor: str) -> Account:
    """Stop an account: its sessions and links end at once. Raises AccountRefused."""
    account = known(session, email)
    if account is None:
        raise AccountRefused("email: there is no account %(email)s", email=email[:254])
    _keep_one(session, account)
    account.disabled_at = now()
    session.add(account)
    for table in WAYS_IN:
        session.exec(delete(table).where(col(table.account_id) == account.id))
    log.record(session, actor, "account.disabled", account.id)
    return account


def erase(session: Session, account: Account, actor: str) -> None:
    """Delete an account with all that signs in with it; its id stays in the log, and names nobody.

    Raises AccountRefused where it is the last HR account.
    """
    _keep_one(session, account)
    for table in OWN:
        session.exec(delete(table).where(col(table.account_id) == account.id))
    mine = or_(col(Deputy.manager_id) == account.id, col(Deputy.deputy_id) == account.id)
    session.exec(delete(Deputy).where(mine))
    log.record(session, actor, "account.erased", account.id)
    session.delete(account)


def listed(session: Session) -> list[Listed]:
    """Every account with the paths of its departments."""
    tree = Tree.read(session)
    scopes: dict[str, list[str]] = {}
    for row in session.exec(select(AccountDepartment)):
        if row.department_id in tree:
            scopes.setdefault(row.account_id, []).append(tree[row.department_id].path_text)
    accounts = session.exec(select(Account).order_by(col(Account.email)))
    return [Listed(account, tuple(sorted(scopes.get(account.id, ())))) for account in accounts]


def with_role(session: Session, role: Role) -> Sequence[Account]:
    """The accounts of one role that may sign in."""
    return session.exec(
        select(Account)
        .where(Account.role == role, col(Account.disabled_at).is_(None))
        .order_by(col(Account.email))
    ).all()


def by_email(session: Session, email: str) -> Account | None:
    """The account that may sign in with this address."""
    return session.exec(
        select(Account).where(
            Account.email == email.strip().lower(), col(Account.disabled_at).is_(None)
        )
    ).one_or_none()


def known(session: Session, email: str) -> Account | None:
    """The account of this address however it is typed, disabled or not."""
    try:
        address = _address(email)
    except AccountRefused:
        address = email.strip().lower()
    return session.exec(select(Account).where(Account.email == address)).one_or_none()


def departments_of(session: Session, role: str, paths: Sequence[str]) -> list[str]:
    """The ids of the departments a role is bound to; raises AccountRefused naming the field."""
    if role not in set(Role):
        raise AccountRefused("role: choose one of %(known)s", known=", ".join(Role))
    if role == Role.MANAGER and not paths:
        raise AccountRefused("department: a manager needs at least one department to see")
    if role != Role.MANAGER and paths:
        raise AccountRefused("department: only managers are bound to departments")
    tree = Tree.read(session)
    found = []
    for path in paths:
        node = tree.find(path)
        if node is None:
            raise AccountRefused(
                "department: there is no department %(path)s; import people first", path=path
            )
        found.append(node.id)
    return sorted(set(found))


def _scope(session: Session, account: Account) -> list[str]:
    mine = select(col(AccountDepartment.department_id)).where(
        AccountDepartment.account_id == account.id
    )
    return sorted(session.exec(mine))


def _address(email: str) -> str:
    try:
        return validate_email(
            email, check_deliverability=False, test_environment=True
        ).normalized.lower()
    except EmailNotValidError:
        raise AccountRefused("email: %(email)s is not an address", email=email[:120]) from None


def _keep_one(session: Session, account: Account) -> None:
    # Held until the transaction ends: two who disable each other at once would leave nobody.
    session.exec(select(Account).where(Account.role == Role.HR).with_for_update()).all()
    others = [one for one in with_role(session, Role.HR) if one.id != account.id]
    if account.role == Role.HR and account.disabled_at is None and not others:
        raise AccountRefused("role: this is the last HR account; add another one first")
