"""A device that many people answer on: the second person finds nothing of the first."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, sync_playwright
from playwright.sync_api import Page as Tab
from sqlmodel import select

from app.campaigns import slips
from app.people.models import Employee
from tests.journeys.browser import Page
from tests.site import Round, Site, running_site, shared_database, survey_form

CHROMIUM = shutil.which("chromium")
WORDS, OTHER_WORDS = "answer-works_well", "answer-one_change"
RECEIPT = "wants-receipt"


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("shared-device")
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as site:
        yield site.with_people()


@pytest.fixture
def round_(site: Site) -> Iterator[Round]:
    """A round of people who have no mail when it begins."""
    with site.database.writing() as session:
        people = list(session.exec(select(Employee)))
        addresses = {one.id: one.email for one in people}
        for one in people:
            one.email = ""
    yield site.opened("Commercial")
    with site.database.writing() as session:
        for employee_id, address in addresses.items():
            session.get_one(Employee, employee_id).email = address


@pytest.fixture
def codes(site: Site, round_: Round) -> list[str]:
    with site.database.writing() as session:
        made = slips.print_slips(session, site.runtime.keyring, round_.id, [], "test")
        return [one.code for one in made]


def opened(site: Site, round_: Round, code: str) -> Page:
    browser = site.browser()
    page = browser.open(f"/kiosk/{round_.id}?lang=en")
    return browser.press(page, "Open the survey", fill={"code": code})


def sent(site: Site, page: Page, **ticked: str) -> Page:
    return site.browser().send(page.address, [*survey_form(page).pairs, *ticked.items()])


def test_the_thank_you_leads_back_and_shows_no_receipt(
    site: Site, round_: Round, codes: list[str]
) -> None:
    page = opened(site, round_, codes[0])
    thanks = sent(site, page)
    assert "Your receipt" not in thanks.text
    assert thanks.links["Back to the start"] == f"/kiosk/{round_.id}?lang=en"
    assert f'content="15;url=/kiosk/{round_.id}?lang=en"' in thanks.html
    assert thanks.response.headers["cache-control"] == "no-store"


def test_who_asks_for_the_receipt_sees_it_and_who_goes_back_there_does_not(
    site: Site, round_: Round, codes: list[str]
) -> None:
    page = opened(site, round_, codes[0])
    thanks = sent(site, page, **{RECEIPT: "yes"})
    receipt = thanks.tree.one("p", **{"class": "receipt"}).text
    later = site.browser().open(thanks.address)
    assert later.heading == thanks.heading
    assert receipt not in later.html
    bare = site.browser().open(thanks.address.replace("kiosk=1&", ""))
    assert receipt not in bare.html


def test_the_wish_for_a_receipt_outlives_a_second_look(
    site: Site, round_: Round, codes: list[str]
) -> None:
    page = opened(site, round_, codes[0])
    pairs = [
        (name, "Ask Salmah" if name == WORDS else value) for name, value in survey_form(page).pairs
    ]
    warned = site.browser().send(page.address, [*pairs, (RECEIPT, "yes")])
    assert "Have a second look" in warned.text
    assert "Your receipt" in site.browser().send(page.address, survey_form(warned).pairs).text


@pytest.fixture
def device(site: Site) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_context(locale="en", base_url=site.settings.base_url)
        browser.close()


def nothing_is_kept(device: BrowserContext, tab: Tab) -> None:
    assert device.cookies() == []
    assert tab.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def begun(tab: Tab, round_: Round, code: str) -> None:
    tab.goto(f"/kiosk/{round_.id}")
    tab.fill("#code", code)
    tab.click("main button.button >> nth=0")
    tab.wait_for_selector("#answers")
    tab.locator("fieldset.item").first.locator("input").nth(2).check()
    tab.fill(f"#{WORDS}", "Words of the first person")


browser_only = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class TestInChromium:
    pytestmark = browser_only

    def test_of_who_leaves_half_way_nothing_is_left(
        self, device: BrowserContext, round_: Round, codes: list[str]
    ) -> None:
        tab = device.new_page()
        begun(tab, round_, codes[0])
        nothing_is_kept(device, tab)
        tab.click("a[data-start]")
        tab.wait_for_selector("#code")
        nothing_is_kept(device, tab)
        tab.go_back()
        tab.wait_for_selector("#code")
        assert tab.input_value("#code") == ""
        assert "/kiosk/" in tab.url

    def test_of_who_answered_the_back_button_finds_nothing(
        self, device: BrowserContext, site: Site, round_: Round, codes: list[str]
    ) -> None:
        tab = device.new_page()
        begun(tab, round_, codes[0])
        tab.check(f"#{RECEIPT}")
        tab.click("#answers button.wide")
        tab.click("#answers button.wide")
        tab.wait_for_selector("[data-sent]", state="attached")
        receipt = tab.inner_text(".receipt")
        tab.click("a[data-start]")
        tab.wait_for_selector("#code")
        nothing_is_kept(device, tab)
        for _ in range(4):
            tab.go_back()
            tab.wait_for_load_state()
            assert receipt not in tab.content()
            assert "Words of the first person" not in tab.content()
            for field in tab.locator("textarea, #code").all():
                assert field.input_value() == ""
        assert site.comments(round_, "works_well") == ["Words of the first person"]

    def test_without_a_script_the_next_person_needs_a_code_of_their_own(
        self, device: BrowserContext, site: Site, round_: Round, codes: list[str]
    ) -> None:
        assert device.browser
        plain = device.browser.new_context(
            locale="en", base_url=site.settings.base_url, java_script_enabled=False
        )
        tab = plain.new_page()
        begun(tab, round_, codes[0])
        tab.click("a[data-start]")
        for _ in range(2):
            tab.go_back()
            assert tab.locator("#answers").count() == 0, "nobody answers in another's place"
            assert tab.input_value("#code") == ""
        begun(tab, round_, codes[1])
        tab.click("#answers button.wide")
        tab.wait_for_selector("[data-sent]", state="attached")
        tab.click("a[data-start]")
        for _ in range(3):
            tab.go_back()
            assert "Words of the first person" not in tab.content()
        assert plain.cookies() == []
        assert site.comments(round_, "works_well") == ["Words of the first person"]

    def test_who_walks_away_is_asked_and_then_forgotten(
        self, device: BrowserContext, round_: Round, codes: list[str]
    ) -> None:
        tab = device.new_page()
        tab.clock.install()
        begun(tab, round_, codes[0])
        tab.clock.run_for(151_000)
        assert tab.is_visible("#idle")
        tab.keyboard.press("Shift")
        assert not tab.is_visible("#idle")
        tab.clock.run_for(181_000)
        tab.wait_for_selector("#code")
        nothing_is_kept(device, tab)
