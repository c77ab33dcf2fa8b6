"""Queued mail: leased jobs are prepared, sent at the agreed pace, and each outcome recorded."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from app.kit.clock import now
from app.kit.jobs import Lease, Outcome, State
from app.kit.mail import Mail, Result, Transport
from app.kit.mail import Outcome as Delivered
from app.kit.worker import try_again


@dataclass(frozen=True)
class NotNeeded:
    """The mail is not sent after all: the person left, the round closed."""

    reason: str


@dataclass(frozen=True)
class Impossible:
    """The mail can never be sent: there is no usable address."""

    reason: str


Prepared = Mail | NotNeeded | Impossible
# Made when the mail goes out and not before: what it holds (a personal link) is stored nowhere.
Prepare = Callable[[Sequence[Lease]], Sequence[Prepared]]

BATCH = 100
Thing = TypeVar("Thing")


class Posting:
    """The handler of a kind of mail job."""

    def __init__(self, transport: Transport, per_minute: int, prepare: Prepare) -> None:
        self._transport = transport
        self._pause = 60 / per_minute
        self._prepare = prepare

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        sending: list[tuple[Lease, Mail]] = []
        for lease, prepared in zip(leases, self._prepare(leases), strict=True):
            if isinstance(prepared, Mail):
                sending.append((lease, prepared))
            elif isinstance(prepared, NotNeeded):
                yield Outcome(lease, State.CANCELLED, error=prepared.reason)
            else:
                yield Outcome(lease, State.FAILED, error=prepared.reason)
        mails = paced((mail for _, mail in sending), self._pause)
        for (lease, _), delivered in zip(sending, self._transport.deliver(mails), strict=True):
            yield _outcome(lease, delivered)

    def lease(self) -> timedelta:
        """Long enough for a whole batch at this pace, and for a relay that hangs."""
        return timedelta(minutes=5) + BATCH * timedelta(seconds=self._pause)


def paced(things: Iterable[Thing], pause: float) -> Iterator[Thing]:
    """The same, each so many seconds after the one before."""
    due = time.monotonic()
    for thing in things:
        time.sleep(max(0.0, due - time.monotonic()))
        yield thing
        due = max(due, time.monotonic() - pause) + pause


def _outcome(lease: Lease, delivered: Delivered) -> Outcome:
    if delivered.result is Result.SENT:
        return Outcome(lease, State.DONE, delivered.code, due_at=now())
    if delivered.result is Result.REFUSED:
        return Outcome(lease, State.FAILED, delivered.code, delivered.reason)
    # An ambiguous one is sent again: same message id and same link, so a copy does no harm.
    return try_again(lease, delivered.code, delivered.reason or delivered.result.value)
