"""The form, the thank-you and the receipt as people see them: a real Chromium, in every look."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from tests.journeys.chromium import MARKS, accessible, press, started
from tests.site import Site, running_site, shared_database

LOOKS = [("light", 390), ("dark", 390), ("light", 320), ("light", 1280), ("dark", 1280)]

pytestmark = MARKS


@dataclass
class Asked:
    """A round: links that nobody has used, one that stays unused, and one whose form was sent."""

    site: Site
    chromium: Browser
    links: Iterator[str]
    open: str
    sent: str

    def unused(self) -> str:
        return next(self.links)


@pytest.fixture(scope="module")
def asked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("form")
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as site:
        links = list(site.with_people().opened("Commercial").links.values())
        addresses = [site.settings.base_url + one for one in links]
        site.answer(links[0])
        with started() as chromium:
            yield Asked(site, chromium, iter(addresses[2:]), addresses[1], addresses[0])


@pytest.mark.parametrize("language", ["en", "ms"])
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_nobody_is_shut_out_of_form_and_thanks(
    asked: Asked,
    scheme: str,
    width: int,
    language: str,
) -> None:
    context = asked.chromium.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto(f"{asked.open}?lang={language}")
    assert page.locator("fieldset.item").count() >= 20
    accessible(page, f"form-{language}-{scheme}-{width}")
    page.goto(f"{asked.sent}?lang={language}")
    assert not page.locator("fieldset.item").count()
    accessible(page, f"thanks-{language}-{scheme}-{width}")
    assert not complaints, "the content policy was broken, or a file is missing"
    context.close()


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 320), ("ms", "dark", 390)]
)
def test_nobody_is_shut_out_of_their_receipt(
    asked: Asked, language: str, scheme: str, width: int
) -> None:
    context = asked.chromium.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    link = asked.unused()
    page.goto(f"{link}?lang={language}")
    page.locator("fieldset.item").first.locator("input").nth(1).check()
    page.click("form button[type=submit]")
    press(page, "form button[type=submit]")
    receipt = page.inner_text(".receipt")
    accessible(page, f"receipt-shown-{language}")

    page.goto(f"{asked.site.settings.base_url}/receipt?lang={language}")
    accessible(page, f"receipt-asked-{language}")
    page.fill("#receipt", "x")
    press(page, "main button")
    assert page.locator("#receipt[aria-invalid=true]").count() == 1
    page.fill("#receipt", receipt)
    press(page, "main button")
    accessible(page, f"receipt-found-{language}")
    press(page, "main form:nth-of-type(1) button")
    accessible(page, f"receipt-replace-{language}")
    page.locator("fieldset.item").first.locator("input").nth(2).check()
    press(page, "form button[type=submit]")
    assert page.inner_text(".receipt") == receipt
    assert page.evaluate("Object.keys(localStorage)") == [], "no draft of it stays"
    context.close()


def test_a_draft_waits_in_the_browser_and_nowhere_else(asked: Asked) -> None:
    context = asked.chromium.new_context(viewport={"width": 390, "height": 844})
    link = asked.unused()
    page = context.new_page()
    page.goto(f"{link}?lang=en")
    items = page.locator("fieldset.item").count()
    page.locator("fieldset.item").first.locator("input").nth(2).check()
    page.locator("textarea").first.fill("Draft words")
    assert f"1 of {items} answered" in page.inner_text("#answered")
    page.close()

    page = context.new_page()
    page.goto(f"{link}?lang=ms")
    assert page.locator("input:checked").count() == 1, "kept, also in the other language"
    assert page.locator("textarea").first.input_value() == "Draft words"
    page.click("button.wide")
    assert page.locator("#missed").is_visible(), "told once what was left out"
    assert str(items - 1) in page.inner_text("#missed")
    page.click("[data-clear]")
    assert page.locator("input:checked").count() == 0
    assert page.evaluate("localStorage.length") == 0
    page.locator("fieldset.item").first.locator("input").nth(2).check()
    page.click("button.wide")
    page.wait_for_selector("fieldset.item", state="detached")
    assert page.evaluate("localStorage.length") == 0, "gone with the sending"
    context.close()
