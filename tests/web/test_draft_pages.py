"""A round is planned over days and by several people: kept, found again, thrown away, copied."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.kit import clock
from app.kit.clock import now
from tests import cast
from tests.journeys.browser import Browser, Page
from tests.planning import planned
from tests.site import Site, plain, running_site, shared_database


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("drafts")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def aminah(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


@pytest.fixture(scope="module")
def devi(site: Site) -> Browser:
    return site.signed_in(cast.DEVI)


def pulse(hr: Browser, name: str, **given: str) -> Page:
    return planned(hr, "team_pulse", departments=[cast.SALES], name=name, **given)


def local(site: Site, days: float) -> str:
    return f"{(now() + timedelta(days=days)).astimezone(site.settings.zone):%Y-%m-%dT%H:%M}"


def test_looking_at_the_first_step_keeps_nothing(site: Site, aminah: Browser) -> None:
    before = site.count("round_draft")
    aminah.open("/rounds/new")
    assert site.count("round_draft") == before


def test_a_draft_is_found_again_by_everybody_of_hr(aminah: Browser, devi: Browser) -> None:
    checked = pulse(aminah, "Nadi Januari")
    listed = devi.open("/rounds")
    assert listed.row("Nadi Januari")[2] == cast.AMINAH
    found = devi.open(listed.links["Nadi Januari"])
    assert found.path == checked.path
    assert "20 people are asked." in found.text
    privacy = devi.open(found.links["Privacy"])
    devi.press(privacy, "Save and check", fill={"min_group": "7"})
    assert aminah.open("/rounds").row("Nadi Januari")[2] == cast.DEVI


def test_who_saves_what_another_has_changed_is_told_and_loses_nothing(
    aminah: Browser, devi: Browser
) -> None:
    checked = pulse(aminah, "Bersama-sama")
    hers = aminah.open(checked.links["Privacy"])
    devi.press(devi.open(checked.links["Privacy"]), "Save and check", fill={"min_group": "8"})
    told = aminah.press(hers, "Save and continue", fill={"min_group": "6"}, status=409)
    assert cast.DEVI in told.text
    form, _ = told.form_with("Save and continue")
    assert form.value("min_group") == "6", "what she typed is still there"
    theirs = aminah.open(told.links["Leave mine and see what was saved"])
    assert theirs.form_with("Save and continue")[0].value("min_group") == "8"
    saved = aminah.press(told, "Save and check")
    assert "at least 6 answers" in saved.text


def test_a_launch_of_what_another_has_changed_meanwhile_launches_nothing(
    site: Site, aminah: Browser, devi: Browser
) -> None:
    checked = pulse(aminah, "Lihat dahulu")
    devi.press(devi.open(checked.links["Privacy"]), "Save and check", fill={"min_group": "8"})
    again = aminah.press(checked, "Launch the round")
    assert "was changed while this page was open" in again.text
    assert not site.count("survey_round", "name = 'Lihat dahulu'")
    assert aminah.press(again, "Launch the round").heading == "Lihat dahulu"


def test_a_draft_is_thrown_away_and_brought_back(aminah: Browser) -> None:
    checked = pulse(aminah, "Buang")
    gone = aminah.press(checked, "Throw this draft away")
    assert "Buang" not in [row[0] for row in gone.rows]
    aminah.open(checked.path, status=404)
    back = aminah.press(gone, "Undo")
    assert back.row("Buang")
    assert aminah.open(checked.path).heading == "Buang"


def test_a_draft_that_lacks_something_is_kept_and_says_where_to_go(aminah: Browser) -> None:
    page = planned(aminah, status=422, departments=["Operations"], name="Tanpa pihak")
    listed = aminah.open("/rounds")
    check = aminah.open(listed.links["Tanpa pihak"])
    assert "This stands in the way of a launch" in check.text
    assert "Launch the round" not in check.text
    [to] = [href for href in check.links.values() if "#side-sales" in href]
    assert to.partition("#")[0] == page.path
    mended = aminah.press(page, "Save and check", fill={"departments": ["Commercial"]})
    assert "38 people are asked." in mended.text


def test_the_promise_is_said_beside_the_fields_before_it_is_saved(aminah: Browser) -> None:
    privacy = aminah.open(pulse(aminah, "Janji").links["Privacy"])
    form, _ = privacy.form_with("Save and continue")
    pairs = [pair for pair in form.pairs if pair[0] != "mode"]
    said = aminah.send(form.action, [*pairs, ("mode", "anonymous"), ("then", "look")])
    sentences = said.response.json()
    assert "Nobody keeps a list of who received which link." in sentences["en"]
    assert len(sentences["ms"]) == len(sentences["en"])
    saved = aminah.open(privacy.path).form_with("Save and continue")[0]
    assert saved.value("mode") == "confidential", "looking saves nothing"


def test_the_people_step_counts(aminah: Browser) -> None:
    people = aminah.open(pulse(aminah, "Kira").links["People"])
    counted = aminah.press(people, "Save and count", fill={"departments": ["Operations"]})
    assert re.search(r"\d+ people are asked\. They are in \d+ departments", counted.text)
    assert "too small" in counted.text


# A round that opens by itself


def test_a_scheduled_round_opens_by_itself_in_the_zone_of_the_organisation(
    site: Site, aminah: Browser
) -> None:
    opens = local(site, 10 / 1440)
    checked = pulse(aminah, "Esok", when="later", opens=opens, closes=local(site, 9))
    shown = f"{opens[-5:]} (Asia/Kuala_Lumpur)"
    assert f"{shown}." in checked.text
    round_ = aminah.press(checked, "Launch the round")
    assert f"It opens by itself on {_moment(checked, shown)}" in round_.text
    link = f"/s/{round_.path[-6:]}"
    site.work()
    assert not [one for one in site.mails(cast.CHONG) if link in plain(one)]
    with clock.moved(timedelta(minutes=11)):
        site.work()
    assert [one for one in site.mails(cast.CHONG) if link in plain(one)]


def _moment(page: Page, end: str) -> str:
    found = re.search(rf"opens by itself on ([^.]*?{re.escape(end)})", page.text)
    assert found is not None
    return found[1]


def test_a_round_that_was_called_off_is_a_draft_again(site: Site, aminah: Browser) -> None:
    times = {"when": "later", "opens": local(site, 5), "closes": local(site, 9)}
    round_ = aminah.press(pulse(aminah, "Tarik balik", **times), "Launch the round")
    assert site.count("ballot_tray", f"round_id = '{round_.path[-6:]}'")
    dates = aminah.press(round_, "Call it off")
    assert dates.heading == "Dates"
    assert not site.count("ballot_tray", f"round_id = '{round_.path[-6:]}'")
    assert "called off before it opened: nobody was asked" in aminah.open(round_.path).text
    again = aminah.press(aminah.press(dates, "Save and check"), "Launch the round")
    assert again.path != round_.path


def test_an_open_round_cannot_be_called_off(site: Site, aminah: Browser) -> None:
    round_ = site.opened(cast.SALES, survey="team_pulse")
    form, _ = aminah.open(f"/rounds/{round_.id}").form_with("Close now")
    token = [pair for pair in form.pairs if pair[0] == "csrf"]
    refused = aminah.send(f"/rounds/{round_.id}/call-off", token, status=409)
    assert "void it instead" in refused.text


def test_an_opening_that_has_passed_stands_in_the_way(site: Site, aminah: Browser) -> None:
    times = {"when": "later", "opens": local(site, -1), "closes": local(site, 9)}
    refused = planned(aminah, "team_pulse", 422, departments=[cast.SALES], **times)
    assert refused.tree.one("div", id="errors").one("a")["href"] == "#opens"


# The same again


def test_a_copy_asks_the_same_with_its_dates_moved(site: Site, aminah: Browser) -> None:
    given = {"min_group": "6", "closes": local(site, 10), "remind_half_way": []}
    round_ = aminah.press(pulse(aminah, "Suku pertama", **given), "Launch the round")
    copy = aminah.press(round_, "Ask the same again in a new round")
    assert copy.form_with("Save and continue")[0].value("name") == "Suku pertama"
    people = aminah.open(copy.links["People"]).form_with("Save and continue")[0]
    assert [value for name, value in people.pairs if name == "departments"] == [cast.SALES]
    dates = aminah.open(copy.links["Dates"]).form_with("Save and continue")[0]
    assert dates.value("closes") == local(site, 10)
    assert "remind_half_way" not in dict(dates.pairs)
    checked = aminah.press(copy, "Save and check", fill={"name": "Suku kedua"})
    assert "at least 6 answers" in checked.text


def test_a_round_of_the_command_is_copied_as_it_was_frozen(site: Site, aminah: Browser) -> None:
    words = ["--name", "Pasangan", "--pair", f"{cast.SALES}+{cast.MARKETING}", "--min-group", "6"]
    done = site.command("round", "open", "department_collaboration", *words)
    page = aminah.open(f"/rounds/{done.stdout.strip()}")
    copy = aminah.press(page, "Ask the same again in a new round")
    people = aminah.open(copy.links["People"]).form_with("Save and continue")[0]
    assert people.value("pairs") == f"{cast.MARKETING}+{cast.SALES}"
    checked = aminah.press(copy, "Save and check")
    assert "at least 6 answers" in checked.text
    assert "This stands in the way" not in checked.text
