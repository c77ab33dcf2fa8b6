"""Prepared mails on their way: each line takes the next one once the outcome of its last is stored.

So no more mails are in doubt after a crash than there are lines, and a line waits for nobody else.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from app.kit import leasing
from app.kit.clock import now
from app.kit.jobs import Lease, Outcome, State
from app.kit.mail import Envelope, Result, Send
from app.kit.mail import Outcome as Delivered
from app.kit.pace import Pace, counted_down, waited_until
from app.kit.worker import try_again
from app.kit.writer import NotSaved, Writer

# The longest the slowest server may take for one mail, with some to spare for storing the outcome.
# What has less left of its lease is not begun: another process might begin it too.
LONGEST_MAIL = timedelta(seconds=150)

# So long a prepared mail is good for: then it is looked whether it is still needed.
FRESH = timedelta(seconds=1)

Ready = tuple[Lease, Envelope]
# The mails of these jobs, and how those ended that need none.
Sort = Callable[[Sequence[Lease]], tuple[list[Ready], list[Outcome]]]


class Batch:
    """The mails of one claim, sent by any number of lines."""

    def __init__(
        self,
        writer: Writer,
        pace: Pace,
        going: Sequence[tuple[datetime, Ready]],
        sort: Sort,
        stopping: Callable[[], bool],
    ) -> None:
        self._writer = writer
        self._pace = pace
        self._going = deque((counted_down(slot), ready) for slot, ready in going)
        self._sort = sort
        self._stopping = stopping
        self._sorted_at = now()
        self._turn = asyncio.Lock()
        self._over = False
        self._said: str | None = None
        self._error: Exception | None = None
        # What could not be stored, and may yet be when the database is back.
        self.unsaved: list[Outcome] = []

    async def line(self, send: Send) -> None:
        """Send one mail after another until none is left or nothing more shall go."""
        try:
            while (one := await self._next()) is not None:
                lease, envelope = one
                delivered = await send(envelope)
                self._notice(delivered)
                await self._store(outcome(lease, delivered))
        except Exception as error:  # noqa: BLE001 - raised by `left`, when the other lines have ended
            self._error, self._over = error, True

    def left(self) -> list[Outcome]:
        """What was not begun, given back; raises what broke a line."""
        if self._error is not None:
            raise self._error
        return [lease.untouched(self._said) for _, (lease, _) in self._going]

    async def _next(self) -> Ready | None:
        async with self._turn:
            while self._going and not self._over:
                slot, (lease, _) = self._going[0]
                await waited_until(slot)
                if self._stopping() or now() + LONGEST_MAIL > lease.until:
                    self._over = True
                elif now() - self._sorted_at > FRESH:
                    await self._sort_again()
                elif not self._over:
                    return self._going.popleft()[1]
        return None

    async def _sort_again(self) -> None:
        """What was true a moment ago may have changed: the round closed, the person left."""
        slots = [slot for slot, _ in self._going]
        ready, ended = self._sort([lease for _, (lease, _) in self._going])
        self._going = deque(zip(slots, ready, strict=False))
        self._sorted_at = now()
        await asyncio.gather(*map(self._store, ended))

    def _notice(self, delivered: Delivered) -> None:
        if delivered.pause and not self._over:
            self._over, self._said = True, delivered.said
            self._pace.out(delivered.said)
        elif delivered.result is Result.SENT:
            self._pace.well()

    async def _store(self, one: Outcome) -> None:
        """Go on once it is stored; where it cannot be, nothing more goes out."""
        try:
            await self._writer.run(leasing.finish, one)
        except NotSaved:
            self.unsaved.append(one)
            self._over = True


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
