"""HR's pages of a round: planning, what they refuse, and ending it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from app.campaigns import rounds
from app.kit.clock import now
from app.kit.language import Language
from tests import cast
from tests.journeys.browser import Browser, Page
from tests.planning import planned
from tests.site import Round, Site, leaning, plain, running_site, shared_database


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("rounds")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def hr(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


def checked(hr: Browser, status: int = 200, **given: str | list[str]) -> Page:
    return planned(hr, status=status, **{"departments": ["Commercial"], **given})


def local(site: Site, days: float) -> str:
    return f"{(now() + timedelta(days=days)).astimezone(site.settings.zone):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"min_group": "3"}, "min_group"),
        ({"min_group": "five"}, "min_group"),
        ({"min_comments": "4"}, "min_comments"),
        ({"closes": "tomorrow"}, "closes"),
        ({"closes": ""}, "closes"),
        ({"survey": "nothing"}, "survey"),
        ({"departments": ["Commercial/Nobody"]}, "departments"),
        ({"departments": ["Operations"]}, "side-sales"),
        ({"side__sales": "Commercial"}, "departments"),
    ],
)
def test_what_makes_no_round_is_said_beside_its_field(
    site: Site, hr: Browser, given: dict[str, str | list[str]], field: str
) -> None:
    before = site.count("survey_round")
    page = checked(hr, status=422, **given)
    summary = page.tree.one("div", id="errors")
    assert summary.one("a")["href"] == f"#{field}"
    assert page.tree.all(id=field), "the error leads somewhere"
    form, _ = page.form_with("Save and continue")
    typed = given.get(field)
    if isinstance(typed, str) and field != "survey":
        assert form.value(field) == typed, "what was typed is kept"
    assert site.count("survey_round") == before


def test_a_closing_date_in_the_past_is_refused(site: Site, hr: Browser) -> None:
    page = checked(hr, status=422, closes=local(site, -1))
    assert "in the future" in page.text


def test_changing_something_keeps_the_rest(site: Site, hr: Browser) -> None:
    closes = local(site, 9)
    name = "Suku <b>keempat</b>"
    page = checked(hr, name=name, closes=closes, auto_release="yes", min_group="6")
    people = hr.open(page.links["People"])
    changed = hr.press(people, "Save and check", fill={"departments": ["Operations", "Commercial"]})
    assert changed.heading == name
    dates = hr.open(changed.links["Dates"]).form_with("Save and continue")[0]
    assert (dates.value("closes"), dates.value("auto_release")) == (closes, "yes")
    privacy = hr.open(changed.links["Privacy"]).form_with("Save and continue")[0]
    assert privacy.value("min_group") == "6"


def test_launching_twice_from_the_same_page_does_not_ask_people_twice(
    site: Site, hr: Browser
) -> None:
    page = checked(hr, name="Dua kali")
    first = hr.press(page, "Launch the round")
    assert hr.press(page, "Launch the round").path == first.path
    assert site.count("survey_round", "name = 'Dua kali'") == 1
    assert first.heading == "Dua kali"


def test_ids_and_policy_cannot_be_posted(hr: Browser) -> None:
    page = checked(hr)
    for extra in ("policy", "round_id", "survey", "min_rows", "opens_at"):
        form, _ = page.form_with("Launch the round")
        hr.send(form.action, [*form.pairs, (extra, "1")], status=422)
        step, button = hr.open(page.links["Privacy"]).form_with("Save and continue")
        sent = [*step.pairs, (button["name"], button["value"]), (extra, "1")]
        hr.send(step.action, sent, status=422)


# Reporting small neighbours together


def pulse(hr: Browser, *departments: str, status: int = 200, **given: str) -> Page:
    return planned(hr, "team_pulse", status, departments=list(departments), **given)


def test_small_neighbours_are_proposed_taken_and_changed(site: Site, hr: Browser) -> None:
    page = pulse(hr, "Operations", name="Bersama")
    assert "Small neighbours can be reported together" not in page.text, "they are all there is"
    page = pulse(hr, name="Bersama", min_group="9")
    assert "Small neighbours can be reported together" in page.text
    taken = hr.press(page, "Report them together")
    assert "Small neighbours can be reported together" not in taken.text
    people = hr.open(taken.links["People"])
    merges = people.form_with("Save and continue")[0].value("merges")
    assert "+" in merges
    changed = f"{merges.splitlines()[0].partition('=')[0]}=Pejabat"
    again = hr.press(people, "Save and check", fill={"merges": changed})
    assert "Pejabat" in again.text
    launched = hr.press(again, "Launch the round")
    assert launched.heading == "Bersama"
    assert site.count("round_department", "name = 'Pejabat' and invited > 0") == 1


def test_a_group_that_cannot_be_is_said_beside_its_field(hr: Browser) -> None:
    page = pulse(hr, "Commercial", name="Salah", merges="Commercial/Sales+Operations", status=422)
    assert page.tree.one("div", id="errors").one("a")["href"] == "#merges"


def test_a_very_small_round_is_told_to_expect_one_result(hr: Browser) -> None:
    page = pulse(hr, "Operations", name="Kecil", min_group="9")
    assert "Expect one combined result" in page.text
    assert "Expect one combined result" not in pulse(hr, "Commercial", name="Besar").text


# Ending it


@pytest.fixture
def answered(site: Site) -> Round:
    round_ = site.opened("Commercial", "Operations")
    for place, link in enumerate(list(round_.links.values())[:9]):
        site.answer(link, leaning(place))
    return round_


def test_an_extension_is_only_ever_later(site: Site, hr: Browser, answered: Round) -> None:
    page = hr.open(f"/rounds/{answered.id}")
    for closes in (local(site, 3), local(site, -3), "", "never"):
        refused = hr.press(page, "Extend", fill={"closes": closes}, status=409)
        assert refused.heading == "This cannot be done"
    assert "Close now" in hr.press(page, "Extend", fill={"closes": local(site, 30)}).text


def test_voiding_needs_its_box_ticked_and_destroys_the_answers(
    site: Site, hr: Browser, answered: Round
) -> None:
    page = hr.open(f"/rounds/{answered.id}")
    hr.press(page, "Void this round", status=409)
    assert sum(site.answers(answered).values()) == 9
    done = hr.press(page, "Void this round", fill={"sure": "yes"})
    assert "was voided" in done.text
    assert not site.count("ballot_tray", f"round_id = '{answered.id}'")
    for old in ("Close now", "Extend"):
        hr.press(page, old, status=409)


def test_voiding_leaves_no_old_page_of_the_file(site: Site, hr: Browser, answered: Round) -> None:
    log = Path(f"{site.database.engine.url.database}-wal")
    hr.press(hr.open(f"/rounds/{answered.id}"), "Void this round", fill={"sure": "yes"})
    assert log.stat().st_size == 0


def test_a_release_cannot_be_taken_back(site: Site, hr: Browser, answered: Round) -> None:
    page = hr.open(f"/rounds/{answered.id}")
    ready = hr.press(page, "Close now")
    released = hr.press(ready, "Release the results")
    before = released.text
    assert hr.press(ready, "Release the results").text == before, "once more changes nothing"
    for form, button in ((page, "Close now"), (page, "Extend"), (page, "Void this round")):
        refused = hr.press(
            form, button, fill={"sure": "yes"} if "Void" in button else {}, status=409
        )
        assert "results of this round are out" in refused.text
    assert hr.open(f"/rounds/{answered.id}").text == before


def test_a_release_works_however_many_were_reading_before(
    site: Site, hr: Browser, answered: Round
) -> None:
    ready = hr.press(hr.open(f"/rounds/{answered.id}"), "Close now")
    with ThreadPoolExecutor(16) as crowd:
        pages = list(crowd.map(lambda _: site.browser().open(f"/s/{'x' * 28}", 404), range(64)))
        pages += list(crowd.map(lambda _: hr.open("/rounds"), range(32)))
    hr.press(ready, "Release the results")
    log = Path(f"{site.database.engine.url.database}-wal")
    assert log.stat().st_size == 0, "no older page of the file is left beside it"


def test_the_refusal_is_in_the_reader_s_language(site: Site, answered: Round) -> None:
    malay = site.signed_in(cast.SALMAH, language="ms")
    form, _ = malay.open(f"/rounds/{answered.id}").form_with(_malay("Extend"))
    sent = [(n, v) for n, v in form.pairs if n != "closes"]
    page = malay.send(form.action, [*sent, ("closes", local(site, 1))], status=409)
    assert page.tree.one("html")["lang"] == "ms"
    assert "later than" not in page.text


def _malay(words: str) -> str:
    return Language("ms").text(words)


def test_a_round_that_reaches_its_date_waits_for_hr_who_is_mailed(site: Site, hr: Browser) -> None:
    round_ = site.opened("Commercial", closes_at=now() + timedelta(seconds=1))
    site.answer(round_.links[cast.CHONG])
    _wait_for(round_)
    site.work()
    assert "Ready to be released" in hr.open(f"/rounds/{round_.id}").text
    assert len([m for m in site.mails(cast.AMINAH) if f"/rounds/{round_.id}" in plain(m)]) == 1


def test_a_round_with_auto_release_is_counted_at_its_date(site: Site, hr: Browser) -> None:
    closes_at = now() + timedelta(seconds=1.5)
    round_ = site.opened("Commercial", closes_at=closes_at, auto_release=True)
    for place, link in enumerate(list(round_.links.values())[:7]):
        body = [("submission", "k" * 28), ("answer-goals_shared", str(place % 5))]
        site.browser().client.post(link, data=dict(body))
    _wait_for(round_)
    site.work()
    assert hr.open(f"/rounds/{round_.id}").tree.all("form", action=f"/rounds/{round_.id}/export")


def _wait_for(round_: Round) -> None:
    with round_.site.database.reading() as session:
        closes_at = rounds.get(session, round_.id).closes_at
    time.sleep(max(0.0, (closes_at - now()).total_seconds()) + 0.01)


def test_a_mail_that_bounces_is_the_only_name_hr_sees(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with shared_database(request, "sqlite", tmp_path) as url, running_site(url, tmp_path) as site:
        site.sink.at_rcpt = lambda a: "550 5.1.1 no such user" if a == cast.CHONG else "250 OK"
        round_ = site.with_people().opened("Commercial")
        site.work()
        page = site.signed_in(cast.AMINAH).open(f"/rounds/{round_.id}")
        assert page.row("Chong Wei Ling")[1] == cast.CHONG
        assert "550" in page.row("Chong Wei Ling")[2]
        assert cast.SALMAH not in page.html
        badrul = site.signed_in(cast.BADRUL, "manager", [cast.SALES])
        assert cast.CHONG not in badrul.open(f"/rounds/{round_.id}").html
