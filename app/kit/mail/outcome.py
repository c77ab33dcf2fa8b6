"""What every way of delivering mail has in common."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.kit.mail.message import Envelope, Mail

LONGEST_REASON = 200


class Result(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    DEFERRED = "deferred"
    """The server said: not now."""
    REFUSED = "refused"
    """The server will never take it for this recipient."""
    UNREACHABLE = "unreachable"
    """It did not get to the server; it may be tried later."""
    AMBIGUOUS = "ambiguous"
    """The connection broke after the data went out: the server may have it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one mail, the server's code, and a reason without any address in it."""

    result: Result
    code: str | None = None
    reason: str = ""
    # The server is out for everybody: nothing more is worth trying for a while.
    pause: bool = False
    # Whether it came to this mail at all.
    tried: bool = True

    @property
    def said(self) -> str:
        return " ".join(filter(None, (self.code, self.reason))) or self.result.value

    @property
    def for_the_rest(self) -> "Outcome":
        """What it means for the mails after it, once the server is out."""
        deferred = self.result is Result.DEFERRED
        result = Result.DEFERRED if deferred else Result.UNREACHABLE
        return Outcome(result, self.code, self.reason, pause=True, tried=False)


def without_addresses(text: str) -> str:
    """A server's words without the addresses they repeat, on one line."""
    line = " ".join(re.sub(r"[^\s<>]*@[^\s<>]*", "...", text).split())
    return "".join(c for c in line if c.isprintable())[:LONGEST_REASON]


Send = Callable[[Envelope], Awaitable[Outcome]]
# Takes one mail after another and sends it, until there is none left for it.
Line = Callable[[Send], Awaitable[None]]


class Transport(Protocol):
    """A way of delivering mail."""

    @property
    def at_once(self) -> int:
        """How many mails it takes at a time."""
        ...

    def send(self, mail: Mail | Envelope) -> Outcome:
        """Deliver one."""
        ...

    def each(self, line: "Line") -> None:
        """Work through `line` as often as it takes mails at a time, side by side."""
        ...

    def rest(self) -> None:
        """Let go of what is held for the next mail: there is none for now."""
        ...


def one_by_one(transport: Transport, mails: Iterable[Mail | Envelope]) -> Iterator[Outcome]:
    """Deliver one after another; each outcome comes before the next mail is asked for."""
    rest: Outcome | None = None
    for mail in mails:
        if rest is not None:
            yield rest
            continue
        outcome = transport.send(mail)
        rest = outcome.for_the_rest if outcome.pause else None
        yield outcome


def over_one_line(send: Callable[[Envelope], Outcome], line: Line) -> None:
    """Work through `line` with what delivers one mail at a time."""

    async def sent(mail: Envelope) -> Outcome:
        return send(mail)

    async def worked() -> None:
        await line(sent)

    asyncio.run(worked())
