"""How often something may be tried, counted in the database: all processes count together.

Each count is a bucket that leaks: so many at once, then one whenever room for it has leaked away.
Nobody is locked out for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, case, delete, literal, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, Session, SQLModel, col

from app.kit.clock import now

FORGOTTEN_AFTER = timedelta(days=2)
# What is too little to count: a bucket leaks in fractions.
SLACK = 1e-6


class Tried(SQLModel, table=True):
    """How full one bucket was when it was last filled; `mark` is a fingerprint."""

    __tablename__ = "tried"

    kind: str = Field(primary_key=True)
    mark: bytes = Field(primary_key=True)
    level: float
    # Seconds since the epoch, so that the database can reckon with them.
    at: float


@dataclass(frozen=True)
class Limit:
    """So many tries within a time, of one kind."""

    kind: str
    most: int
    within: timedelta

    @property
    def leak(self) -> float:
        """How much of the bucket leaks in a second."""
        return self.most / self.within.total_seconds()


@dataclass(frozen=True)
class Try:
    """Somebody, known by a fingerprint, tries something that is limited."""

    limit: Limit
    mark: bytes


@dataclass(frozen=True)
class Room:
    """Whether a try is allowed, how many more are, and in how many seconds it is otherwise."""

    allowed: bool
    left: int
    wait: int


def count(connection: Connection, tries: Sequence[Try]) -> list[Room | Exception]:
    """Count each try and say whether there was room for it (a writer's batch)."""
    # In one order, so that two processes never wait for each other.
    places = sorted(
        range(len(tries)), key=lambda place: (tries[place].limit.kind, tries[place].mark)
    )
    rooms: dict[int, Room | Exception] = {
        place: _counted(connection, tries[place]) for place in places
    }
    return [rooms[place] for place in range(len(tries))]


def forget(session: Session, one: Try) -> None:
    """Begin again: the last try was a good one."""
    session.connection().execute(
        delete(Tried).where(col(Tried.kind) == one.limit.kind, col(Tried.mark) == one.mark)
    )


def sweep(session: Session) -> None:
    """Forget buckets that have long been empty."""
    oldest = (now() - FORGOTTEN_AFTER).timestamp()
    session.connection().execute(delete(Tried).where(col(Tried.at) < oldest))


def _counted(connection: Connection, one: Try) -> Room:
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    limit, moment = one.limit, now().timestamp()
    level, at = col(Tried.level), col(Tried.at)
    leaked = level - case((at < moment, moment - at), else_=literal(0.0)) * limit.leak
    rest = case((leaked > 0, leaked), else_=literal(0.0))
    statement = insert(Tried).values(kind=limit.kind, mark=one.mark, level=1.0, at=moment)
    filled = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "mark"],
            set_={"level": rest + 1, "at": moment},
            where=rest + 1 <= limit.most + SLACK,
        ).returning(level)
    ).scalar_one_or_none()
    if filled is not None:
        return Room(True, int(limit.most - filled + SLACK), int(filled / limit.leak) + 1)
    where = col(Tried.kind) == limit.kind, col(Tried.mark) == one.mark
    stands = connection.execute(select(rest).where(*where)).scalar_one()
    return Room(False, 0, max(1, int((stands + 1 - limit.most) / limit.leak) + 1))
