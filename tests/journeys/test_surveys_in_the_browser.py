"""The pages of surveys in a real Chromium: the poll, the editor, and questions that come and go."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, StorageState

from app.access import accounts, sign_in
from app.campaigns import audience
from app.campaigns.rounds import RoundPlan
from app.kit.clock import now
from app.responses import submission
from app.surveys import editing
from app.surveys.loading import read_template
from tests import cast
from tests.journeys.chromium import accessible, press
from tests.journeys.test_in_the_browser import chromium, pytestmark
from tests.results.rounds import links
from tests.site import Choose, Site, running_site, shared_database
from tests.web.test_brought_questions import COFFEE

__all__ = ["chromium", "pytestmark"]

PAGES = {
    "poll": "/poll",
    "library": "/surveys",
    "editor": "/surveys/ours/edit",
    "editor-question": "/surveys/ours/edit/items/0",
    "editor-scale": "/surveys/ours/edit/scales/0",
    "editor-versions": "/surveys/ours/versions",
    "pairs": "/rounds/new?survey=department_collaboration",
}
LOOKS = [("light", 390, "en"), ("dark", 320, "ms"), ("light", 1280, "ms"), ("dark", 1280, "en")]


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("surveys")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        with site.with_people().database.writing() as session:
            editing.copy(session, "strategy_alignment", "ours", "test")
            editing.save(session, "ours", "test")
            data = editing.draft(session, "ours")
            assert data is not None
            data["items"][0]["text"]["ms"] = ""
            editing.keep(session, "ours", data, "test")
        yield site


@pytest.fixture(scope="module")
def hr(site: Site, chromium: Browser) -> StorageState:
    with site.database.writing() as session:
        account = accounts.add(session, "looks@contoh.example.com", "hr", [], "test")
        token = sign_in.new_link(session, account)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{site.settings.base_url}/sign-in/{token}")
    press(page, "main button")
    state = context.storage_state()
    context.close()
    return state


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)
def test_the_pages_of_surveys_areaccessible(
    site: Site, chromium: Browser, hr: StorageState, scheme: str, width: int, language: str
) -> None:
    context = chromium.new_context(
        storage_state=hr,
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=language,
    )
    page = context.new_page()
    for name, address in PAGES.items():
        page.goto(site.settings.base_url + address)
        accessible(page, f"surveys-{name}-{scheme}-{width}-{language}")
    context.close()


def test_who_sees_whom_how_can_be_read_by_everybody(
    site: Site, chromium: Browser, hr: StorageState
) -> None:
    told = ["--pair", f"{cast.SALES}+{cast.MARKETING}", "--pair", f"{cast.SALES}+{cast.PLANT}"]
    opened = json.loads(
        site.command(
            "round", "open", "department_collaboration", "--name", "Pairs", *told, "--json"
        ).stdout
    )
    for tokens in links(site.runtime, opened["round"]).values():
        for place, token in enumerate(tokens[:8]):
            site.answer(f"/s/{token}", _nth(place % 4))
    site.command("round", "close", opened["round"])
    context = chromium.new_context(storage_state=hr, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{site.settings.base_url}/rounds/{opened['round']}")
    accessible(page, "surveys-matrix-light-390")
    assert "Seen by" in page.inner_text("main")
    page.set_viewport_size({"width": 1280, "height": 900})
    accessible(page, "surveys-matrix-light-1280")
    context.close()


def test_a_question_comes_and_goes_with_the_answer_that_brings_it(
    site: Site, chromium: Browser
) -> None:
    survey = read_template(COFFEE.encode(), "coffee.toml")
    with site.database.writing() as session:
        chosen = audience.choose(session, survey, [cast.SALES], {})
        plan = RoundPlan(survey, "Coffee", chosen, now() + timedelta(days=7))
        round_id = submission.launch(session, site.runtime.keyring, plan, "test", 4).id
    first, second = links(site.runtime, round_id)[cast.SALES][:2]
    page = _opened(chromium, site, first)
    assert not page.is_visible("#answer-sugar")
    page.check("[name='answer-drinks'][value='1']")
    page.check("[name='answer-sugar'][value='0']")
    assert page.is_visible("#answer-why")
    accessible(page, "surveys-brought-light-390")
    assert "2 of 2 answered" in page.inner_text("#answered")
    page.uncheck("[name='answer-drinks'][value='1']")
    assert not page.is_visible("#answer-sugar")
    assert not page.is_visible("#answer-why")
    page.check("[name='answer-drinks'][value='1']")
    press(page, "form#answers button[type=submit]")
    assert "Thank you" in page.inner_text("main")
    page.context.close()

    quiet = _opened(chromium, site, second, scripts=False)
    quiet.check("[name='answer-drinks'][value='1']")
    press(quiet, "form#answers button[type=submit]")
    assert quiet.is_visible("#answer-sugar")
    press(quiet, "form#answers button[type=submit]")
    assert "Thank you" in quiet.inner_text("main")
    quiet.context.close()


def _nth(place: int) -> Choose:
    def choose(_: str, offered: Sequence[str]) -> str:
        return offered[place]

    return choose


def _opened(chromium: Browser, site: Site, token: str, *, scripts: bool = True) -> Page:
    context = chromium.new_context(
        viewport={"width": 390, "height": 800}, locale="en", java_script_enabled=scripts
    )
    page = context.new_page()
    page.goto(f"{site.settings.base_url}/s/{token}?lang=en")
    return page
