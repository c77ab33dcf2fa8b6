"""What every way of delivering mail has in common."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.kit.mail.message import Mail


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


class Transport(Protocol):
    """A way of delivering mail."""

    def deliver(self, mails: Iterable[Mail]) -> Iterator[Outcome]:
        """Deliver one mail after another; each outcome comes before the next mail is asked for."""
        ...
