"""Aminah picks a survey: she reads what it asks and sees the form as a phone shows it."""

import re

import pytest

from app.surveys import library
from app.surveys.paper import paper
from tests.web.test_people_pages import Browser, House, aminah, house, open_house

__all__ = ["aminah", "house", "open_house"]

KEY = "sales_marketing_alignment"


def test_library_shows_every_survey_with_its_facts(aminah: Browser) -> None:
    page = aminah.get("/surveys")
    for key in library.keys():  # noqa: SIM118 - a function, no mapping
        survey = library.template(key)
        assert survey.title.in_("en") in page.text
        assert f'href="/rounds/new?survey={key}"' in page.source
        assert f'href="/surveys/{key}"' in page.source
    assert "22 questions · about 4 minutes · English, Bahasa Melayu" in page.text
    assert "Compares: Sales, Marketing" in page.text
    assert "Shared goals and figures · One message and shared terms" in page.text


def test_survey_page_has_every_item_in_both_languages(aminah: Browser) -> None:
    page = aminah.get(f"/surveys/{KEY}")
    survey = library.template(KEY)
    for item in survey.items:
        for code, other in (("en", "[the other side]"), ("ms", "[pihak yang satu lagi]")):
            assert item.text.in_(code).replace("{other}", other) in page.text
    assert page.text.count("turned round for the score") == sum(i.reversed for i in survey.items)
    assert f"one mean over the {len(survey.composite)} rated statements" in page.text
    assert "Promoter: a mean above 62.5." in page.text
    assert "{other}" not in page.source


def test_survey_that_one_question_decides_says_which(aminah: Browser) -> None:
    page = aminah.get("/surveys/recommend_workplace")
    survey = library.template("recommend_workplace")
    assert survey.classification.item is not None
    assert f"“{survey.item(survey.classification.item).text.in_('en')}”" in page.text
    assert "Promoter: from “9” upwards." in page.text
    assert "Detractor: up to “6”." in page.text


def test_survey_page_in_malay(house: House) -> None:
    page = house.browser("aminah@example.com", language="ms").get(f"/surveys/{KEY}")
    assert "Cara orang dikelaskan" in page.text
    assert "Gunakan tinjauan ini" in page.text


@pytest.mark.parametrize("language", ["en", "ms"])
@pytest.mark.parametrize("side", ["sales", "marketing", None])
def test_preview_asks_what_this_person_would_be_asked(
    aminah: Browser, language: str, side: str | None
) -> None:
    address = f"/surveys/{KEY}/preview?as=phone&side={side or 'none'}&language={language}"
    page = aminah.get(address)
    questions = paper(library.template(KEY), side)
    for number, question in enumerate(questions, start=1):
        assert f"{number}. {question.text(language)}" in page.text
    fields = set(re.findall(r'name="(answer-[^"]*)"', page.source))
    assert fields == {question.field for question in questions}
    assert f'<html lang="{language}"' in page.source
    assert '<div class="phone">' in page.source
    assert ("Preview: nothing is stored" if language == "en" else "Pratonton: tiada") in page.source


def test_nothing_can_be_sent_from_a_preview(aminah: Browser) -> None:
    aminah.get("/surveys")
    page = aminah.get(f"/surveys/{KEY}/preview")
    buttons = re.findall(r"<button[^>]*>", page.source)
    assert buttons
    assert all('type="button"' in button and "disabled" in button for button in buttons)
    assert aminah.post(f"/surveys/{KEY}/preview", {"answer-goals_shared": "1"}).status == 405


def test_preview_can_be_a_screen_and_changes_language(aminah: Browser) -> None:
    page = aminah.get(f"/surveys/{KEY}/preview?as=screen&side=marketing&language=en")
    assert '<div class="screen">' in page.source
    link = re.search(r'href="(\?[^"]*lang=ms)"', page.source)
    assert link is not None
    malay = aminah.get(f"/surveys/{KEY}/preview{link[1].replace('&amp;', '&')}")
    assert '<html lang="ms"' in malay.source
    assert '<div class="screen">' in malay.source
    marketing = paper(library.template(KEY), "marketing")
    assert f"{len(marketing)}. {marketing[-1].text('ms')}" in malay.text


def test_survey_without_sides_has_no_side_to_choose(aminah: Browser) -> None:
    assert "Of no side" not in aminah.get("/surveys/team_pulse/preview").text
    assert "Of no side" in aminah.get(f"/surveys/{KEY}/preview").text


@pytest.mark.parametrize(
    "address",
    [
        "/surveys/nothing",
        "/surveys/nothing/preview",
        "/surveys/..%2fetc/preview",
        f"/surveys/{KEY}/preview?side=legal",
        "/surveys/team_pulse/preview?side=sales",
    ],
)
def test_what_is_not_in_the_library_is_not_found(aminah: Browser, address: str) -> None:
    assert aminah.get(address).status == 404


def test_rubbish_in_the_address_does_no_harm(aminah: Browser) -> None:
    page = aminah.get(f"/surveys/{KEY}/preview?as=%3Cscript%3E&language=%22&lang=xx")
    assert page.status == 200
    assert "<script" not in page.source
    assert '<html lang="en"' in page.source
