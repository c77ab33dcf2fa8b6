"""Aminah asks a question today: typed on one page, checked, sent, answered and released."""

import json
import time
from collections.abc import Iterator, Sequence

import pytest

from tests import cast
from tests.journeys.browser import Browser, Page
from tests.results.rounds import links
from tests.site import Site, plain, running_site, shared_database

TYPED = {
    "title": "The new canteen",
    "text-1": "The new canteen is good.",
    "text-2": "Which day suits you?",
    "kind-2": "choice",
    "answers-2": "Monday\n\n Tuesday \nMonday",
    "text-4": "What is missing?",
    "kind-4": "text",
    "departments": ["Commercial"],
}


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("poll")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def hr(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


def checked(hr: Browser, status: int = 200, **given: object) -> Page:
    fill = TYPED | {
        (name if name == "min_group" else name.replace("_", "-")): value
        for name, value in given.items()
    }
    return hr.press(hr.open("/poll"), "Check it", fill=fill, status=status)  # type: ignore[arg-type]


def test_a_poll_is_sent_within_a_minute_and_answered(site: Site, hr: Browser) -> None:
    started = time.monotonic()
    page = checked(hr)
    assert "Results are shown for groups of at least 5 answers." in page.text
    assert "Chance of a result of its own" in page.text
    assert page.text.count("The new canteen") >= 2
    round_page = hr.press(page, "Launch the round")
    site.work()
    assert time.monotonic() - started < 60
    assert "The new canteen" in plain(site.mails(cast.CHONG)[-1])
    round_id = round_page.path.rpartition("/")[2]
    tokens = links(site.runtime, round_id)
    for place, token in enumerate(tokens[cast.SALES][:8]):

        def choose(_: str, offered: Sequence[str], code: int = place % 2) -> str:
            return offered[2 * code if len(offered) > 2 else code]

        assert "data-sent" in site.answer(f"/s/{token}", choose).html
    site.command("round", "close", round_id)
    release = json.loads(site.command("results", round_id, "--json").stdout)
    days = next(one for one in release["groups"][0]["items"] if one["key"] == "q2")
    assert (days["type"], days["counts"]) == ("choice", [4, 4])
    assert "Monday 4" in hr.open(f"/rounds/{round_id}").text


def test_a_form_of_a_poll_speaks_its_one_language(site: Site, hr: Browser) -> None:
    page = checked(hr, language="ms", title="Kantin baharu", text_1="Kantin baharu bagus.")
    shown = hr.press(page, "See the survey as on a phone")
    assert "Kantin baharu bagus." in shown.text
    assert "Sangat setuju" in shown.text
    assert "1. Kantin" in shown.text
    round_id = hr.press(page, "Launch the round").path.rpartition("/")[2]
    link = links(site.runtime, round_id)[cast.SALES][0]
    form = site.browser(language="en").open(f"/s/{link}")
    assert 'lang="ms"' in form.html


def test_the_same_questions_make_the_same_survey_and_others_another(
    site: Site, hr: Browser
) -> None:
    def key(**given: object) -> str:
        page = hr.press(checked(hr, **given), "Launch the round")
        status = json.loads(site.command("round", "list", "--json").stdout)
        return next(one["survey"] for one in status if one["round"] in page.path)

    first = key()
    assert first.startswith("poll_")
    assert key(title="The canteen again") == first
    assert key(text_1="The new canteen is bad.") != first


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"text_1": "", "text_2": "", "text_4": "", "answers_2": ""}, "text-1"),
        ({"text_2": ""}, "text-2"),
        ({"answers_2": "Monday"}, "answers-2"),
        ({"answers_2": "\n".join(map(str, range(11)))}, "answers-2"),
        ({"text_4": "What about {name}?"}, "text-4"),
        ({"min_group": "3"}, "min_group"),
        ({"closes": "soon"}, "closes"),
        ({"departments": ["Operations/Logistics"], "min_group": "6"}, "departments"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(
    hr: Browser, given: dict[str, object], field: str
) -> None:
    page = checked(hr, 422, **given)
    assert f'href="#{field}"' in page.html
    assert f'id="{field}-error"' in page.html


def test_the_page_speaks_malay(site: Site) -> None:
    browser = site.signed_in("salina@contoh.example.com", language="ms")
    assert browser.open("/poll").heading == "Tinjauan pantas"
