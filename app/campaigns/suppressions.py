"""Addresses no mail goes to: it came back from them, or their owner wants none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns.models import MailSuppression
from app.people.models import Employee

# SQLite takes about 32,000 values in one statement.
MOST_ADDRESSES = 1_000


class Reason(StrEnum):
    """Why an address gets no mail."""

    BOUNCED = "bounced"
    """Mail to it came back for good: there is no such mailbox."""
    STOPPED = "stopped"
    """Its owner asked for no more mail."""


@dataclass(frozen=True)
class Suppressed:
    """An address that gets no mail, and the people of the people file who have it."""

    address: str
    reason: Reason
    said: str
    at: datetime
    names: tuple[str, ...]


def suppress(
    session: Session, address: str, reason: Reason, actor: str, said: str | None = None
) -> bool:
    """Send nothing more to an address; says whether that is new."""
    key = folded(address)
    if session.get(MailSuppression, key) is not None:
        return False
    session.add(MailSuppression(address=key, reason=reason.value, said=said))
    log.record(session, actor, "mail.suppressed", _subject(session, key), reason=reason.value)
    return True


def lift(session: Session, address: str, actor: str) -> bool:
    """Let mail go to an address again; says whether it was suppressed."""
    row = session.get(MailSuppression, folded(address))
    if row is None:
        return False
    session.delete(row)
    subject = _subject(session, row.address)
    log.record(session, actor, "mail.suppression_lifted", subject, reason=row.reason)
    return True


def suppressed(session: Session, addresses: Iterable[str]) -> dict[str, Reason]:
    """Which of these addresses get no mail, by their folded form, and why."""
    wanted = sorted({folded(one) for one in addresses})
    found: dict[str, Reason] = {}
    for start in range(0, len(wanted), MOST_ADDRESSES):
        some = wanted[start : start + MOST_ADDRESSES]
        rows = session.exec(select(MailSuppression).where(col(MailSuppression.address).in_(some)))
        found |= {row.address: Reason(row.reason) for row in rows}
    return found


def listed(session: Session) -> Sequence[Suppressed]:
    """Every address that gets no mail, the newest first."""
    names: dict[str, list[str]] = {}
    rows = session.exec(
        select(MailSuppression, Employee.name)
        .join(Employee, func.lower(Employee.email) == col(MailSuppression.address), isouter=True)
        .order_by(col(MailSuppression.at).desc(), col(MailSuppression.address), Employee.name)
    ).all()
    for row, name in rows:
        names.setdefault(row.address, []).extend([name] if name else [])
    kept = {row.address: row for row, _ in rows}
    return [
        Suppressed(row.address, Reason(row.reason), row.said or "", row.at, tuple(names[address]))
        for address, row in kept.items()
    ]


def forget(session: Session, addresses: Iterable[str]) -> None:
    """Delete what is kept about these addresses: their owner is erased."""
    mine = [folded(one) for one in addresses]
    session.connection().execute(
        delete(MailSuppression).where(col(MailSuppression.address).in_(mine))
    )


def tidy(session: Session) -> None:
    """Delete what is kept about addresses that nobody of the people file has any more."""
    known = select(func.lower(Employee.email))
    session.connection().execute(
        delete(MailSuppression).where(col(MailSuppression.address).not_in(known))
    )


def folded(address: str) -> str:
    """The form an address is kept and looked for in."""
    return address.strip().lower()


def _subject(session: Session, key: str) -> str:
    """The person's id: no address goes into the log."""
    rows = session.exec(select(Employee.id).where(func.lower(Employee.email) == key))
    return rows.first() or "somebody"
