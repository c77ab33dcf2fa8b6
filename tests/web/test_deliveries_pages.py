"""What HR sees of mails: their states, what failed and what to do, bounces, addresses left alone."""

import io
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine

from app.kit import jobs
from app.kit.clock import now
from app.results import retention
from tests import cast
from tests.cast import MARKETING, SALES
from tests.journeys.browser import Browser, Page
from tests.kit.test_mail_report import report
from tests.site import Round, Site, running_site

RETURN_PATH = "bounces@contoh.example.com"


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with running_site(database_url, tmp_path, mail_return_path=RETURN_PATH) as site:
        yield site.with_people()


@pytest.fixture
def hr(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


def bounce(
    site: Site, monkeypatch: pytest.MonkeyPatch, content: bytes, *more: str
) -> list[dict[str, str]]:
    """A mail server hands a report over."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    told: list[dict[str, str]] = json.loads(site.command("mail", "bounce", *more, "--json").stdout)
    return told


def status(site: Site, round_: Round) -> dict[str, object]:
    told: dict[str, object] = json.loads(
        site.command("round", "status", round_.id, "--json").stdout
    )
    return told


def mailed(site: Site, address: str) -> int:
    return site.sink.to.count(address)


def returned_to(site: Site, address: str) -> str:
    (envelope,) = [one for one in site.sink.envelopes if one.rcpt_tos[0] == address]
    assert envelope.mail_from is not None
    return envelope.mail_from


def row_of(page: Page, name: str) -> str:
    [row] = [row for row in page.rows if f"{row[0]} ".startswith(f"{name} ")]
    return " ".join(row)


def test_the_life_of_an_invitation_stands_on_the_rounds_page(site: Site, hr: Browser) -> None:
    refused, later = (cast.members(SALES)[n] for n in (0, 1))
    replies = {
        refused.email: f"550 5.1.1 <{refused.email}> unknown",
        later.email: "451 4.7.1 greylisted",
    }
    site.sink.at_rcpt = lambda address: replies.get(address, "250 OK")
    round_ = site.opened(SALES, MARKETING)
    waiting = hr.open(f"/rounds/{round_.id}/deliveries")
    assert "waiting 0" in row_of(waiting, later.name)
    site.work()

    page = hr.open(f"/rounds/{round_.id}")
    told = page.row(refused.name)
    assert told[1:3] == [refused.email, "550 5.1.1 <...> unknown"]
    assert "Correct the address in the people file" in told[3]
    page = hr.open(f"/rounds/{round_.id}/deliveries")
    assert "put off 1 next on" in row_of(page, later.name)
    assert "451 4.7.1 greylisted" in row_of(page, later.name)
    assert "failed 1" in row_of(page, refused.name)
    assert "There is no such mailbox" in row_of(page, refused.name)
    assert "/s/" not in page.text + page.html, "nobody sees a link that is not theirs"
    other = cast.members(MARKETING)[0]
    found = hr.open(f"/rounds/{round_.id}/deliveries?q={other.email}")
    assert "sent 1" in row_of(found, other.name)
    assert refused.name not in found.text
    only_failed = hr.open(f"/rounds/{round_.id}/deliveries?state=failed")
    assert refused.name in only_failed.text
    assert other.name not in only_failed.text

    told_by_command = status(site, round_)
    asked = len(cast.members(SALES)) + len(cast.members(MARKETING))
    assert {k: told_by_command[k] for k in ("queued", "deferred", "sent", "failed", "bounced")} == {
        "queued": 1,
        "deferred": 1,
        "sent": asked - 2,
        "failed": 1,
        "bounced": 0,
    }
    (inviting,) = [one for one in told_by_command["work"] if one["kind"] == "invite"]  # type: ignore[attr-defined]
    assert (inviting["done"], inviting["waiting"], inviting["failed"]) == (asked - 2, 1, 1)
    assert inviting["next_at"] is not None


def test_deleting_is_shown_like_the_other_work_of_a_round(
    site: Site, hr: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_session: object) -> None:
        raise OSError("disk")

    round_ = site.opened(SALES, survey="team_pulse")
    with monkeypatch.context() as broken:
        broken.setattr(retention, "purge", fails)
        site.work()
    (deleting,) = [one for one in status(site, round_)["work"] if one["kind"] == "retain"]  # type: ignore[attr-defined]
    closes = datetime.fromisoformat(str(status(site, round_)["closes"]))
    until = closes + timedelta(days=30)
    assert (deleting["waiting"], deleting["done"], deleting["tries"]) == (1, 0, 1)
    assert (deleting["next_at"], deleting["said"]) == (until.isoformat(), "OSError")
    page = hr.open(f"/rounds/{round_.id}/deliveries")
    assert "OSError" in row_of(page, "Deleting at its time")

    with time_machine.travel(until + timedelta(days=1), tick=True):
        site.work()
        (deleting,) = [one for one in status(site, round_)["work"] if one["kind"] == "retain"]  # type: ignore[attr-defined]
    assert (deleting["waiting"], deleting["done"], deleting["said"]) == (0, 1, None)


def test_who_was_reminded_is_not_listed(site: Site, hr: Browser) -> None:
    round_ = site.opened(SALES, survey="team_pulse")
    site.work()
    with site.database.writing() as session:
        keys = jobs.keys(session, round_.id, "invite", jobs.State.DONE)
        jobs.enqueue(session, "remind", round_.id, keys[0] + "wave", now())
    page = hr.open(f"/rounds/{round_.id}/deliveries")
    assert [row for row in page.tree.all("tr") if "Reminders" in row.text], "counted"
    names = [one.name for one in cast.members(SALES)]
    assert {row_of(page, name).count("sent") for name in names} == {1}


def test_a_mail_that_comes_back_for_good_ends_the_mails_to_that_address(
    site: Site, hr: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, full, slow = cast.members(SALES)[:3]
    round_ = site.opened(SALES, survey="team_pulse")
    site.work()
    for person in (gone, full, slow):
        path = returned_to(site, person.email)
        assert path.startswith("bounces+")
        assert person.email.partition("@")[0] not in path

    def comes_back(person: cast.Person, **given: str) -> str:
        digest = returned_to(site, person.email)[8:].partition("@")[0]
        (told,) = bounce(site, monkeypatch, report(digest=digest, recipient=person.email, **given))
        return told["taken"]

    assert comes_back(gone) == "suppressed"
    assert comes_back(full, status="5.2.2", said="552 5.2.2 over quota") == "bounced"
    assert comes_back(slow, action="delayed", status="4.4.1", said="no route") == "delayed"
    assert comes_back(gone) == "suppressed", "the same report twice does no harm"

    page = hr.open(f"/rounds/{round_.id}/deliveries")
    assert "came back" in row_of(page, gone.name)
    assert "The mailbox is full" in row_of(page, full.name)
    assert "sent 1" in row_of(page, slow.name)
    assert status(site, round_)["bounced"] == 2
    listed = hr.open("/mail")
    assert gone.email in row_of(listed, gone.name)
    assert full.email not in listed.text

    hr.press(page, "Send again")
    site.work()
    assert (mailed(site, gone.email), mailed(site, full.email)) == (1, 2)
    another = site.opened(SALES, survey="team_pulse", name="Another")
    site.work()
    assert (mailed(site, gone.email), mailed(site, slow.email)) == (1, 2)
    page = hr.open(f"/rounds/{another.id}/deliveries")
    assert "an earlier mail to this address came back" in row_of(page, gone.name)

    listed = hr.open("/mail")
    hr.press(listed, "Send mail there again")
    assert gone.email not in hr.open("/mail").text
    assert site.count("audit_entry", "action = 'mail.suppression_lifted'") == 1
    assert site.count("audit_entry", f"detail LIKE '%{gone.email}%'") == 0
    site.opened(SALES, survey="team_pulse", name="A third")
    site.work()
    assert mailed(site, gone.email) == 2


def test_a_report_finds_its_mail_by_the_message_id_where_the_return_path_is_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = cast.members(SALES)[0]
    round_ = site.opened(SALES, survey="team_pulse")
    site.work()
    (mail,) = site.mails(person.email)
    message = mail["Message-ID"].strip("<>").partition("@")[0]
    unknown = bounce(site, monkeypatch, report())
    assert [one["taken"] for one in unknown] == ["unknown"]
    rewritten = report(message=message, digest="x", recipient="forwarded@elsewhere.example.com")
    (told,) = bounce(site, monkeypatch, rewritten)
    assert told["taken"] == "suppressed"
    assert status(site, round_)["bounced"] == 1
    shown = json.loads(site.command("mail", "suppressed", "--json").stdout)
    assert [(one["address"], one["people"]) for one in shown] == [(person.email, [person.name])]
    site.command("mail", "lift", person.email)
    assert json.loads(site.command("mail", "suppressed", "--json").stdout) == []
    assert site.command("mail", "lift", person.email, check=False).returncode == 1


def test_in_anonymous_mode_a_suppressed_address_gets_no_link(
    site: Site, hr: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = cast.members(SALES)[0]
    first = site.opened(SALES, survey="team_pulse")
    site.work()
    digest = returned_to(site, person.email)[8:].partition("@")[0]
    bounce(site, monkeypatch, report(digest=digest, recipient=person.email))
    second = site.opened(SALES, survey="team_pulse", mode="anonymous", name="Second")
    site.work()
    assert mailed(site, person.email) == 1
    page = hr.open(f"/rounds/{second.id}/deliveries")
    assert "stopped" in row_of(page, person.name)
    assert "Send again" not in page.text
    assert site.count("anonymous_link") == len(cast.members(SALES)) - 1
    assert first.id != second.id


def test_a_mail_server_that_is_out_is_told_and_nothing_is_lost(site: Site, hr: Browser) -> None:
    site.sink.at_mail = lambda _: "421 closing for the night"
    round_ = site.opened(SALES, survey="team_pulse")
    site.work()
    page = hr.open("/mail")
    assert "The mail server takes no mail" in page.text
    assert "421 closing for the night" in page.text
    assert status(site, round_)["queued"] == len(cast.members(SALES))


def test_how_long_sending_takes_is_said_before_the_launch(
    database_url: str, tmp_path: Path
) -> None:
    with running_site(database_url, tmp_path, mail_per_minute=2) as site:
        site.with_people()
        words = ["round", "open", "team_pulse", "--name", "May", "--department", SALES]
        preview = json.loads(site.command(*words, "--preview", "--json").stdout)
        assert preview["sending_minutes"] == preview["invited"] / 2
        site.opened(SALES, survey="team_pulse", name="Queued before it")
        preview = json.loads(site.command(*words, "--preview", "--json").stdout)
        assert preview["sending_minutes"] == preview["invited"]
        page = site.signed_in(cast.AMINAH).open("/rounds")
        assert "Queued before it" in page.text
