"""Deputies: somebody who sees for a while what a manager sees, from one day to another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from app.access import accounts
from app.access.accounts import AccountRefused, Role
from app.access.models import Account, AccountDepartment, Deputy
from app.audit import log
from app.kit.clock import now

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Standing:
    """A deputy who is, or will be, one: by address, for whom, and when."""

    id: str
    manager: str
    deputy: str
    begins_at: datetime
    ends_at: datetime

    @property
    def now(self) -> bool:
        return self.begins_at <= now() < self.ends_at


def name(
    session: Session,
    manager: Account,
    email: str,
    begins_at: datetime,
    ends_at: datetime,
    actor: str,
) -> Deputy:
    """Have somebody see what the manager sees; raises AccountRefused naming the field."""
    one = accounts.by_email(session, email)
    if manager.role != Role.MANAGER or manager.disabled_at is not None:
        raise AccountRefused("email: only a manager who may sign in has a deputy")
    if one is None or one.role != Role.MANAGER:
        raise AccountRefused(
            "deputy: no manager has an account with this address; ask HR to add one"
        )
    if one.id == manager.id:
        raise AccountRefused("deputy: choose somebody else")
    if ends_at <= max(begins_at, now()) or ends_at - begins_at > LONGEST:
        raise AccountRefused("until: choose a last day that is to come, within a year")
    made = Deputy(
        manager_id=manager.id,
        deputy_id=one.id,
        begins_at=begins_at,
        ends_at=ends_at,
        created_by=actor,
    )
    session.add(made)
    session.flush()
    log.record(
        session,
        actor,
        "deputy.named",
        manager.id,
        deputy=one.id,
        begins=f"{begins_at:%Y-%m-%dT%H:%MZ}",
        ends=f"{ends_at:%Y-%m-%dT%H:%MZ}",
    )
    return made


def end(session: Session, deputy_id: str, actor: str, manager_id: str | None = None) -> bool:
    """End it at once; false where there is none, or none of this manager's."""
    row = session.get(Deputy, deputy_id)
    if row is None or row.ends_at <= now() or (manager_id and row.manager_id != manager_id):
        return False
    row.ends_at = now()
    session.add(row)
    log.record(session, actor, "deputy.ended", row.manager_id, deputy=row.deputy_id)
    return True


def standing(session: Session, account_id: str | None = None) -> list[Standing]:
    """Who is or will be a deputy: of everybody, or where this account takes part."""
    statement = select(Deputy).where(col(Deputy.ends_at) > now())
    if account_id is not None:
        statement = statement.where(
            or_(col(Deputy.manager_id) == account_id, col(Deputy.deputy_id) == account_id)
        )
    rows = session.exec(statement.order_by(col(Deputy.begins_at), col(Deputy.id))).all()
    emails = {one.id: one.email for one in session.exec(select(Account))}
    return [
        Standing(row.id, emails[row.manager_id], emails[row.deputy_id], row.begins_at, row.ends_at)
        for row in rows
    ]


def standing_in(session: Session, managers: Collection[str]) -> set[str]:
    """The accounts that see now what one of these managers sees."""
    moment = now()
    statement = select(col(Deputy.deputy_id)).where(
        col(Deputy.manager_id).in_(managers),
        col(Deputy.begins_at) <= moment,
        col(Deputy.ends_at) > moment,
    )
    return set(session.exec(statement))


def lent(session: Session, account_id: str) -> Sequence[str]:
    """The departments somebody sees now for managers who may still sign in themselves."""
    moment = now()
    statement = (
        select(col(AccountDepartment.department_id))
        .join(Deputy, col(Deputy.manager_id) == col(AccountDepartment.account_id))
        .join(Account, col(Account.id) == col(Deputy.manager_id))
        .where(
            col(Deputy.deputy_id) == account_id,
            col(Deputy.begins_at) <= moment,
            col(Deputy.ends_at) > moment,
            col(Account.disabled_at).is_(None),
            col(Account.role) == Role.MANAGER,
        )
    )
    return session.exec(statement).all()
