from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from app.kit.mail import BadMail, Mail
from app.kit.mail.message import composed

LINK = "<https://survey.example.com/unsubscribe/" + "0123456789abcdef" * 12 + ">"


def mail(**given: Any) -> Mail:
    return Mail(
        **{
            "to": "aminah@example.com",
            "subject": "Jemputan",
            "text": "Sila jawab.\n",
            "html": "<p>Sila jawab.</p>\n",
            "sender": "HR Contoh <hr@example.com>",
            "message_id": "<1@survey.example.com>",
            **given,
        }
    )


def read(message: Mail) -> EmailMessage:
    got = message_from_bytes(composed(message), policy=default)
    assert not got.defects
    return got


@time_machine.travel("2026-03-02T01:02:03+00:00", tick=False)
def test_a_mail_says_who_what_and_when():
    got = read(mail(reply_to="tanya@example.com", headers=(("X-Round", "7"),)))
    (sender,) = got["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("HR Contoh", "hr@example.com")
    assert got["To"] == "aminah@example.com"
    assert got["Reply-To"] == "tanya@example.com"
    assert got["Date"] == "Mon, 02 Mar 2026 01:02:03 +0000"
    assert got["Message-ID"] == "<1@survey.example.com>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["X-Round"] == "7"


def test_the_text_comes_first_and_the_html_second():
    got = read(mail(text="Selamat pagi é\n", html="<p>Selamat pagi é</p>\n"))
    assert got.get_content_type() == "multipart/alternative"
    text, html = got.iter_parts()
    assert (text.get_content_type(), text.get_content()) == ("text/plain", "Selamat pagi é\r\n")
    assert (html.get_content_type(), html.get_content()) == (
        "text/html",
        "<p>Selamat pagi é</p>\r\n",
    )


def test_a_mail_may_be_text_alone():
    got = read(mail(html=None))
    assert got.get_content_type() == "text/plain"
    assert got.get_all("MIME-Version") == ["1.0"]


def test_a_long_link_in_a_header_stays_whole():
    lines = composed(mail(headers=(("List-Unsubscribe", LINK),))).split(b"\r\n")
    assert f"List-Unsubscribe: {LINK}".encode() in lines


def test_a_long_subject_in_malay_and_chinese_survives():
    subject = "Tinjauan penjajaran jabatan — suku kedua 部门协调调查 " * 5
    got = read(mail(subject=subject))
    assert got["Subject"].strip() == subject.strip()
    heads = composed(mail(subject=subject)).split(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(map(len, heads)) <= 78


def test_a_name_that_needs_quotes_or_utf8_survives():
    for name in ("Ali, HR (Kuala Lumpur)", "Bahagian Æ, 人事", "O'Brien \\ Co"):
        (box,) = read(mail(sender=f"{name} <hr@example.com>"))["From"].addresses
        assert (box.display_name, box.addr_spec) == (name, "hr@example.com")


def test_an_international_domain_goes_as_punycode_and_a_local_part_as_utf8():
    plain = mail(to="amin@bücher.example")
    assert plain.recipient.address == "amin@xn--bcher-kva.example"
    assert not plain.international
    assert b"To: amin@xn--bcher-kva.example\r\n" in composed(plain)
    assert mail(to="jiří@example.com").international
    assert "To: jiří@example.com\r\n".encode() in composed(mail(to="jiří@example.com"))


def test_bounces_go_to_the_return_path_where_there_is_one():
    assert mail().envelope_sender.address == "hr@example.com"
    assert mail(return_path="b+7@example.com").envelope_sender.address == "b+7@example.com"


BREAKS = ["\r", "\n", "\r\n", "\0", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x7f", "\ud800"]


@pytest.mark.parametrize("evil", BREAKS)
@pytest.mark.parametrize(
    "part", ["to", "subject", "sender", "reply_to", "return_path", "message_id", "value", "name"]
)
def test_no_header_can_be_smuggled_in(part: str, evil: str):
    value = f"a{evil}Bcc: eve@example.com"
    given = {"value": {"headers": (("X-A", value),)}, "name": {"headers": ((value, "b"),)}}
    with pytest.raises(BadMail) as refused:
        mail(**given.get(part, {part: value}))
    assert "eve" not in str(refused.value)


def test_an_encoded_word_cannot_hide_a_line_break():
    with pytest.raises(BadMail):
        mail(subject="a =?utf-8?q?=0D=0ABcc:_eve@example.com?=")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "aminah",
        "@example.com",
        "a@",
        "a b@example.com",
        "a@example.com, b@example.com",
        "a@exa mple.com",
        "<a@example.com",
        "a@b@example.com",
        "A <a@example.com> b",
        "a@-ü-.com",
        "a@" + "x" * 300 + ".com",
        "x" * 65 + "@example.com",
        "a@example..com",
        "a;b@example.com",
    ],
)
def test_what_is_not_one_address_is_refused(address: str):
    with pytest.raises(BadMail, match=r"^to "):
        mail(to=address)


@pytest.mark.parametrize("address", ["selaras@localhost", "a@[127.0.0.1]", "o'neil+x@a.example"])
def test_unusual_addresses_that_work_are_taken(address: str):
    assert mail(to=address).recipient.address == address


@pytest.mark.parametrize("name", ["Bcc", "subject", "Content-Type", "X Y", "", "Ünï", "-x"])
def test_headers_that_are_ours_or_none_cannot_be_set(name: str):
    with pytest.raises(BadMail):
        mail(headers=((name, "x"),))


@pytest.mark.parametrize(
    "given",
    [
        {"text": "a\0b"},
        {"html": "\ud800"},
        {"message_id": "1"},
        {"message_id": "<é@x>"},
        {"headers": (("X-A", "x" * 2000),)},
    ],
)
def test_what_no_server_would_take_is_refused(given: dict[str, Any]):
    with pytest.raises(BadMail):
        mail(**given)


any_text = st.text(st.characters(codec="utf-8"), max_size=200)


@given(subject=any_text, name=any_text, text=any_text, html=any_text)
def test_every_mail_that_exists_can_be_written_and_read_back(
    subject: str, name: str, text: str, html: str
):
    try:
        message = mail(subject=subject, sender=f"{name}<hr@example.com>", text=text, html=html)
    except BadMail:
        return
    content = composed(message)
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    got = message_from_bytes(content, policy=default)
    assert got["To"] == "aminah@example.com"
    assert len(got["From"].addresses) == 1
    assert set(got.keys()) - {"MIME-Version"} == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", *(["Content-Transfer-Encoding"] if not html else [])),
    }
