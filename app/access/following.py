"""Whose accounts a change of departments concerns, and letting them see what came of it."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from app.access.models import Account, AccountDepartment
from app.audit import log


def bound(session: Session, department_ids: Collection[str]) -> Sequence[Account]:
    """The accounts that see one of these departments by its own name."""
    mine = select(col(AccountDepartment.account_id)).where(
        col(AccountDepartment.department_id).in_(list(department_ids))
    )
    statement = select(Account).where(col(Account.id).in_(mine), col(Account.disabled_at).is_(None))
    return session.exec(statement.order_by(col(Account.email))).all()


def grant(session: Session, account_ids: Collection[str], department_id: str, actor: str) -> None:
    """Let these accounts see this department as well; what they saw before they keep."""
    for account_id in sorted(set(account_ids)):
        session.add(AccountDepartment(account_id=account_id, department_id=department_id))
        log.record(session, actor, "account.department_added", account_id, department=department_id)
