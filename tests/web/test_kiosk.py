"""Answering without mail: codes on slips, and one's own link mailed again."""

import json
from collections.abc import Iterator

import pytest
import segno

from app.people import importing
from tests import cast
from tests.journeys.browser import Page
from tests.site import Site, plain, running_site, shared_database, survey_form


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("kiosk")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        content = cast.people_file().replace(cast.FARID.encode(), b"")
        with site.database.reading() as session:
            plan = importing.plan(session, content)
        with site.database.writing() as session:
            importing.apply(session, plan)
        yield site


def typed(site: Site, round_id: str, code: str, status: int = 200) -> Page:
    browser = site.browser()
    page = browser.open(f"/kiosk/{round_id}")
    return browser.press(page, "Open the survey", fill={"code": code}, status=status)


@pytest.mark.parametrize("mode", ["confidential", "anonymous"])
def test_a_code_answers_once_and_says_nothing_of_a_name(site: Site, mode: str) -> None:
    round_ = site.opened(cast.LOGISTICS, cast.HR, survey="team_pulse", mode=mode)
    done = site.command("round", "slips", round_.id, "--json")
    told = json.loads(done.stdout)
    [slip] = told["slips"]
    assert slip["department"] == cast.LOGISTICS
    assert "Farid" not in done.stdout
    assert not [value for _, _, value in site.stored() if slip["code"] in str(value)]
    browser = site.browser()
    page = browser.open(f"/kiosk/{round_.id}")
    code = slip["code"].upper().replace("-", " ")
    form_page = browser.press(page, "Open the survey", fill={"code": code})
    browser.press(form_page, survey_form(form_page).buttons[-1].text)
    assert not browser.client.cookies
    assert sum(site.answers(round_).values()) == 1
    assert "Thank you" in typed(site, round_.id, slip["code"]).text
    assert sum(site.answers(round_).values()) == 1
    again = site.command("round", "slips", round_.id, check=False)
    assert (again.returncode, "printed once" in again.stderr) == (1, True)


def test_a_code_of_another_round_or_none_is_not_known(site: Site) -> None:
    round_ = site.opened(cast.LOGISTICS, cast.HR, survey="team_pulse")
    other = site.opened(cast.HR, survey="team_pulse")
    [slip] = json.loads(site.command("round", "slips", round_.id, "--json").stdout)["slips"]
    assert "not known here" in typed(site, other.id, slip["code"], status=404).text
    assert "not known here" in typed(site, round_.id, "abcd", status=404).text
    assert "not known here" in typed(site, "zzzzzz", slip["code"], status=404).text


def test_a_link_is_mailed_to_its_own_address_only_and_the_page_says_the_same(site: Site) -> None:
    round_ = site.opened(cast.HR, survey="team_pulse")
    said = set()
    for email in (cast.AMINAH, cast.AMINAH.upper(), cast.DEVI, "", "no address"):
        browser = site.browser()
        page = browser.open(f"/kiosk/{round_.id}")
        said.add(browser.press(page, "Mail me my link", fill={"email": email}).text)
    assert len(said) == 1
    assert site.count("job", f"part = '{round_.id}' AND kind = 'own-link'") == 1
    site.work()
    mails = [mail for mail in site.mails(cast.AMINAH) if round_.links[cast.AMINAH] in plain(mail)]
    assert len(mails) == 2, "the invitation, and its link once more"
    assert len({str(mail["message-id"]) for mail in mails}) == 2
    assert not site.mails(cast.DEVI)


def test_in_anonymous_mode_no_link_is_mailed_again(site: Site) -> None:
    round_ = site.opened(cast.HR, survey="team_pulse", mode="anonymous")
    page = site.browser().open(f"/kiosk/{round_.id}")
    assert "Mail me my link" not in page.text
    site.browser().send(f"/kiosk/{round_.id}/link", [("email", cast.AMINAH)])
    assert site.count("job", f"part = '{round_.id}' AND kind = 'own-link'") == 0


def test_hr_prints_the_slips_of_a_department_and_their_codes_are_shown_once(site: Site) -> None:
    round_ = site.opened(cast.LOGISTICS, cast.HR, survey="team_pulse")
    hr = site.signed_in("hr@example.com")
    offered = hr.open(f"/rounds/{round_.id}/slips")
    assert cast.HR not in offered.tree.one("table").text, "everybody there has an address"
    said = {one["lang"]: one.text for one in offered.tree.all("textarea")}
    for code, words in (("en", "own link again"), ("ms", "pautan anda sendiri")):
        assert f"/kiosk/{round_.id}?lang={code}" in said[code]
        assert words in said[code]
    printed = hr.press(offered, f"Make 1 slip : {cast.LOGISTICS}")
    [slip] = printed.tree.all("li", **{"class": "slip"})
    assert printed.response.headers["cache-control"] == "no-store"
    assert "Farid" not in printed.html
    for told in (cast.LOGISTICS, f"/kiosk/{round_.id}", "Imbas gambar"):
        assert told in slip.text
    code = slip.one("p", **{"class": "slip-code"}).text
    address = f"{site.settings.base_url}/kiosk/{round_.id}?code={code}"
    picture = segno.make(address, error="m", micro=False)
    assert slip.one("img")["src"] == picture.svg_data_uri(
        light="#fff", svgclass=None, lineclass=None
    )
    assert not [value for _, _, value in site.stored() if code in str(value)]
    scanned = site.browser().open(f"/kiosk/{round_.id}?code={code}")
    assert site.browser().press(scanned, "Open the survey").heading == "Team pulse"
    again = hr.open(f"/rounds/{round_.id}/slips")
    assert code not in again.html
    assert "an e-mail address or a slip already" in again.text


def test_hr_hands_a_department_slips_in_place_of_the_links_nobody_used(site: Site) -> None:
    round_ = site.opened(cast.PLANT, cast.SALES, survey="team_pulse")
    one = next(link for email, link in round_.links.items() if email in at_the_plant())
    hr = site.signed_in("hr2@example.com")
    page = hr.open(f"/rounds/{round_.id}/slips")
    chosen = {"place": cast.PLANT, "what": "all"}
    asked = hr.press(page, "Make new slips", fill=chosen, status=422)
    assert "what is replaced ends" in asked.text
    assert site.browser().open(one).heading == "Team pulse", "nothing has happened yet"
    made = hr.press(asked, "Make new slips", fill={"sure": "yes"})
    slips_ = made.tree.all("p", **{"class": "slip-code"})
    assert len(slips_) == len(at_the_plant())
    assert "given slips with codes" in site.browser().open(one, status=404).text
    assert typed(site, round_.id, slips_[0].text).heading == "Team pulse"
    assert site.count("audit_entry", "action = 'round.links_replaced'") == 1


def at_the_plant() -> set[str]:
    return {one.email for one in cast.members(cast.PLANT)}
