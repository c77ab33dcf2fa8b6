"""The whole form by keyboard alone and without a script: a theme at a time, back and forth, in two languages."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, sync_playwright

from app.surveys import library
from tests import cast
from tests.site import Round, Site, running_site, shared_database

CHROMIUM = shutil.which("chromium")
# As many as a stop may be away; then the way there is lost.
FARTHEST = 80
PRESSES_AN_ITEM = 6

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("keyboard")
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as site:
        yield site.with_people()


@pytest.fixture
def round_(site: Site) -> Round:
    survey = library.template("sales_marketing_alignment")
    return site.opened("Commercial", survey=replace(survey, paged=True))


class Keys:
    """Hands that use nothing but a keyboard."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.presses = 0

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)
        self.presses += 1

    def to(self, selector: str) -> None:
        """Tab forward until the focus is there."""
        for _ in range(FARTHEST):
            if self._page.locator(f":focus:is({selector})").count():
                return
            self.press("Tab")
        raise AssertionError(f"no way to {selector}")

    def follow(self, selector: str) -> None:
        self.to(selector)
        self.press("Enter")


def shown(page: Page) -> list[str]:
    """The ids of the pages of the form that can be seen."""
    return [one.get_attribute("id") or "" for one in page.locator(".page:visible").all()]


def test_a_long_form_is_answered_by_keyboard_a_theme_at_a_time(site: Site, round_: Round) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            base_url=site.settings.base_url,
            locale="en",
            viewport={"width": 320, "height": 640},
            java_script_enabled=False,
        )
        page = context.new_page()
        page.goto(round_.links[cast.CHONG])
        pages = page.locator(".page").count()
        assert pages > 4
        assert shown(page) == ["page-1"], "one theme at a time"
        keys = Keys(page)

        answer_the_page(page, keys)
        with page.expect_navigation():
            keys.press("Enter")
        assert "/s/" in page.url
        assert page.locator("form#answers").count() == 1, "Enter on an answer sends nothing"
        keys.follow(".page a.button")
        assert shown(page) == ["page-2"]
        page.go_back()
        assert shown(page) == ["page-1"], "the browser's own way back turns the page back"
        assert (
            page.locator("#page-1 input:checked").count()
            == page.locator("#page-1 fieldset.item").count()
        )

        page.locator("body").focus()
        keys.follow("button[name=only]")
        page.wait_for_selector("html[lang=ms]", state="attached")
        assert page.locator("#page-1 input:checked").count() > 0, "the answers came along"
        keys.presses = 0
        for place in range(2, pages + 1):
            keys.follow(".page a.button:not(.second)")
            assert shown(page) == [f"page-{place}"]
            answer_the_page(page, keys)
        asked = page.locator("fieldset.item").count()
        assert page.locator("fieldset.item:has(:checked)").count() == asked
        assert sum(site.answers(round_).values()) == 0, "nothing is stored before the end"
        keys.follow("#answers button.wide")
        page.wait_for_selector("[data-sent]", state="attached")
        assert "Terima kasih" in page.inner_text("h1")
        assert sum(site.answers(round_).values()) == 1
        assert keys.presses <= PRESSES_AN_ITEM * asked
        browser.close()


def answer_the_page(page: Page, keys: Keys) -> None:
    """The second answer to every question that can be seen."""
    for item in page.locator("fieldset.item:visible").all():
        name = item.locator("input").first.get_attribute("name")
        keys.to(f"[name='{name}']")
        keys.press("Space")
        keys.press("ArrowDown")
        assert item.locator("input:checked").get_attribute("value") == "1"
