"""Queued mail: leased jobs are prepared, sent at the agreed pace, and each outcome recorded."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.kit import hold
from app.kit.clock import now
from app.kit.jobs import Kind, Lease, Outcome, State
from app.kit.mail import Envelope, Mail, Result, Transport
from app.kit.mail import Outcome as Delivered
from app.kit.pace import Pace, is_open, wait_until
from app.kit.worker import try_again


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
# The longest the slowest server may take for one mail, with some to spare for storing the outcome.
# What has less left of its lease is not begun: another process might begin it too.
LONGEST_MAIL = timedelta(seconds=150)

# So long a prepared mail is good for: then it is looked whether it is still needed.
FRESH = timedelta(seconds=1)

_Placed = tuple[datetime, tuple[Lease, Envelope]]


def may_send(connection: Connection) -> bool:
    """The gate of mail to people: nobody holds it, and the server takes mail."""
    return hold.is_free(connection) and is_open(connection)


class Posting:
    """The handler of a kind of mail job."""

    def __init__(self, transport: Transport, pace: Pace, prepare: Prepare) -> None:
        self._transport = transport
        self._pace = pace
        self._prepare = prepare

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
        ready, ended = self._prepared(leases)
        at = now()
        going, later = self._pace.placed(ready, [envelope.domain for _, envelope in ready])
        ended += [_put_off(lease, slot) for slot, (lease, _) in later]
        while going or ended:
            if ended:
                yield ended
            if not going:
                return
            wait_until(going[0][0])
            if now() - at <= FRESH:
                ended, going = yield from self._sent(going)
                continue
            # What was true a moment ago may have changed: the round closed, the person left.
            slots = [slot for slot, _ in going]
            ready, ended = self._prepared([lease for _, (lease, _) in going])
            going, at = list(zip(slots, ready, strict=False)), now()

    def _prepared(
        self, leases: Sequence[Lease]
    ) -> tuple[list[tuple[Lease, Envelope]], list[Outcome]]:
        """The mails of these jobs, and how those ended that need none."""
        ready: list[tuple[Lease, Envelope]] = []
        ended: list[Outcome] = []
        for lease, prepared in zip(leases, self._prepare(leases), strict=True):
            if isinstance(prepared, NotNeeded):
                ended.append(Outcome(lease, State.CANCELLED, error=prepared.reason))
            elif isinstance(prepared, Impossible):
                ended.append(Outcome(lease, State.FAILED, error=prepared.reason))
            else:
                ready.append((lease, Envelope.of(prepared)))
        return ready, ended

    def _sent(
        self, going: list[_Placed]
    ) -> Generator[Sequence[Outcome], None, tuple[list[Outcome], list[_Placed]]]:
        """Send as many as there are connections; their outcomes are stored before the next.

        Returns what is given back, and what is still to be sent.
        """
        at_once = self._transport.at_once
        some = [one for _, one in going[:at_once]]
        rest = going[at_once:]
        if any(now() + LONGEST_MAIL > lease.until for lease, _ in some):
            return [lease.untouched() for _, (lease, _) in going], []
        delivered = self._transport.together([envelope for _, envelope in some])
        yield [outcome(lease, one) for (lease, _), one in zip(some, delivered, strict=True)]
        out = next((one for one in delivered if one.pause), None)
        if out is not None:
            self._pace.out(out.said)
            return [lease.untouched(out.said) for _, (lease, _) in rest], []
        if any(one.result is Result.SENT for one in delivered):
            self._pace.well()
        return [], rest


def outcome(lease: Lease, delivered: Delivered) -> Outcome:
    """What becomes of the job of a mail."""
    if delivered.result is Result.SENT:
        return Outcome(lease, State.DONE, delivered.code)
    if delivered.result is Result.REFUSED:
        return Outcome(lease, State.FAILED, delivered.code, delivered.reason)
    if not delivered.tried:
        return lease.untouched(delivered.said)
    # An ambiguous one is sent again: same message id and same link, so a copy does no harm.
    doubtful = delivered.result is Result.AMBIGUOUS
    reason = delivered.reason or delivered.result.value
    return try_again(lease, delivered.code, reason, doubtful=doubtful)


def _put_off(lease: Lease, slot: datetime) -> Outcome:
    return Outcome(lease, State.WAITING, due_at=slot, untried=True)
