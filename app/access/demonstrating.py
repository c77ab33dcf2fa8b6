"""Taking the demo out again, so that the installation is as empty as before it."""

from sqlmodel import Session, col, delete, select

from app.access.accounts import OWN
from app.access.models import Account, AccountDepartment, Deputy
from app.audit import log
from app.audit.demonstration import is_demo
from app.audit.models import AuditEntry
from app.kit.emptying import empty
from app.kit.jobs import Job

ACTOR = "demo"
# Whoever signs in, and what belongs to the installation and not to the made-up company.
KEPT = (
    *("account", "account_password", "recovery_code", "staff_session", "sign_in_link"),
    *("organisation", "job", "tried", "schema_floor", "sending_hold", "webhook"),
)


def remove(session: Session, actor: str) -> bool:
    """Delete the demo with its accounts; false where there is none, and nothing is touched."""
    if not is_demo(session):
        return False
    made = session.exec(
        select(AuditEntry.subject).where(
            AuditEntry.actor == ACTOR, AuditEntry.action == "account.added"
        )
    ).all()
    # What the service does for itself every day goes on.
    session.exec(delete(Job).where(col(Job.part) != ""))
    session.exec(delete(AccountDepartment))
    for table in OWN:
        session.exec(delete(table).where(col(table.account_id).in_(made)))
    session.exec(delete(Deputy))
    session.exec(delete(Account).where(col(Account.id).in_(made)))
    empty(session, KEPT)
    log.record(session, actor, "demo.removed", "demo")
    return True
