"""Before a comment is stored its writer is asked about what may say who somebody is."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

from tests import cast
from tests.journeys.browser import FORM, Page, encoded, filled
from tests.site import Round, Site, choices, running_site, shared_database, survey_form

WORDS, OTHER_WORDS = "answer-works_well", "answer-one_change"
THANKS = "Thank you. Your answers are in."
SECOND_LOOK = "Have a second look at what you wrote"
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("second-look")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture
def asked(site: Site) -> Round:
    return site.opened("Commercial")


def sent(site: Site, round_: Round, **words: str) -> Page:
    return site.answer(
        round_.links[cast.CHONG],
        write={name.replace("_", "-", 1): value for name, value in words.items()},
    )


def warned(page: Page) -> list[str]:
    box = page.tree.one("div", id="second-look")
    assert box.one("h2").text == SECOND_LOOK
    return [one.text for one in box.all("li")]


def test_nothing_is_stored_until_it_is_sent_again_as_it_is(site: Site, asked: Round) -> None:
    words = "Ask Salmah,\n012-345 6789 or salmah@contoh.example"
    page = sent(site, asked, answer_works_well=words)
    assert site.answers(asked) == {}
    [told] = warned(page)
    for found in ("Salmah", "012-345 6789", "salmah@contoh.example"):
        assert f": {found}." in told
    area = page.tree.one("textarea", id=WORDS)
    assert f"{WORDS}-warning" in area["aria-describedby"].split()
    assert page.tree.one("p", id=f"{WORDS}-warning").text == told
    told = [one.text for one in page.tree.all("button", form="answers")]
    assert "Send it as it is" in told

    thanks = site.browser().send(page.address, survey_form(page).pairs)
    assert thanks.heading == THANKS
    assert site.comments(asked, "works_well") == [words], "what he chose to send, as he wrote it"


def test_everything_he_chose_is_kept_and_the_first_key_too(site: Site, asked: Round) -> None:
    link = asked.links[cast.CHONG]
    form = survey_form(site.browser().open(link))
    pairs = filled(form.pairs, choices(form) | {WORDS: "Cik Salmah", OTHER_WORDS: "Two\nlines"})
    kept = survey_form(site.browser().send(link, pairs)).pairs
    assert sorted(kept) == sorted([*pairs, ("checked", "all")])


def test_he_may_change_it_and_is_not_asked_again(site: Site, asked: Round) -> None:
    page = sent(site, asked, answer_works_well="Salmah decides alone")
    form = survey_form(page)
    again = filled(form.pairs, {WORDS: "One person decides alone, ask 012-345 6789"})
    assert site.browser().send(page.address, again).heading == THANKS
    [stored] = site.comments(asked, "works_well")
    assert stored.startswith("One person")


@pytest.mark.parametrize(
    "words",
    [
        "Penyerahan masih lambat; 3 of 10 leads are lost since 24-11-2026.",
        "Devi and Farid are not asked, Sales and Marketing are no people.",
    ],
)
def test_who_names_nobody_is_not_asked(site: Site, asked: Round, words: str) -> None:
    assert sent(site, asked, answer_works_well=words).heading == THANKS
    assert site.comments(asked, "works_well") == [words]


def test_each_comment_has_its_own_warning(site: Site, asked: Round) -> None:
    page = sent(site, asked, answer_works_well="Badrul", answer_one_change="a@b.example")
    box = page.tree.one("div", id="second-look")
    assert [one["href"] for one in box.all("a")] == [f"#{WORDS}", f"#{OTHER_WORDS}"]


def test_what_the_script_has_asked_about_is_not_asked_again(site: Site, asked: Round) -> None:
    link = asked.links[cast.CHONG]
    form = survey_form(site.browser().open(link))
    given = choices(form) | {WORDS: "a@b.example and Badrul", "checked": "contacts"}
    page = site.browser().send(link, filled(form.pairs, given))
    assert warned(page) == ["This looks like the name of somebody asked: Badrul."]
    given |= {WORDS: "a@b.example"}
    assert site.browser().send(link, filled(form.pairs, given)).heading == THANKS


@pytest.mark.parametrize("marks", [["yes"], ["all", "all"], ["CONTACTS"], ["\x00"]])
def test_a_mark_of_no_form_of_ours_is_refused(site: Site, asked: Round, marks: list[str]) -> None:
    link = asked.links[cast.CHONG]
    form = survey_form(site.browser().open(link))
    pairs = [*form.pairs, *(("checked", mark) for mark in marks)]
    assert site.browser().client.post(
        link, content=encoded(pairs), headers={"Content-Type": FORM}
    ).status_code in {400, 422}
    assert site.answers(asked) == {}


def test_it_asks_in_his_language(site: Site, asked: Round) -> None:
    link = asked.links[cast.SALMAH] + "?lang=ms"
    form = survey_form(site.browser("ms").open(link))
    page = site.browser("ms").send(link, filled(form.pairs, {WORDS: "Encik Badrul"}))
    assert "Ini kelihatan seperti nama orang yang dijemput: Badrul." in page.text
    assert "Hantar seadanya" in page.text


def test_no_name_of_a_colleague_is_in_the_form_or_its_script(site: Site, asked: Round) -> None:
    page = site.browser().open(asked.links[cast.CHONG])
    script = site.browser().client.get(page.tree.all("script")[-1]["src"]).text
    for person in cast.COMPANY[:5]:
        for part in person.name.split():
            assert part not in page.html + script


def test_the_form_says_who_reads_comments_and_whom_to_ask(site: Site, asked: Round) -> None:
    page = site.browser().open(asked.links[cast.CHONG])
    said = page.tree.one("section", **{"aria-labelledby": "who-reads"}).text
    assert "HR, and managers" in said
    assert "How you write may tell who you are." in said
    assert "hr@example.com" in said
    assert "no search finds all" in said


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_with_a_script_he_is_asked_on_the_page_about_what_the_script_can_know(
    site: Site, asked: Round
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(locale="en")
        posts: list[str] = []
        tab.on("request", lambda one: posts.append(one.method) if one.method == "POST" else None)
        tab.goto(site.settings.base_url + asked.links[cast.CHONG])
        _rate(tab)
        tab.fill(f"#{WORDS}", "Call Badrul at +60 12-345 6789")
        tab.click("#answers button.wide")
        assert "+60 12-345 6789" in tab.inner_text("#missed")
        assert tab.locator(f"#{WORDS}").evaluate("one => one === document.activeElement")
        assert posts == []
        tab.click("#answers button.wide")
        tab.wait_for_selector("#second-look")
        assert "Badrul" in tab.inner_text("#second-look")
        assert "phone" not in tab.inner_text("#second-look li")
        assert site.answers(asked) == {}
        tab.click("#second-look button")
        tab.wait_for_selector("[data-sent]", state="attached")
        browser.close()
    assert site.comments(asked, "works_well") == ["Call Badrul at +60 12-345 6789"]


def _rate(tab: Tab) -> None:
    for item in tab.locator("fieldset.item").all():
        item.locator("input").nth(2).check()
