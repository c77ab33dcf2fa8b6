"""What HR changes about an open round, and that who answers reads it at once."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.people import importing
from tests import cast
from tests.journeys.browser import Browser
from tests.people.files import csv
from tests.site import Round, Site, leaning, plain, running_site, shared_database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("amendments")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def hr(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


@pytest.fixture
def round_(site: Site) -> Round:
    return site.opened("Commercial")


def test_a_raised_smallest_group_stands_on_the_form_at_once(
    site: Site, hr: Browser, round_: Round
) -> None:
    reader = site.browser()
    link = round_.links[cast.CHONG]
    assert "at least 5 answers" in reader.open(link).text
    page = hr.press(hr.open(f"/rounds/{round_.id}"), "Raise", fill={"min_group": "8"})
    assert "It is 8 now" in page.text
    assert "at least 8 answers" in reader.open(link).text
    lower = hr.press(page, "Raise", fill={"min_group": "7"}, status=409)
    assert "only ever raised" in lower.text
    hr.press(page, "Raise", fill={"min_group": "many"}, status=409)


def test_a_mended_slip_is_read_at_once_and_only_when_confirmed(
    site: Site, hr: Browser, round_: Round
) -> None:
    reader = site.browser()
    link = round_.links[cast.CHONG]
    page = hr.open(f"/rounds/{round_.id}/wording?text=title|en")
    was = page.tree.one("textarea", id="words").text.strip()
    assert was in reader.open(link).text
    words = f"{was}!"
    unsure = hr.press(page, "Mend it", fill={"words": words}, status=422)
    assert "only you can know" in unsure.text
    assert unsure.tree.one("textarea", id="words").text.strip() == words, "what was typed is kept"
    other = {"words": "Another question altogether", "same": "yes"}
    assert "another text" in hr.press(page, "Mend it", fill=other, status=422).text
    hr.press(page, "Mend it", fill={"words": words, "same": "yes"})
    assert words in reader.open(link).text
    after = hr.open(f"/rounds/{round_.id}/wording")
    assert after.row(was)[-1] == words


def test_who_has_joined_is_invited_by_mail(site: Site, hr: Browser, round_: Round) -> None:
    assert "nobody new" in hr.open(f"/rounds/{round_.id}/joining").text
    row = "901;New One;new1@x.example.com;Commercial/Marketing"
    with site.database.writing() as session:
        file = csv("employee_id;name;email;department", row)
        importing.apply(session, importing.plan(session, file))
    page = hr.open(f"/rounds/{round_.id}/joining")
    assert page.row(cast.MARKETING)[-2] == "1"
    hr.press(page, "Invite them")
    site.work()
    answered = site.answer(site.link("new1@x.example.com"))
    assert answered.status == 200
    hr.press(page, "Invite them", status=409)


def test_who_was_invited_is_told_that_a_round_is_void(
    site: Site, hr: Browser, round_: Round
) -> None:
    site.work()
    hr.press(hr.open(f"/rounds/{round_.id}"), "Void this round", fill={"sure": "yes"})
    before = len(site.mails(cast.SALMAH))
    site.work()
    [*_, mail] = site.mails(cast.SALMAH)
    assert len(site.mails(cast.SALMAH)) == before + 1
    assert mail["subject"].startswith("Dibatalkan: ")
    assert "dimusnahkan" in plain(mail)
    assert "/s/" not in plain(mail)


def test_a_round_nobody_was_mailed_about_is_voided_silently(
    site: Site, hr: Browser, round_: Round
) -> None:
    hr.press(hr.open(f"/rounds/{round_.id}"), "Void this round", fill={"sure": "yes"})
    before = len(site.mails(cast.CHONG, "Called off"))
    site.work()
    assert len(site.mails(cast.CHONG, "Called off")) == before


def test_the_results_say_what_changed(site: Site, hr: Browser, round_: Round) -> None:
    address = f"/rounds/{round_.id}"
    hr.press(hr.open(address), "Raise", fill={"min_group": "6"})
    page = hr.open(f"{address}/wording?text=title|en")
    words = page.tree.one("textarea", id="words").text.strip()
    hr.press(page, "Mend it", fill={"words": f"{words}?", "same": "yes"})
    hr.press(hr.open(address), "Extend", fill={"closes": "2031-05-01T18:00"})
    for place, link in enumerate(list(round_.links.values())[:20]):
        site.answer(link, leaning(place))
    hr.press(hr.open(address), "Close now")
    released = hr.press(hr.open(address), "Release the results")
    for part in ("smallest group raised to 6", f"“{words}” became “{words}?”", "2031-05-01"):
        assert part in released.text
    told = json.loads(site.command("results", round_.id, "--json").stdout)
    assert told["policy"]["min_group_at_launch"] == 5
    assert [one["kind"] for one in told["since_launch"]] == ["min_group", "text", "closing_date"]


def test_a_running_service_takes_answers_while_its_key_is_rotated(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with (
        shared_database(request, "sqlite", tmp_path) as url,
        running_site(url, tmp_path, secret_key="") as site,
    ):
        round_ = site.with_people().opened("Commercial")
        first, second, *_ = round_.links.values()
        assert site.answer(first).status == 200
        assert "sealed with it" in site.command("key", "rotate").stderr
        assert site.answer(second).status == 200
        assert sum(site.answers(round_).values()) == 2
        assert len(site.ballots(round_)) == 2
