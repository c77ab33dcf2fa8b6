"""Queued mail: leased jobs are prepared, sent at the agreed pace, and each outcome recorded."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.kit import hold
from app.kit.jobs import Kind, Lease, Outcome, State
from app.kit.mail import Envelope, Mail, Transport
from app.kit.pace import Pace, is_open
from app.kit.sending import Batch, Ready
from app.kit.writer import Writer


@dataclass(frozen=True)
class NotNeeded:
    """The mail is not sent after all: the person left, the round closed."""

    reason: str


@dataclass(frozen=True)
class Impossible:
    """The mail can never be sent: there is no usable address."""

    reason: str


Prepared = Mail | Envelope | NotNeeded | Impossible
# Made when the mail goes out and not before: what it holds (a personal link) is stored nowhere.
Prepare = Callable[[Sequence[Lease]], Sequence[Prepared]]

LEASE = timedelta(minutes=5)


def may_send(connection: Connection) -> bool:
    """The gate of mail to people: nobody holds it, and the server takes mail."""
    return hold.is_free(connection) and is_open(connection)


class Posting:
    """The handler of a kind of mail job."""

    def __init__(
        self,
        transport: Transport,
        writer: Writer,
        pace: Pace,
        prepare: Prepare,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """`stopping` says whether no further mail shall be begun."""
        self._transport = transport
        self._writer = writer
        self._pace = pace
        self._prepare = prepare
        self._stopping = stopping

    def kind(self, *, bulk: bool = False, always: bool = False) -> Kind:
        """How its jobs are claimed; `bulk` where there may be thousands of them.

        `always`: they go out also while sending is held.
        """
        return Kind(
            self,
            batch=self._pace.batch,
            lease=LEASE,
            bulk=bulk,
            at_once=self._transport.at_once,
            gate=is_open if always else may_send,
        )

    def __call__(self, leases: Sequence[Lease]) -> Iterator[Sequence[Outcome]]:
        ready, ended = self._sorted(leases)
        going, later = self._pace.placed(ready, [envelope.domain for _, envelope in ready])
        yield [*ended, *(_put_off(lease, slot) for slot, (lease, _) in later)]
        batch = Batch(self._writer, self._pace, going, self._sorted, self._stopping)
        self._transport.each(batch.line)
        yield batch.unsaved
        yield batch.left()

    def _sorted(self, leases: Sequence[Lease]) -> tuple[list[Ready], list[Outcome]]:
        """The mails of these jobs, and how those ended that need none."""
        ready: list[Ready] = []
        ended: list[Outcome] = []
        for lease, prepared in zip(leases, self._prepare(leases), strict=True):
            if isinstance(prepared, NotNeeded):
                ended.append(Outcome(lease, State.CANCELLED, error=prepared.reason))
            elif isinstance(prepared, Impossible):
                ended.append(Outcome(lease, State.FAILED, error=prepared.reason))
            else:
                ready.append((lease, Envelope.of(prepared)))
        return ready, ended


def _put_off(lease: Lease, slot: datetime) -> Outcome:
    return Outcome(lease, State.WAITING, due_at=slot, untried=True)
