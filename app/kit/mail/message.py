"""A mail, checked when it is made, and the bytes of it.

The header lines are written here and not by `email.message`: that one folds long links into
encoded words no mail program can follow, and decodes a value before it writes it, by which a
line break hidden in an encoded word becomes a header of its own.
"""

import binascii
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime

from app.kit.clock import now

LONGEST_LINE = 990
PART = (
    b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
)
# Whatever some program takes for the end of a line, and everything else that is no text.
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
NO_BODY = re.compile("[\x00\ud800-\udfff]")
ENCODED_WORD = re.compile(r"=\?[^?\s]*\?[bq]\?", re.IGNORECASE)
MAILBOX = re.compile(r'(?:(?P<name>[^<>"]*)<(?P<inner>[^<>]*)>|(?P<bare>[^<>]*))')
LOCAL_PART = re.compile(r"""[^\s<>()\[\]\\,;:@"]{1,64}""")
DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[A-Za-z0-9.:]+\]")
MESSAGE_ID = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
OURS = re.compile(
    r"to|cc|bcc|from|sender|reply-to|subject|date|message-id|auto-submitted|mime-version|content-.*"
)


class BadMail(ValueError):
    """A mail that must not be sent as it is; the text says which part, not what it holds."""


@dataclass(frozen=True)
class Mailbox:
    """One address, its domain in ASCII, and the name shown beside it."""

    name: str
    local_part: str
    domain: str

    @property
    def address(self) -> str:
        return f"{self.local_part}@{self.domain}"

    @property
    def international(self) -> bool:
        """Whether only a server that knows SMTPUTF8 can take it."""
        return not self.local_part.isascii()


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail to one person; raises BadMail, so that every Mail that exists can be sent.

    `to`, `sender` and `reply_to` are `address` or `Name <address>`; bounces go to `return_path`
    where it is given, otherwise to the sender.
    """

    to: str
    subject: str
    text: str
    html: str | None = None
    sender: str
    message_id: str
    headers: tuple[tuple[str, str], ...] = ()
    reply_to: str | None = None
    return_path: str | None = None

    def __post_init__(self) -> None:
        for part in ("to", "sender", "reply_to", "return_path"):
            value = getattr(self, part)
            if value is not None:
                mailbox(part, value)
        _check("subject", self.subject)
        check_message_id(self.message_id)
        for name, value in self.headers:
            _check(name if HEADER_NAME.fullmatch(name.replace("_", "-")) else "header", value)
        for name, value in self.headers:
            if not HEADER_NAME.fullmatch(name) or OURS.fullmatch(name.lower()):
                raise BadMail("a header has a name that is not free to set")
            if value.isascii() and len(name) + len(value) > LONGEST_LINE:
                raise BadMail(f"the header {name} is too long")
        if NO_BODY.search(self.text) or NO_BODY.search(self.html or ""):
            raise BadMail("the body holds what is no text")

    @property
    def recipient(self) -> Mailbox:
        return mailbox("to", self.to)

    @property
    def envelope_sender(self) -> Mailbox:
        return mailbox("sender", self.return_path or self.sender)

    @property
    def international(self) -> bool:
        """Whether an address of it needs SMTPUTF8."""
        shown = (self.recipient, self.envelope_sender, mailbox("sender", self.sender))
        reply = [mailbox("reply_to", self.reply_to)] if self.reply_to else []
        return any(box.international for box in (*shown, *reply))


@dataclass(frozen=True)
class Envelope:
    """A mail ready for the wire: from where, to whom, and its bytes."""

    sender: str
    to: str
    content: bytes
    international: bool = False

    @classmethod
    def of(cls, mail: "Mail | Envelope") -> "Envelope":
        if isinstance(mail, Envelope):
            return mail
        return cls(
            sender=mail.envelope_sender.address,
            to=mail.recipient.address,
            content=composed(mail),
            international=mail.international,
        )

    @property
    def domain(self) -> str:
        return domain_of(self.to)


def mailbox(part: str, value: str) -> Mailbox:
    """Read `address` or `Name <address>`; raises BadMail naming the part."""
    _check(part, value)
    match = MAILBOX.fullmatch(value.strip())
    local_part, at, domain = (match["inner"] or match["bare"] or "" if match else "").rpartition(
        "@"
    )
    if match is None or not at or not LOCAL_PART.fullmatch(local_part):
        raise BadMail(f"{part} is not one address")
    return Mailbox((match["name"] or "").strip(), local_part, _ascii_domain(part, domain))


def domain_of(address: str) -> str:
    """Whose server takes mail to this address."""
    return address.rpartition("@")[2].rstrip("> ").lower()


def composed(mail: Mail) -> bytes:
    """The mail as it goes over the wire: CRLF lines, ASCII but for international addresses."""
    return b"".join([*head(mail), *body(mail, lambda text: [quoted(text)])])


def head(mail: Mail) -> list[bytes]:
    """The lines of its header that differ from mail to mail, then those that are alike."""
    own = own_lines(_shown(mail.recipient), mail.message_id)
    alike = [
        ("From", _shown(mailbox("sender", mail.sender))),
        *([("Reply-To", _shown(mailbox("reply_to", mail.reply_to)))] if mail.reply_to else []),
        ("Subject", _encoded("Subject", mail.subject)),
        ("Auto-Submitted", "auto-generated"),
        *((name, _encoded(name, value)) for name, value in mail.headers),
        ("MIME-Version", "1.0"),
    ]
    return [own, "".join(f"{name}: {value}\r\n" for name, value in alike).encode()]


def own_lines(to: str, message_id: str) -> bytes:
    """To whom, what it is called, and when it goes out."""
    date = format_datetime(now())
    return f"To: {to}\r\nDate: {date}\r\nMessage-ID: {message_id}\r\n".encode()


def body(mail: Mail, written: Callable[[str], list[bytes]]) -> list[bytes]:
    """The parts of it, text first, each `written` in pieces."""
    if not mail.html:
        return [PART % b"plain", *written(mail.text)]
    boundary = secrets.token_hex(16).encode()
    return [
        b'Content-Type: multipart/alternative;\r\n boundary="' + boundary + b'"\r\n\r\n',
        *(b"--" + boundary + b"\r\n", PART % b"plain", *written(mail.text)),
        *(b"\r\n--" + boundary + b"\r\n", PART % b"html", *written(mail.html)),
        b"\r\n--" + boundary + b"--\r\n",
    ]


def quoted(text: str) -> bytes:
    """Quoted-printable, in lines short enough for every server on the way."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return binascii.b2a_qp(lines.encode(), istext=True).replace(b"\n", b"\r\n")


def check_message_id(value: str) -> None:
    """Raise BadMail where this is none."""
    _check("message_id", value)
    if not MESSAGE_ID.fullmatch(value) or not value.isascii():
        raise BadMail("the message_id must look like <id@domain>")


def _check(part: str, value: str) -> None:
    if CONTROL.search(value):
        raise BadMail(f"{part} holds a line break or another control character")
    if ENCODED_WORD.search(value):
        raise BadMail(f"{part} holds an encoded word")


def _ascii_domain(part: str, domain: str) -> str:
    import idna

    try:
        name = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except UnicodeError:
        name = ""
    if not DOMAIN.fullmatch(name) or len(name) > 253:
        raise BadMail(f"{part} has no valid domain")
    return name


def _shown(box: Mailbox) -> str:
    if not box.name:
        return box.address
    if box.name.isascii():
        quoted = box.name.replace("\\", r"\\")
        return f'"{quoted}" <{box.address}>'
    return f"{_words(box.name, len('Reply-To'))} <{box.address}>"


def _encoded(name: str, value: str) -> str:
    # An ASCII value goes on one line as it is: a fold would break the links and ids in it.
    if value.isascii() and len(value) < LONGEST_LINE:
        return value
    return _words(value, len(name))


def _words(value: str, taken: int) -> str:
    return Header(value, "utf-8", header_name="x" * taken).encode(linesep="\r\n")
