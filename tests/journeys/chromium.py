"""A real Chromium for tests: pages as people see them, and what axe says of them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

CHROMIUM = shutil.which("chromium")
ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "screenshots"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERY_LOOK = [
    (scheme, width, language)
    for scheme in ("light", "dark")
    for width in (320, 390, 1280)
    for language in ("en", "ms")
]

MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    # Playwright's own event loop leaves its sockets to the interpreter's end.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@contextmanager
def started() -> Iterator[Browser]:
    """The browser, for the tests of one module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def page_of(chromium: Browser, session: StorageState | None, width: int) -> Page:
    """A window of this width, of whoever has that session."""
    context = chromium.new_context(viewport={"width": width, "height": 844}, storage_state=session)
    page = context.new_page()
    page.set_default_timeout(10_000)
    return page


def press(page: Page, selector: str) -> None:
    """Click and see the next page: a click alone returns while the old one still stands."""
    with page.expect_navigation():
        page.click(selector)


def accessible(page: Page, name: str) -> None:
    """No violation for axe, nothing that scrolls sideways, and a picture kept to be looked at."""
    shot(page, name)
    nothing_wrong(page)


def nothing_wrong(page: Page) -> None:
    """No violation for axe, also in what was shut, and nothing that scrolls sideways."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    assert found.violations_count == 0, (page.url, found.generate_report())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def shot(page: Page, name: str) -> None:
    """A picture of the whole page."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)
