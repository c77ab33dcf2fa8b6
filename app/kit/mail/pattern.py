"""One mail to many people: everything that is alike is written once, the rest put in for each."""

import re

from app.kit.mail.message import (
    BadMail,
    Envelope,
    Mail,
    body,
    check_message_id,
    head,
    mailbox,
    own_lines,
    quoted,
)

# Stands for the personal link while the pattern is written; no text of ours holds it.
LINK = "https://link.invalid/f1b6a0c2d7"
# What a link of ours is made of: nothing that HTML or a mail's lines would write otherwise.
PERSONAL = re.compile(r"[A-Za-z0-9:/._~?=\[\]%-]+")


class Pattern:
    """A mail in which only recipient, message id, return path and link differ."""

    def __init__(self, mail: Mail) -> None:
        """`mail` holds LINK wherever the personal link goes."""
        self._sender = mail.envelope_sender.address
        self._international = mail.international
        self._alike = head(mail)[1]
        # What is alike, cut where the link goes.
        self._texts = b"".join(body(mail, _cut)).split(_MARK)

    def to(self, to: str, message_id: str, link: str, return_path: str | None) -> Envelope:
        """The mail to one person; raises BadMail."""
        if not PERSONAL.fullmatch(link):
            raise BadMail("the link holds what is no part of one")
        check_message_id(message_id)
        recipient = mailbox("to", to)
        own = own_lines(recipient.address, message_id)
        line = b"=\r\n" + quoted(link) + b"=\r\n"
        return Envelope(
            sender=return_path or self._sender,
            to=recipient.address,
            content=own + self._alike + line.join(self._texts),
            international=recipient.international or self._international,
        )


_MARK = b"\0link"


def _cut(text: str) -> list[bytes]:
    """The text with a mark for each link; a link stands on lines of its own, softly broken."""
    pieces: list[bytes] = []
    for place, piece in enumerate(text.split(LINK)):
        pieces += [_MARK] if place else []
        pieces.append(quoted(piece))
    return pieces
