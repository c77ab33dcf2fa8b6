"""A mail written once for many people says to each what a mail of their own would."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.mail import BadMail, Envelope, Mail
from app.kit.mail.pattern import LINK, Pattern
from tests.kit.test_mail_message import mail

NEAR = "http://127.0.0.1:8000/s/abc234" + "Aa1_-" * 4 + "zz"
FAR = (
    "https://survey.a-rather-long-name.example.com/some/where/s/abc234" + "Aa1_-" * 4 + "zz?lang=ms"
)


def read(content: bytes) -> EmailMessage:
    got = message_from_bytes(content, policy=default)
    assert not got.defects
    return got


def parts(content: bytes) -> list[str]:
    got = read(content)
    some = got.iter_parts() if got.is_multipart() else [got]
    return [part.get_content() for part in some]


def alike(one: Mail, link: str) -> tuple[Envelope, Envelope]:
    """The mail by its pattern, and the same mail written for itself."""
    own = mail(
        to="badrul@example.com",
        message_id="<2@survey.example.com>",
        text=one.text.replace(LINK, link),
        html=one.html.replace(LINK, link) if one.html else None,
        subject=one.subject,
    )
    written = Pattern(one).to("badrul@example.com", "<2@survey.example.com>", link, None)
    return written, Envelope.of(own)


@settings(max_examples=60)
@given(
    pieces=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))),
    link=st.sampled_from([NEAR, FAR]),
    html=st.booleans(),
)
def test_it_reads_as_a_mail_of_ones_own(pieces: list[str], link: str, html: bool) -> None:
    text = LINK.join(pieces) + "\n"
    written, own = alike(mail(text=text, html=f"<p>{text}</p>\n" if html else None), link)
    assert parts(written.content) == parts(own.content)
    for name in ("From", "To", "Subject", "Message-ID", "MIME-Version", "Auto-Submitted"):
        assert read(written.content)[name] == read(own.content)[name]
    assert max(map(len, written.content.split(b"\r\n"))) <= 998
    assert (written.to, written.sender) == (own.to, own.sender)


def test_a_link_stands_whole_wherever_it_is_in_a_line() -> None:
    for length in range(160):
        written, _ = alike(mail(text="x" * length + LINK + "é\n", html=None), FAR)
        assert parts(written.content) == ["x" * length + FAR + "é\r\n"]


def test_bounces_go_to_each_mails_own_address() -> None:
    pattern = Pattern(mail(text=LINK, html=None))
    envelope = pattern.to("a@example.com", "<2@x.example>", NEAR, "bounces+2@example.com")
    assert envelope.sender == "bounces+2@example.com"
    assert LINK.encode() not in envelope.content


@pytest.mark.parametrize(
    "given",
    [
        {"link": "https://x/\r\nBcc: eve@example.com"},
        {"link": "https://x/ y"},
        {"link": ""},
        {"to": "a@example.com\r\nBcc: eve@example.com"},
        {"to": ""},
        {"message_id": "<2@x>\r\nBcc: eve@example.com"},
    ],
)
def test_nothing_can_be_smuggled_into_one(given: dict[str, str]) -> None:
    values: dict[str, Any] = {
        "to": "a@example.com",
        "message_id": "<2@x.example>",
        "link": NEAR,
        "return_path": None,
    }
    with pytest.raises(BadMail):
        Pattern(mail(text=LINK, html=None)).to(**{**values, **given})
