"""Reading the log: the newest acts first, narrowed to a kind, a person or days, a page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from app.audit.models import AuditEntry


@dataclass(frozen=True)
class Wanted:
    """Which acts: of one area such as `round`, by one actor, from one moment until another."""

    area: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.area:
            found.append(col(AuditEntry.action).startswith(f"{self.area}.", autoescape=True))
        if self.actor:
            found.append(col(AuditEntry.actor) == self.actor)
        if self.since is not None:
            found.append(col(AuditEntry.at) >= self.since)
        if self.until is not None:
            found.append(col(AuditEntry.at) < self.until)
        return found


def page(
    session: Session, wanted: Wanted, before: str = "", most: int = 50
) -> tuple[Sequence[AuditEntry], str]:
    """So many acts that came before one of them, and after which one the next page begins."""
    statement = select(AuditEntry).where(*wanted.conditions)
    last = session.get(AuditEntry, before) if before else None
    if last is not None:
        statement = statement.where(
            or_(
                col(AuditEntry.at) < last.at,
                and_(col(AuditEntry.at) == last.at, col(AuditEntry.id) < last.id),
            )
        )
    newest = statement.order_by(col(AuditEntry.at).desc(), col(AuditEntry.id).desc())
    found = session.exec(newest.limit(most + 1)).all()
    return found[:most], found[most - 1].id if len(found) > most else ""


def every(session: Session, wanted: Wanted) -> Iterator[AuditEntry]:
    """All of them, the newest first."""
    before = ""
    while True:
        found, before = page(session, wanted, before, 1000)
        yield from found
        if not before:
            return


def areas(session: Session) -> list[str]:
    """The kinds of acts that were ever done."""
    actions = session.exec(select(AuditEntry.action).distinct())
    return sorted({action.partition(".")[0] for action in actions if "." in action})


def actors(session: Session) -> list[str]:
    """Who ever did something."""
    return sorted(session.exec(select(AuditEntry.actor).distinct()))
