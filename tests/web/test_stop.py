"""The stop link of a reminder as mail programs and people use it, and HR's page of the reminders."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.campaigns.timing import Hours, Reminding
from app.kit.clock import now
from tests import cast
from tests.journeys.browser import FORM
from tests.planning import planned
from tests.site import Round, Site, plain, rich, running_site, shared_database


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("stop")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def reminded(site: Site) -> Round:
    """A round whose people were invited and reminded by hand, Chong having answered."""
    hours = Hours(site.settings.zone)
    round_ = site.opened(cast.SALES, survey="team_pulse", reminding=Reminding(hours))
    site.work()
    site.answer(site.link(cast.CHONG))
    hr = site.signed_in(cast.AMINAH)
    page = hr.press(hr.open(f"/rounds/{round_.id}"), "Send a reminder now")
    assert "19 waiting" in page.text
    site.work()
    assert "19 mails sent" in hr.open(f"/rounds/{round_.id}").text
    return round_


def stop_link(site: Site, email: str) -> str:
    [mail] = [one for one in site.mails(email) if one["list-unsubscribe"]]
    return str(mail["list-unsubscribe"]).strip("<>").removeprefix(site.settings.base_url)


def test_only_who_has_not_answered_was_reminded(site: Site, reminded: Round) -> None:
    assert len(site.mails(cast.CHONG)) == 1
    first, reminder = site.mails(cast.SALMAH)
    assert reminder["subject"].startswith("Peringatan:")
    assert first["message-id"] != reminder["message-id"]
    link = reminded.links[cast.SALMAH]
    assert link in plain(first)
    assert f"{site.settings.base_url}{link}" in plain(reminder).splitlines()
    assert link in rich(reminder)


def test_looking_at_the_page_stops_nothing(site: Site, reminded: Round) -> None:
    before = site.count("invitation", "stopped")
    page = site.browser("ms").open(stop_link(site, cast.SALMAH))
    assert "Tiada lagi mel tentang tinjauan ini?" in page.text
    assert site.count("invitation", "stopped") == before


def test_a_person_stops_by_the_button_and_can_still_answer(site: Site, reminded: Round) -> None:
    browser = site.browser()
    link = stop_link(site, cast.BADRUL)
    page = browser.press(browser.open(f"{link}?lang=en"), "Send me no further mail")
    assert "no further mail about this survey" in page.text
    assert "no further mail about this survey" in browser.open(f"{link}?lang=en").text
    assert "Terima kasih" in site.answer(reminded.links[cast.BADRUL]).text


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_a_mail_program_stops_by_one_post(site: Site, reminded: Round, kind: str) -> None:
    """As RFC 8058 has it: no cookie, no origin, no page before, either kind of form."""
    before = site.count("invitation", "stopped")
    email = cast.members(cast.SALES)[5 if kind == "multipart" else 6].email
    content, header = b"List-Unsubscribe=One-Click", FORM
    if kind == "multipart":
        header = "multipart/form-data; boundary=x"
        content = (
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            b"One-Click\r\n--x--\r\n"
        )
    reply = site.browser().client.post(
        stop_link(site, email), content=content, headers={"Content-Type": header}
    )
    assert reply.status_code == 200
    assert "set-cookie" not in reply.headers
    assert site.count("invitation", "stopped") == before + 1


def test_a_link_that_is_cut_off_stops_nobody(site: Site, reminded: Round) -> None:
    link = stop_link(site, cast.SALMAH)
    for wrong in (link[:-1], f"{link[:-1]}{'A' if link[-1] != 'A' else 'B'}", "/stop/x"):
        assert site.browser().client.get(wrong).status_code == 404
        assert site.browser().client.post(wrong).status_code == 404


def test_hr_sees_when_reminders_go_and_switches_one_off(site: Site, reminded: Round) -> None:
    hr = site.signed_in(cast.AMINAH)
    page = hr.open(f"/rounds/{reminded.id}")
    assert "planned" in page.row("Last day")
    off = hr.press(page, "Do not send it")
    again = hr.press(off, "Send it after all")
    assert "switched off" in off.text
    assert "switched off" not in again.text


def test_a_second_reminder_within_a_day_is_refused(site: Site, reminded: Round) -> None:
    hr = site.signed_in(cast.AMINAH)
    page = hr.press(hr.open(f"/rounds/{reminded.id}"), "Send a reminder now", status=409)
    assert "once a day" in page.text
    done = site.command("round", "remind", reminded.id, check=False)
    assert (done.returncode, "once a day" in done.stderr) == (1, True)


def test_the_command_reminds_and_tells_how_many(site: Site) -> None:
    round_ = site.opened(cast.HR, survey="team_pulse")
    site.work()
    done = site.command("round", "remind", round_.id, "--json")
    assert '"reminded": 5' in done.stdout
    assert site.work() > 0
    status = site.command("round", "status", round_.id, "--json").stdout
    assert '"sent": 5' in status


def test_the_plan_of_a_round_is_chosen_before_launch(site: Site) -> None:
    hr = site.signed_in(cast.AMINAH)
    closes = f"{now() + timedelta(days=20):%Y-%m-%dT18:00}"
    fill = {"departments": [cast.SALES], "closes": closes}
    checked = planned(hr, "team_pulse", mail_hours="08:00-12:00", **fill)
    assert "Half-way:" in checked.text
    assert "08:00" in checked.text
    wrong = planned(hr, "team_pulse", 422, mail_hours="late", **fill)
    assert wrong.tree.one("div", id="errors").one("a")["href"] == "#mail_hours"
