"""The main job once more, as people see it: a real Chromium, phone and desktop, light and dark."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState

from tests.journeys.chromium import (
    EVERY_LOOK,
    MARKS,
    accessible,
    nothing_wrong,
    page_of,
    press,
    shot,
    started,
)
from tests.journeys.demo import Demo, served

pytestmark = MARKS


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with served(tmp_path_factory.mktemp("demo")) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture(scope="module")
def sessions(demo: Demo, chromium: Browser) -> dict[str, StorageState]:
    """Everybody's session: each one-time link is confirmed by its button, once."""
    states = {}
    for who, link in zip(("hr", "manager", "small team"), demo.links, strict=True):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(link)
        press(page, "main button")
        assert "/sign-in" not in page.url
        states[who] = context.storage_state()
        context.close()
    return states


def test_hr_asks_an_employee_answers_and_a_manager_reads(
    demo: Demo, chromium: Browser, sessions: dict[str, StorageState]
) -> None:
    hr = page_of(chromium, sessions["hr"], 1280)

    hr.goto(f"{demo.address}/rounds/new?survey=sales_marketing_alignment")
    hr.fill("#name", "Browser round")
    press(hr, "button[value=next]")
    hr.check("input[value='Commercial/Marketing']")
    hr.check("input[value='Commercial/Sales']")
    press(hr, "button[value=check]")
    shot(hr, "check")
    assert "chance" in hr.inner_text("main")
    assert "Tiada" in hr.inner_text("section[lang=ms]"), "the promise in Malay"
    press(hr, "text=Launch the round")
    round_address = hr.url
    assert hr.inner_text("h1") == "Browser round"

    link = demo.survey_links(round_address.rpartition("/")[2])[0]
    _answer_on_a_phone_without_script(chromium, link)
    hr.goto(round_address)
    shot(hr, "participation")
    assert "more answers until" in hr.inner_text("main")

    press(hr, "text=Close now")
    press(hr, "text=Release the results")
    shot(hr, "one-answer-only")
    assert "There is no result for this group alone" in hr.inner_text("main")

    finished = f"{demo.address}/rounds"
    manager = page_of(chromium, sessions["manager"], 390)
    manager.goto(finished)
    press(manager, "table a:text-is('Alignment III')")
    assert manager.inner_text("h1") == "Marketing"
    assert re.search(r"Marketing (leans|is)", manager.inner_text(".headline"))
    _every_picture_has_its_table(manager)
    shot(manager, "manager-phone")
    with manager.expect_download() as download:
        manager.click("text=Download as CSV")
    _the_file_says_what_the_page_says(manager, Path(str(download.value.path())))
    assert manager.goto(round_address.replace("/rounds/", "/rounds/x")).status == 404


@pytest.mark.parametrize("language", ["en", "ms"])
def test_nobody_is_shut_out_of_any_view_of_the_results(
    demo: Demo, chromium: Browser, sessions: dict[str, StorageState], language: str
) -> None:
    """Each view once with every rule, then in every look with the rules that a look can break."""
    for who, views in VIEWS.items():
        page = page_of(chromium, sessions[who], 1280)
        complaints: list[str] = []
        page.on("console", lambda message, said=complaints: said.append(message.text))
        page.goto(f"{demo.address}/rounds")
        press(page, "a:text-is('Alignment III')")
        address = f"{demo.address}/rounds/{page.url.rpartition('/')[2]}"
        for view in views:
            page.emulate_media(color_scheme="light")
            page.set_viewport_size({"width": 1280, "height": 844})
            name, _, query = view.partition("?")
            page.goto(f"{address}{name}?{query}&lang={language}")
            accessible(page, f"view{name.replace('/', '-')}-{who.replace(' ', '-')}-{language}")
            for scheme, width in LOOKS_TO_REPEAT:
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.set_viewport_size({"width": width, "height": 844})
                found = Axe().run(page, options={"runOnly": {"type": "rule", "values": OF_A_LOOK}})
                assert found.violations_count == 0, found.generate_report()
                assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert not complaints, "the content policy was broken, or a file is missing"
        page.context.close()


@pytest.mark.parametrize(
    "every", [False, pytest.param(True, marks=pytest.mark.nightly)], ids=["one look", "every look"]
)
def test_nobody_is_shut_out_of_the_pages_around_the_results(
    demo: Demo, chromium: Browser, sessions: dict[str, StorageState], every: bool
) -> None:
    """Each page in one look, a different one each time; at night in all of them."""
    for who, addresses in PAGES.items():
        page = page_of(chromium, sessions[who], 1280)
        complaints: list[str] = []
        page.on("console", lambda message, said=complaints: said.append(message.text))
        page.goto(f"{demo.address}/rounds")
        link = page.locator("table a:text-is('Alignment III')").first.get_attribute("href")
        for place, address in enumerate(addresses):
            looks = EVERY_LOOK if every else [EVERY_LOOK[place * 5 % len(EVERY_LOOK)]]
            for scheme, width, language in looks:
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.set_viewport_size({"width": width, "height": 844})
                there = address.format(round=link)
                reply = page.goto(f"{demo.address}{there}?lang={language}")
                assert reply is not None
                assert reply.status == 200, there
                nothing_wrong(page)
        assert not complaints, "the content policy was broken, or a file is missing"
        page.context.close()


PAGES = {
    "hr": [
        *("/indicators", "/actions", "/rounds/compare", "{round}/share", "{round}/export"),
        *("{round}", "{round}/heatmap", "{round}/gaps", "{round}/trend", "{round}/diagnosis"),
        *("{round}/comments", "{round}/method", "{round}/sheet"),
        *("/", "/people", "/people/import", "/people/departments", "/people/new", "/surveys"),
        *("/rounds/new", "/series", "/series/new", "/poll", "/mail", "/settings", "/webhooks"),
        *("/account", "/accounts", "/audit"),
    ],
    "manager": ["/indicators", "/actions", "{round}/export", "{round}/diagnosis", "{round}/method"],
    "small team": ["{round}/export", "{round}/trend"],
}
VIEWS = {
    "manager": [
        "",
        "/heatmap?interval=on",
        "/gaps",
        "/trend",
        "/items/goals_shared",
        "/items/works_well",
        "/comments?q=a",
        "/conversation",
    ],
    "small team": ["", "/conversation"],
}
LOOKS_TO_REPEAT = [
    *(("light", width) for width in (320, 390)),
    *(("dark", width) for width in (320, 390, 1280)),
]
OF_A_LOOK = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]


@pytest.mark.parametrize("language", ["en", "ms"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_the_five_facts_are_seen_without_scrolling(
    demo: Demo,
    chromium: Browser,
    sessions: dict[str, StorageState],
    width: int,
    height: int,
    language: str,
) -> None:
    page = page_of(chromium, sessions["manager"], width)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{demo.address}/rounds")
    press(page, "a:text-is('Alignment I')")
    page.goto(f"{page.url}?lang={language}")
    tops = []
    for box in FACTS:
        place = page.locator(box).bounding_box()
        assert place is not None, box
        assert place["x"] >= 0, box
        assert place["x"] + place["width"] <= width, box
        assert place["y"] + place["height"] <= height, box
        tops.append(place["y"])
    if width < 500:
        assert tops == sorted(tops), "in the order people read them"
    page.context.close()


FACTS = (
    *(".glance .headline", ".glance .interval", ".glance .took-part", ".glance .change"),
    *(".ends > div:first-child", ".ends > div:last-child", ".glance .next"),
)


def _answer_on_a_phone_without_script(chromium: Browser, link: str) -> None:
    context = chromium.new_context(
        viewport={"width": 320, "height": 640}, java_script_enabled=False
    )
    phone = context.new_page()
    phone.goto(f"{link}?lang=ms")
    assert phone.locator("input[type=radio]:checked").count() == 0, "nothing is pre-selected"
    groups = phone.locator("fieldset.item")
    for place in range(groups.count()):
        groups.nth(place).locator("input").nth(3).focus()
        phone.keyboard.press("Space")
    assert phone.locator("input[type=radio]:checked").count() == groups.count()
    phone.locator("textarea").first.fill("Terima kasih <b>semua</b>")
    shot(phone, "form-320-ms")
    phone.locator("button.wide").focus()
    with phone.expect_navigation():
        phone.keyboard.press("Enter")
    assert "Terima kasih" in phone.inner_text("h1")
    phone.go_back()
    phone.reload()
    assert "Terima kasih" in phone.inner_text("h1"), "going back shows the thank-you again"
    shot(phone, "thanks-320-ms")
    context.close()


def _every_picture_has_its_table(page: Page) -> None:
    pictures = page.locator("main svg[role=img]")
    assert pictures.count() > 10
    assert page.locator("main table").count() >= 10
    for place in range(pictures.count()):
        assert pictures.nth(place).get_attribute("aria-label")


def _the_file_says_what_the_page_says(page: Page, path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    marketing = next(
        row
        for row in rows
        if row["department"] == "Commercial/Marketing" and row["measure_kind"] == "overall"
    )
    shown = page.inner_text("p.score").replace("−", "-")
    assert int(shown) == int(marketing["score"])
    assert f"{marketing['answered']} of {marketing['invited']}" in page.inner_text("main")
    assert not any(row["department"].startswith("Commercial/Sales") for row in rows)
