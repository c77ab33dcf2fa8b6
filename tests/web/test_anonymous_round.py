"""A round in anonymous mode as HR plans it, people read it, and HR sees what became of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import cast
from tests.cast import MARKETING, SALES
from tests.journeys.browser import Browser
from tests.kit.sink import DROP
from tests.planning import planned
from tests.site import Site, plain, rich, running_site, survey_form
from tests.web.test_receipt import receipt_on

FATE = "Nobody keeps a list of who received which link."
NASIB = "Tiada sesiapa menyimpan senarai siapa menerima pautan yang mana."


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with running_site(database_url, tmp_path) as site:
        yield site.with_people()


def launched(site: Site, hr: Browser) -> str:
    """Planned in the browser; the round's page."""
    checked = planned(hr, departments=[SALES, MARKETING], mode="anonymous")
    assert FATE in checked.text
    assert NASIB in checked.text
    assert "Somebody who loses that mail cannot answer." in checked.text
    preview = next(href for href in checked.links.values() if "/preview" in href)
    assert FATE in hr.open(preview).text
    mails = [one.raw for one in checked.tree.all("pre")]
    assert "the link in it cannot be sent again" in mails[0]
    assert "pautan di dalamnya tidak dapat dihantar semula" in mails[1]
    hr.press(checked, "Send a test to myself")
    privacy = hr.open(checked.links["Privacy"])
    assert "checked" in privacy.tree.one("input", name="mode", value="anonymous").attributes
    return hr.press(checked, "Launch the round").path


def test_from_the_plan_to_an_answer_and_its_receipt(site: Site) -> None:
    hr = site.signed_in(cast.AMINAH)
    page = launched(site, hr)
    site.work()
    [test] = site.mails(cast.AMINAH)
    assert FATE in plain(test)
    [mail] = site.mails(cast.SALMAH)
    assert NASIB in plain(mail)
    assert NASIB in rich(mail)
    link = site.link(cast.SALMAH)
    assert f"{link}?lang=ms" in plain(mail)

    form = site.browser().open(f"{link}?lang=ms")
    assert form.tree.one("html")["lang"] == "ms"
    assert NASIB in form.text
    assert "Jawapan anda dimeterai" in form.text
    assert survey_form(form)
    thanks = site.answer(link)
    receipt = receipt_on(thanks)
    found = site.browser().send("/receipt", [("receipt", receipt)])
    assert found.heading == "Your answers are stored"

    progress = hr.open(page)
    assert progress.row("32")[:3] == ["32", "0", "32"]
    assert "nobody knows who received which link or who has answered" in progress.text
    assert not [
        one for one in cast.COMPANY if one.email in progress.html and one.email != cast.AMINAH
    ]
    status = site.command("round", "status", page.rpartition("/")[2])
    assert "sent: 32" in status.stdout
    assert "parked: 0" in status.stdout


def test_hr_decides_about_a_mail_that_may_have_arrived(site: Site) -> None:
    hr = site.signed_in(cast.AMINAH)
    page = launched(site, hr)
    site.sink.at_end = lambda address: DROP if address == cast.CHONG else "250 OK"
    site.work()
    lost = site.link(cast.CHONG)
    parked = hr.open(page)
    assert parked.row("Chong Wei Ling")[2] == "Its link was voided: a new one can be sent."
    site.browser().open(lost, status=404)
    badrul = site.signed_in(cast.BADRUL, "manager", [cast.SALES])
    assert cast.CHONG not in badrul.open(page).html

    site.sink.at_end = lambda _: "250 OK"
    decided = hr.press(parked, "Send 1 new link")
    site.work()
    assert "Chong Wei Ling" not in hr.open(decided.path).text
    assert site.link(cast.CHONG) != lost
    assert site.answer(site.link(cast.CHONG)).heading == "Thank you. Your answers are in."
    assert site.count("audit_entry", "action = 'round.parked_sent'") == 1


def test_the_command_opens_such_a_round(site: Site) -> None:
    words = ("--name", "Nadi", "--department", "Commercial", "--mode", "anonymous")
    round_id = site.command("round", "open", "team_pulse", *words).stdout.strip()
    site.work()
    assert site.count("anonymous_link", f"round_id = '{round_id}'") == 38
    refused = site.command("round", "open", "team_pulse", *words[:-1], "secret", check=False)
    assert (refused.returncode, "confidential / anonymous" in refused.stderr) == (1, True)
