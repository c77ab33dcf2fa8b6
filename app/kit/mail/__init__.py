"""Handing mails to a relay or a folder, one after another, each with its own outcome."""

from pathlib import Path

from app.kit.mail.address import BadMailUrl, parsed
from app.kit.mail.message import BadMail, Envelope, Mail
from app.kit.mail.outcome import Outcome, Result, Transport, one_by_one

__all__ = [
    "BadMail",
    "BadMailUrl",
    "Envelope",
    "Mail",
    "Outcome",
    "Result",
    "Transport",
    "one_by_one",
    "transport",
]


def transport(url: str, connections: int = 1) -> Transport:
    """The transport of an `smtp://`, `smtps://` or `file:///` address; raises BadMailUrl."""
    where = parsed(url)
    if isinstance(where, Path):
        from app.kit.mail.folder import Folder

        return Folder(where)
    from app.kit.mail.smtp import Relay

    return Relay(where, connections)
