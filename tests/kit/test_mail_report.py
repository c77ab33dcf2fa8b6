"""Delivery-status reports as mail servers write them, and what a refusal is about."""

from email.message import EmailMessage

import pytest

from app.kit.mail.report import Cause, cause, is_hard, read

REPORT = """\
From: MAILER-DAEMON@mx.example.com
To: bounces+{digest}@example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <20260302@mx.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

This is the mail system. <{recipient}>: {said}

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Mon, 2 Mar 2026 09:00:00 +0800

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--cut
Content-Type: {returned}

From: survey@example.com
To: {recipient}
Subject: Jemputan
Message-ID: <{message}@survey.example.com>

--cut--
"""
DIGEST = "0123456789abcdef" * 2


def report(**given: str) -> bytes:
    values = {
        "digest": DIGEST,
        "recipient": "aminah@contoh.example.com",
        "action": "failed",
        "status": "5.1.1",
        "said": "550 5.1.1 <aminah@contoh.example.com>: User unknown",
        "returned": "text/rfc822-headers",
        "message": DIGEST,
        **given,
    }
    return REPORT.format(**values).replace("\n", "\r\n").encode()


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_names_recipient_action_status_and_the_mail(returned: str) -> None:
    (found,) = read(report(returned=returned))
    assert (found.recipient, found.action, found.status) == (
        "aminah@contoh.example.com",
        "failed",
        "5.1.1",
    )
    assert found.failed
    assert f"bounces+{DIGEST}@example.com" in found.sent_to
    assert found.message_id == f"<{DIGEST}@survey.example.com>"
    assert found.said == "550 5.1.1 <...>: User unknown", "without the address"


def test_a_report_about_several_recipients_says_something_of_each() -> None:
    second = "\r\nFinal-Recipient: rfc822;b@example.com\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
    content = report().replace(
        b"\r\n--cut\r\nContent-Type: text/rfc822",
        second.encode() + b"--cut\r\nContent-Type: text/rfc822",
    )
    assert [(one.action, one.recipient) for one in read(content)] == [
        ("failed", "aminah@contoh.example.com"),
        ("delayed", "b@example.com"),
    ]


def test_what_is_no_report_holds_none() -> None:
    mail = EmailMessage()
    mail["Subject"], mail["To"] = "Out of office", f"bounces+{DIGEST}@example.com"
    mail.set_content("Action: failed\nStatus: 5.1.1\n")
    assert read(mail.as_bytes()) == []
    for rubbish in (
        b"",
        b"\x00\xff\xfe",
        b"Content-Type: message/delivery-status\r\n\r\n",
        b"\r\n" * 9,
    ):
        assert read(rubbish) == []


def test_a_report_too_large_is_read_as_far_as_it_goes() -> None:
    assert len(read(report() + b"x" * 5_000_000)) == 1


@pytest.mark.parametrize(
    ("code", "said", "about", "hard"),
    [
        ("550", "5.1.1 user unknown", Cause.ADDRESS, True),
        ("5.1.10", "no such recipient", Cause.ADDRESS, True),
        ("550", "5.2.1 mailbox disabled", Cause.ADDRESS, True),
        ("550", "no such user here", Cause.ADDRESS, False),
        ("450", "4.1.1 try later", Cause.ADDRESS, False),
        ("552", "5.2.2 over quota", Cause.FULL, False),
        ("452", "mailbox full", Cause.FULL, False),
        ("550", "5.7.1 relaying denied", Cause.REFUSED, False),
        ("550", "5.1.8 bad sender", Cause.REFUSED, False),
        ("554", "looks like spam", Cause.REFUSED, False),
        ("5.4.7", "delivery time expired", Cause.OTHER, False),
        (None, "no usable e-mail address", Cause.OTHER, False),
    ],
)
def test_what_a_refusal_is_about(code: str | None, said: str, about: Cause, hard: bool) -> None:
    assert cause(code, said) is about
    assert is_hard(" ".join(filter(None, (code, said)))) is hard
