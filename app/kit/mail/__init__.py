"""Handing mails to a relay or a folder, one after another, each with its own outcome."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.kit.mail.address import BadMailUrl, parsed
from app.kit.mail.message import BadMail, Envelope, Mail
from app.kit.mail.outcome import Line, Outcome, Result, Send, Transport, one_by_one, over_one_line

if TYPE_CHECKING:
    from app.kit.mail.token import TokenClient

__all__ = [
    "BadMail",
    "BadMailUrl",
    "Envelope",
    "Line",
    "Mail",
    "Outcome",
    "Result",
    "Send",
    "Transport",
    "one_by_one",
    "over_one_line",
    "transport",
]


def transport(url: str, connections: int = 1, token: "TokenClient | None" = None) -> Transport:
    """The transport of an address of mail (see docs/settings.md); raises BadMailUrl."""
    where = parsed(url)
    if isinstance(where, Path):
        from app.kit.mail.folder import Folder

        return Folder(where)
    from app.kit.mail.smtp import Relay
    from app.kit.mail.token import Tokens

    return Relay(where, connections, Tokens(token) if where.by_token and token else None)
