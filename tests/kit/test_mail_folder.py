import os
import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from app.kit.mail import BadMailUrl, Outcome, Result, address, one_by_one, transport
from app.kit.mail.address import Server, parsed
from tests.kit.test_mail_message import mail


def test_each_mail_becomes_one_whole_file(tmp_path: Path):
    folder = tmp_path / "not yet" / "there"
    outcomes = one_by_one(transport(folder.as_uri()), (mail(to=f"{n}@example.com") for n in "abc"))
    assert list(outcomes) == [Outcome(Result.SENT)] * 3
    contents = [path.read_bytes() for path in folder.iterdir()]
    mails = [message_from_bytes(content, policy=default) for content in contents]
    assert sorted(got["To"] for got in mails) == ["a@example.com", "b@example.com", "c@example.com"]


def test_the_name_of_a_file_says_nothing_and_only_its_owner_reads_it(tmp_path: Path):
    folder = tmp_path / "mail"
    list(one_by_one(transport(folder.as_uri()), [mail()]))
    (path,) = folder.iterdir()
    assert re.fullmatch(r"[0-9a-f]{32}\.eml", path.name)
    assert path.stat().st_mode & 0o077 == 0


def test_a_mail_that_cannot_be_written_leaves_nothing_and_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    real, calls = os.fsync, []

    def full_disk_once(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full_disk_once)
    first, second = one_by_one(transport(tmp_path.as_uri()), [mail(), mail()])
    assert first == Outcome(Result.UNREACHABLE, None, "cannot be written: No space left on device")
    assert second.result is Result.SENT
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path):
    (tmp_path / "mail").write_text("")
    (outcome,) = one_by_one(transport((tmp_path / "mail").as_uri()), [mail()])
    assert outcome.result is Result.UNREACHABLE


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://relay.example.com", Server("relay.example.com", 587, False)),
        ("smtps://relay.example.com", Server("relay.example.com", 465, True)),
        ("smtp://[::1]:25", Server("::1", 25, False)),
        ("smtp://a%40b:c%3Ad@h:2525/", Server("h", 2525, False, "a@b", "c:d")),
    ],
)
def test_addresses_of_servers_are_read(url: str, server: Server):
    assert parsed(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "relay:25",
        "http://x",
        "smtp://",
        "smtp://h:0",
        "smtp://h:99999",
        "smtp://h:x",
        "smtp://u:se/cret@h:25",
        "smtp://u:se#cret@h:25",
        "smtp://u:se?cret@h",
        "file://mail",
        "file:///",
        "smtp://[::1",
    ],
)
def test_wrong_addresses_are_refused_without_the_password(url: str):
    with pytest.raises(BadMailUrl) as refused:
        transport(url)
    assert "cret" not in str(refused.value)


def test_a_server_does_not_show_its_password():
    assert "cret" not in repr(address.parsed("smtp://u:secret@h:25"))
