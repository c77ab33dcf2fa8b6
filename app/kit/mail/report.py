"""Mails that come back: reading a delivery-status report (RFC 3464), and what a refusal is about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from enum import StrEnum

from app.kit.mail.outcome import without_addresses

FAILED, DELAYED = "failed", "delayed"
LARGEST = 1024 * 1024
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
ADDRESS = re.compile(r"[^\s<>;,\"]+@[^\s<>;,\"]+")
MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(<[^\s<>]+>)")
# Where the address it was sent to may stand, whatever the server calls it.
SENT_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To")


class Cause(StrEnum):
    """What a refusal is about, as far as its code tells."""

    ADDRESS = "address"
    """There is no such mailbox."""
    FULL = "full"
    """The mailbox is full."""
    REFUSED = "refused"
    """The server does not want this mail, or this sender."""
    OTHER = "other"


@dataclass(frozen=True)
class Report:
    """What a mail server says became of a mail to one recipient."""

    recipient: str
    action: str
    status: str
    said: str
    # The return path it came to, and the mail it is about.
    sent_to: tuple[str, ...]
    message_id: str | None

    @property
    def failed(self) -> bool:
        return self.action == FAILED


def read(content: bytes) -> list[Report]:
    """The reports in a mail, one a recipient; none where it is no delivery-status report."""
    mail = message_from_bytes(content[:LARGEST], policy=default)
    sent_to = tuple(
        found.lower()
        for name in SENT_TO
        for value in mail.get_all(name, [])
        for found in ADDRESS.findall(str(value))
    )
    message_id = _message_id(content)
    return [_report(fields, sent_to, message_id) for fields in _recipients(mail)]


def cause(code: str | None, said: str | None) -> Cause:
    """What a refusal is about: by its enhanced status where it has one, else by its code."""
    text = " ".join(filter(None, (code, said)))
    status = STATUS.search(text)
    if status is not None:
        return _by_status(status[2], status[3])
    if code in {"452", "552"}:
        return Cause.FULL
    if code in {"550", "551", "553"}:
        return Cause.ADDRESS
    return Cause.REFUSED if code == "554" else Cause.OTHER


def is_hard(said: str | None) -> bool:
    """Whether it is certain that the mailbox does not exist: nothing shall go there again."""
    status = STATUS.search(said or "")
    return status is not None and status[1] == "5" and cause(None, said) is Cause.ADDRESS


def _by_status(subject: str, detail: str) -> Cause:
    if (subject, detail) == ("2", "2"):
        return Cause.FULL
    # 1.7 and 1.8 are about the sender's address, 2.1 is a mailbox that was switched off.
    if (subject == "1" and detail not in {"7", "8"}) or (subject, detail) == ("2", "1"):
        return Cause.ADDRESS
    return Cause.REFUSED if subject in {"1", "2", "6", "7"} else Cause.OTHER


def _recipients(mail: EmailMessage | Message) -> Iterator[Message]:
    """The blocks of fields about one recipient each."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(block, Message) and "Action" in block:
                yield block


def _report(fields: Message, sent_to: tuple[str, ...], message_id: str | None) -> Report:
    named = str(fields.get("Original-Recipient") or fields.get("Final-Recipient") or "")
    found = ADDRESS.search(named.partition(";")[2])
    return Report(
        recipient=found[0].lower() if found else "",
        action=str(fields.get("Action", "")).strip().lower(),
        status=str(fields.get("Status", "")).split(" ", 1)[0].strip(),
        said=without_addresses(str(fields.get("Diagnostic-Code", "")).partition(";")[2]),
        sent_to=sent_to,
        message_id=message_id,
    )


def _message_id(content: bytes) -> str | None:
    """Of the mail that came back: the last one in it, after the report's own."""
    found = MESSAGE_ID.findall(content[:LARGEST])
    return found[-1].decode("ascii", "replace") if len(found) > 1 else None
