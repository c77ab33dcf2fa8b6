"""Handing mails to a relay or a folder, one after another, each with its own outcome."""

from app.kit.mail.address import BadMailUrl
from app.kit.mail.message import BadMail, Mail
from app.kit.mail.transport import Outcome, Result, Transport, transport

__all__ = ["BadMail", "BadMailUrl", "Mail", "Outcome", "Result", "Transport", "transport"]
