"""Questions that an earlier answer brings: shown when they are called for, with and without a script."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.campaigns import audience
from app.campaigns.rounds import RoundPlan
from app.kit.clock import now
from app.responses import submission
from app.surveys.loading import read_template
from tests import cast
from tests.journeys.browser import Browser, Page
from tests.results.rounds import links
from tests.site import Site, running_site, shared_database

COFFEE = """\
key = "coffee"
version = 1
languages = ["en", "ms"]
title.en = "Coffee"
title.ms = "Kopi"
minutes = 1
[[items]]
key = "drinks"
type = "choices"
text.en = "What do you drink?"
text.ms = "Apakah yang anda minum?"
options = [{ key = "tea", text.en = "Tea", text.ms = "Teh" }, { key = "coffee", text.en = "Coffee", text.ms = "Kopi" }]
[[items]]
key = "sugar"
type = "choice"
text.en = "Sugar in your coffee?"
text.ms = "Gula dalam kopi anda?"
show_if = { item = "drinks", in = [1] }
options = [{ key = "yes", text.en = "Yes", text.ms = "Ya" }, { key = "no", text.en = "No", text.ms = "Tidak" }]
[[items]]
key = "why"
type = "text"
text.en = "Why sugar?"
text.ms = "Mengapa gula?"
show_if = { item = "sugar", in = [0] }
"""


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("brought")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def tokens(site: Site) -> Iterator[str]:
    survey = read_template(COFFEE.encode(), "coffee.toml")
    with site.database.writing() as session:
        chosen = audience.choose(session, survey, [cast.SALES], {})
        plan = RoundPlan(survey, "Coffee", chosen, now() + timedelta(days=7))
        row = submission.launch(session, site.runtime.keyring, plan, "test", 4)
        round_id = row.id
    return iter(links(site.runtime, round_id)[cast.SALES])


def opened(site: Site, tokens: Iterator[str]) -> tuple[Browser, Page]:
    browser = site.browser()
    return browser, browser.open(f"/s/{next(tokens)}?lang=en")


def hidden(page: Page) -> dict[str, bool]:
    places = page.tree.all("div", **{"class": "brought"})
    return {one["data-field"]: "hidden" in one.attributes for one in places}


def test_a_page_shows_no_question_before_its_time(site: Site, tokens: Iterator[str]) -> None:
    _, page = opened(site, tokens)
    assert hidden(page) == {"answer-sugar": True, "answer-why": True}


def test_without_a_script_the_page_comes_again_with_them(site: Site, tokens: Iterator[str]) -> None:
    browser, page = opened(site, tokens)
    again = browser.press(page, "Send my answers", fill={"answer-drinks": ["0", "1"]})
    assert "Your answers bring further questions" in again.text
    assert hidden(again) == {"answer-sugar": False, "answer-why": True}
    assert [one["value"] for one in again.tree.all("input", name="answer-drinks", checked="")] == [
        "0",
        "1",
    ]
    third = browser.press(again, "Send my answers", fill={"answer-sugar": "0"})
    assert hidden(third) == {"answer-sugar": False, "answer-why": False}
    # Shown once, it may be left out.
    assert "data-sent" in browser.press(third, "Send my answers").html


def test_a_question_nobody_brings_is_never_asked(site: Site, tokens: Iterator[str]) -> None:
    browser, page = opened(site, tokens)
    assert "data-sent" in browser.press(page, "Send my answers", fill={"answer-drinks": "0"}).html


def test_a_form_that_is_not_of_our_page_is_taken_as_it_is(
    site: Site, tokens: Iterator[str]
) -> None:
    browser, page = opened(site, tokens)
    sent = [("submission", "k" * 28), ("answer-drinks", "1")]
    assert "data-sent" in browser.send(page.address, sent).html
