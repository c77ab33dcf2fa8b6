"""How fast mail goes out, agreed between all processes: slots to send in, and pauses for everybody.

A lane is the mail server as a whole or one domain of recipients. Slots are booked in the database
some seconds ahead, so that booking costs one short transaction for many mails.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, Session, SQLModel, col

from app.kit.clock import now
from app.kit.writer import Writer

SERVER = ""
AHEAD = timedelta(seconds=10)
LARGEST_BATCH = 100
# Further ahead nobody books, not a dozen processes at a mail a minute: the clock was put back since.
FARTHEST = timedelta(minutes=12)
# A server that is out is asked again after so long, then after longer.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15))

Thing = TypeVar("Thing")


class MailPace(SQLModel, table=True):
    """Until when the slots of a lane are taken, and for the server whether it is out."""

    __tablename__ = "mail_pace"

    lane: str = Field(primary_key=True)
    next_at: datetime
    # What had to be put off has been promised slots up to here.
    booked_at: datetime
    paused_since: datetime | None = None
    paused_until: datetime | None = None
    pauses: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class Ask:
    """So many slots of a lane are wanted; what finds none soon is put off."""

    lane: str
    pause: timedelta
    wanted: int
    ahead: timedelta | None = None


@dataclass(frozen=True)
class Slots:
    """When to send, for as many as go now; the rest is to ask again at these times."""

    now: tuple[datetime, ...]
    later: tuple[datetime, ...]


def book(connection: Connection, asks: Sequence[Ask]) -> list[Slots | Exception]:
    """Slots for each (a writer's batch)."""
    places = sorted(range(len(asks)), key=lambda place: asks[place].lane)
    booked = {place: _booked(connection, asks[place]) for place in places}
    return [booked[place] for place in range(len(asks))]


def pause(connection: Connection, reasons: Sequence[str]) -> list[Exception | None]:
    """Nobody sends for a while (a writer's batch)."""
    moment = now()
    row = _lane(connection, SERVER, moment)
    if not _paused(row.paused_until, moment):
        lasts = PAUSES[min(row.pauses, len(PAUSES) - 1)]
        _change(
            connection,
            SERVER,
            paused_since=row.paused_since or moment,
            paused_until=moment + lasts,
            pauses=row.pauses + 1,
            reason=reasons[0],
        )
    return [None for _ in reasons]


def resume(connection: Connection, items: Sequence[None]) -> list[Exception | None]:
    """The server takes mail again (a writer's batch)."""
    _change(connection, SERVER, paused_since=None, paused_until=None, pauses=0, reason=None)
    return list(items)


def is_open(connection: Connection) -> bool:
    """Whether mail may be sent at all now."""
    until = connection.execute(_PAUSED).scalar_one_or_none()
    return not _paused(until, now())


def stands(session: Session) -> MailPace | None:
    """How it is with the mail server; None where nothing was ever sent."""
    return session.get(MailPace, SERVER)


class Pace:
    """What one process keeps to, with all the others."""

    def __init__(self, writer: Writer, per_minute: int, per_domain: int = 0) -> None:
        """So many mails a minute, and to one domain (0: as many as to all)."""
        self._writer = writer
        self._pause = timedelta(minutes=1) / per_minute
        self._domain_pause = timedelta(minutes=1) / per_domain if per_domain else None
        self._out = True
        # No more mails at a time than go out in the time that is booked ahead.
        self.batch = max(1, min(LARGEST_BATCH, int(AHEAD / self._pause)))

    def placed(
        self, things: Sequence[Thing], domains: Sequence[str]
    ) -> tuple[list[tuple[datetime, Thing]], list[tuple[datetime, Thing]]]:
        """What goes now and when, and what is put off until when since its domain has had enough."""
        going, later = self._by_domain(things, domains)
        going.sort(key=lambda pair: pair[0])
        slots = self._book(Ask(SERVER, self._pause, len(going))).now
        placed = zip(going, slots, strict=True)
        return [(max(slot, own), thing) for (own, thing), slot in placed], later

    def paced(self, things: Sequence[Thing], domains: Sequence[str]) -> Iterator[Thing]:
        """The same things one by one, each when its slot has come; none is put off."""
        for thing, domain in zip(things, domains, strict=True):
            slots = self._book(Ask(SERVER, self._pause, 1)).now
            if self._domain_pause:
                slots += self._book(Ask(domain, self._domain_pause, 1)).now
            wait_until(max(slots))
            yield thing

    def out(self, reason: str) -> None:
        """The server takes nothing from anybody."""
        self._out = True
        self._writer.call(pause, reason)

    def well(self) -> None:
        """The server has taken a mail."""
        if self._out:
            self._writer.call(resume, None)
            self._out = False

    def _by_domain(
        self, things: Sequence[Thing], domains: Sequence[str]
    ) -> tuple[list[tuple[datetime, Thing]], list[tuple[datetime, Thing]]]:
        if not self._domain_pause:
            moment = now()
            return [(moment, thing) for thing in things], []
        going: list[tuple[datetime, Thing]] = []
        later: list[tuple[datetime, Thing]] = []
        for domain in sorted(set(domains)):
            its = [one for one, where in zip(things, domains, strict=True) if where == domain]
            slots = self._book(Ask(domain, self._domain_pause, len(its), AHEAD))
            going += zip(slots.now, its, strict=False)
            later += zip(slots.later, its[len(slots.now) :], strict=True)
        return going, later

    def _book(self, ask: Ask) -> Slots:
        return self._writer.call(book, ask)


def wait_until(moment: datetime) -> None:
    """Sleep until then."""
    time.sleep(_seconds_to(moment))


def counted_down(moment: datetime) -> float:
    """The same moment on the clock that nobody sets."""
    return monotonic() + _seconds_to(moment)


async def waited_until(tick: float) -> None:
    """Wait for it beside others that go on meanwhile."""
    if (seconds := tick - monotonic()) > 0:
        await asyncio.sleep(seconds)


def _paused(until: datetime | None, moment: datetime) -> bool:
    # What lasts longer than any pause is from before the clock was put back.
    return until is not None and moment < until <= moment + PAUSES[-1]


def _seconds_to(moment: datetime) -> float:
    left = moment - now()
    return max(0.0, left.total_seconds()) if left <= FARTHEST else 0.0


def _booked(connection: Connection, ask: Ask) -> Slots:
    moment = now()
    row = _lane(connection, ask.lane, moment)
    if row.next_at > moment + FARTHEST:
        _change(connection, ask.lane, next_at=moment, booked_at=moment)
        return _booked(connection, ask)
    start = max(row.next_at, moment)
    fitting = ask.wanted
    if ask.ahead is not None:
        fitting = max(0, min(fitting, int((moment + ask.ahead - start) / ask.pause)))
    next_at = start + fitting * ask.pause
    booked_at = max(row.booked_at, next_at)
    put_off = ask.wanted - fitting
    _change(connection, ask.lane, next_at=next_at, booked_at=booked_at + put_off * ask.pause)
    return Slots(
        now=tuple(start + place * ask.pause for place in range(fitting)),
        later=tuple(booked_at + place * ask.pause for place in range(put_off)),
    )


def _lane(connection: Connection, lane: str, moment: datetime) -> Any:
    """The lane's row, held until the transaction ends."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    fresh = {"lane": lane, "next_at": moment, "booked_at": moment, "pauses": 0}
    connection.execute(insert(MailPace).values(fresh).on_conflict_do_nothing())
    return connection.execute(
        select(*_TABLE.c).where(_TABLE.c.lane == lane).with_for_update()
    ).one()


def _change(connection: Connection, lane: str, **values: object) -> None:
    connection.execute(update(_TABLE).where(_TABLE.c.lane == lane).values(**values))


_TABLE = MailPace.__table__  # type: ignore[attr-defined]
_PAUSED = select(col(MailPace.paused_until)).where(col(MailPace.lane) == SERVER)
