"""The main job from an empty installation to a CSV, as Aminah, her colleagues and two managers do it.

Once in the browser on both databases, and once by commands only.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.kit.clock import now
from app.kit.language import Language
from app.results.report import signed
from tests import cast
from tests.cast import LOGISTICS, MARKETING, PLANT, SALES
from tests.journeys.browser import Browser, Page
from tests.planning import planned
from tests.site import (
    Site,
    choices,
    leaning,
    plain,
    posted,
    rich,
    running_site,
    survey_form,
)

SURVEY = "sales_marketing_alignment"
# Answers by department: Logistics has three, and what would give them away is Plant.
ANSWERS = {SALES: 12, MARKETING: 7, "Commercial": 6, PLANT: 7, LOGISTICS: 3}
ASKED = {SALES: 20, MARKETING: 12, "Commercial": 6, PLANT: 10, LOGISTICS: 5}
COMMENT = "Mesyuarat bersama setiap Isnin <b>sangat</b> membantu."
THANKS = "Thank you. Your answers are in."


@pytest.fixture
def site(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Site]:
    with running_site(database_url, tmp_path) as site:
        yield site


def test_hr_asks_two_departments_and_managers_read_the_results(site: Site) -> None:
    hr = hr_signs_in_by_the_link_of_the_command(site)
    people_are_imported_after_a_preview(site, hr)
    managers_are_added_and_mailed(site, hr)

    checked = a_round_is_planned_and_checked(site, hr)
    checked = a_test_mail_comes_first(site, hr, checked)
    round_id = the_round_is_launched(hr, checked)
    everybody_gets_one_invitation(site)
    nobody_can_list_the_links(site, hr, round_id)

    opening_a_link_changes_nothing(site)
    three_of_marketing_answer(site, hr, round_id)
    one_person_answers_once_however_often_he_sends(site)
    the_others_answer(site)
    the_page_shows_participation_and_nothing_else(site, hr, round_id)
    the_round_is_closed_extended_and_closed_again(site, hr, round_id)

    the_results_are_released(site, hr, round_id)
    nothing_is_left_of_single_answers(site, round_id)
    document = the_command_prints_the_release(site, round_id)
    small_groups_stay_hidden(document)
    hr_reads_the_same_figures(hr, round_id, document)
    files_have_the_same_figures(site, hr, round_id, document)
    badrul_reads_his_department(site, round_id, document)
    farid_is_told_why_there_is_no_result(site, round_id)


# Before the round


def hr_signs_in_by_the_link_of_the_command(site: Site) -> Browser:
    link = site.selaras("account", "add", cast.AMINAH, "--role", "hr").stdout.strip()
    hr = site.browser()
    asked = hr.open(link)
    assert asked.forms, "opening the link alone signs nobody in"
    home = hr.press(asked, "Sign in")
    assert home.heading == "Your first survey in four steps"
    hr.open(link, status=404)
    return hr


def people_are_imported_after_a_preview(site: Site, hr: Browser) -> None:
    upload = hr.open(hr.open("/").links["Add people"])
    sheet = {"file": ("people.csv", cast.people_file(), "text/csv")}
    preview = hr.press(upload, "Show the preview", files=sheet)

    named = {row[0]: row for row in preview.rows if row[0].isdigit()}
    assert list(named) == [str(row) for row in cast.BAD_ROWS] == ["7", "43"]
    assert "E-mail not an address" in " ".join(named["7"])
    assert "Department" in named["43"][1]
    assert "No. Pekerja" in preview.text, "how the columns were read"
    assert site.count("employee") == site.count("department") == 0, "nothing is saved yet"

    done = hr.press(preview, "Import 58 people")
    assert done.path == "/people"
    assert "58 new" in done.text
    found = hr.open("/people?q=chong")
    assert "Commercial / Sales" in " ".join(found.row("00003")), "SALES and Sales are one"
    assert site.count("department", "name = 'Sales'") == 1
    assert site.count("department") == 7


def managers_are_added_and_mailed(site: Site, hr: Browser) -> None:
    for email, path in ((cast.BADRUL, SALES), (cast.FARID, LOGISTICS)):
        page = hr.open("/accounts")
        form, _ = page.form_with("Add the account")
        labels = {
            one.text: one.one("input")["value"]
            for one in form.element.all("label", **{"class": "option"})
        }
        chosen = labels[path.replace("/", " / ")]
        given = {"email": email, "role": "manager", "department": [chosen]}
        assert email in hr.press(page, "Add the account", fill=given).text
    site.work()
    assert site.mails(cast.BADRUL)
    assert site.mails(cast.FARID)


def a_round_is_planned_and_checked(site: Site, hr: Browser) -> Page:
    given = {
        "name": "Jualan dan Pemasaran, Disember",
        "departments": ["Commercial", "Operations"],
        "min_group": "5",
    }
    checked = planned(hr, SURVEY, **given)

    assert "53 people are asked." in checked.text
    assert "Results are shown for groups of at least 5 answers." in checked.text
    promises = {one["lang"]: one.all("li") for one in checked.tree.all("section") if one["lang"]}
    assert {code: len(said) for code, said in promises.items()} == {"en": 8, "ms": 8}
    assert "very likely" in checked.row(SALES)[2]
    assert "too small" in checked.row(LOGISTICS)[2], "5 people at 70 %"
    for link in [one for one in checked.links.values() if "/preview" in one]:
        seen = hr.open(link)
        assert len(seen.tree.all("fieldset")) >= 14
        assert "disabled" in seen.tree.all("button")[-1].attributes
    assert site.count("survey_round") == site.count("invitation") == 0
    return checked


def a_test_mail_comes_first(site: Site, hr: Browser, checked: Page) -> Page:
    tested = hr.press(checked, "Send a test to myself")
    site.work()
    mail = site.mails(cast.AMINAH)[-1]
    link = re.search(r"http://\S+", plain(mail))
    assert link is not None
    assert "/preview" in link[0], "a test leads to the preview, never to a ballot"
    hr.open(link[0])
    assert site.count("survey_round") == 0
    return tested


def the_round_is_launched(hr: Browser, checked: Page) -> str:
    launched = hr.press(checked, "Launch the round")
    return launched.path.rpartition("/")[2]


# While it is open


def everybody_gets_one_invitation(site: Site) -> None:
    site.work()
    people = [one for department in ASKED for one in cast.members(department)]
    assert len(people) == sum(ASKED.values()) == 53
    for person in people:
        mails = [mail for mail in site.mails(person.email) if "/s/" in plain(mail)]
        assert len(mails) == 1, person
        link = site.link(person.email)
        assert f"{site.settings.base_url}{link}" in rich(mails[0])
        assert _is_malay(mails[0]) == (person.language == "ms"), person
    links = {site.link(person.email) for person in people}
    assert len(links) == len(people)
    assert all(len(link) == len("/s/") + 28 for link in links)
    assert not [
        mail for mail in site.sink.mails if "/s/" in plain(mail) and mail["to"] == cast.DEVI
    ]


def nobody_can_list_the_links(site: Site, hr: Browser, round_id: str) -> None:
    tokens = {site.link(one.email)[3:] for where in ASKED for one in cast.members(where)}
    parts = {token[at : at + 8] for token in tokens for at in range(len(token) - 7)}
    pages = ("/", "/rounds", f"/rounds/{round_id}", "/people", "/accounts", "/surveys")
    shown = "".join(hr.open(address).html for address in pages)
    assert not [part for part in parts if part in shown]
    held = [f"{table}.{column}" for table, column, value in site.stored() if _holds(value, parts)]
    assert held == []
    assert _holds(f"see /s/{min(tokens)}", parts), "the search itself finds one"
    assert _holds(min(tokens)[10:20].encode(), parts)


def opening_a_link_changes_nothing(site: Site) -> None:
    before = _everything(site)
    scanner = site.browser()
    for _ in range(3):
        page = scanner.open(site.link(cast.SALMAH))
        scanner.client.head(site.link(cast.SALMAH))
    assert page.tree.one("html")["lang"] == "ms", "in the language of the invitation"
    assert not [one.raw for one in page.tree.all("script") if one.raw], "it works without one"
    assert not scanner.client.cookies
    assert "hr@example.com" in page.text
    assert _everything(site) == before


def three_of_marketing_answer(site: Site, hr: Browser, round_id: str) -> None:
    for place, person in enumerate(cast.members(MARKETING)[:3]):
        _answers(site, person, place)
    page = hr.open(f"/rounds/{round_id}")
    assert page.row(MARKETING)[3] == "2 more answers until Marketing gets its own result"
    assert page.row(MARKETING)[1:3] == ["3", "12"]
    _no_figures(page)
    assert site.browser().open(f"/rounds/{round_id}").path == "/sign-in"


def one_person_answers_once_however_often_he_sends(site: Site) -> None:
    """Chong clicks twice, goes back, sends again, and tries another browser."""
    before = site.count("spent")
    chong = site.browser()
    link = site.link(cast.CHONG)
    page = chong.open(link)
    form = survey_form(page)
    sent = posted(form, **choices(form, leaning(1), {"answer-works_well": COMMENT}))

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: site.browser().send(link, sent), range(2))
    back = chong.press(page, "Send my answers", fill={"answer-goals_shared": "1"})
    opened = chong.open(link)
    elsewhere = site.browser().send(link, sent)

    receipts = [one.tree.one("p", **{"class": "receipt"}).text for one in (first, second, back)]
    assert receipts == [receipts[0]] * 3, "the same form sent again shows the same receipt"
    assert elsewhere.text == first.text
    assert not opened.tree.all("p", **{"class": "receipt"}), "and nothing later shows it"
    for after in (first, second, back, opened, elsewhere):
        assert after.heading == THANKS
        assert COMMENT not in after.text
    assert site.count("spent") == before + 1


def the_others_answer(site: Site) -> None:
    for department, people in ANSWERS.items():
        for place, person in enumerate(cast.members(department)[:people]):
            if not (department == MARKETING and place < 3) and person.email != cast.CHONG:
                _answers(site, person, place)
    assert site.count("spent") == sum(ANSWERS.values())


def the_page_shows_participation_and_nothing_else(site: Site, hr: Browser, round_id: str) -> None:
    page = hr.open(f"/rounds/{round_id}")
    for department, answered in ANSWERS.items():
        if department != "Commercial":
            assert page.row(department)[1:3] == [str(answered), str(ASKED[department])]
    assert page.row("Everyone asked")[1:3] == ["35", "53"]
    _no_figures(page)
    hr.open(f"/rounds/{round_id}/departments/{SALES}", status=404)
    hr.open(f"/rounds/{round_id}/items/goals_shared", status=404)
    assert site.command("results", round_id, check=False).returncode == 1


def the_round_is_closed_extended_and_closed_again(site: Site, hr: Browser, round_id: str) -> None:
    silent = cast.members(SALES)[-1]
    page = hr.press(hr.open(f"/rounds/{round_id}"), "Close now")
    assert "Ready to be released" in page.text
    site.browser().open(site.link(silent.email), status=410)
    site.browser().open(site.link(cast.CHONG), status=410)

    later = (now() + timedelta(days=3)).astimezone(site.settings.zone)
    page = hr.press(page, "Extend", fill={"closes": f"{later:%Y-%m-%dT%H:%M}"})
    assert "Close now" in page.text
    assert site.browser().open(site.link(silent.email)).tree.all("form")
    assert site.browser().open(site.link(cast.CHONG)).heading == THANKS

    page = hr.press(page, "Close now")
    site.work()
    assert "Ready to be released" in page.text
    _no_figures(page)


# After the release


def the_results_are_released(site: Site, hr: Browser, round_id: str) -> None:
    page = hr.press(hr.open(f"/rounds/{round_id}"), "Release the results")
    assert page.heading == "Everyone asked"
    assert "Close now" not in page.text
    site.work()
    for manager in (cast.BADRUL, cast.FARID):
        assert len([m for m in site.mails(manager) if f"/rounds/{round_id}" in plain(m)]) == 1


def nothing_is_left_of_single_answers(site: Site, round_id: str) -> None:
    for table in ("ballot_tray", "ballot_block", "ballot_box", "ballot_key", "spent"):
        assert site.count(table) == 0, table
    assert site.count("invitation", "token_hash IS NOT NULL") == 0
    gone = site.browser().open(site.link(cast.CHONG), status=410)
    made_up = site.browser().open(f"/s/{round_id}{'x' * 22}", status=410)
    assert gone.text == made_up.text
    stored = [value for _, _, value in site.stored() if isinstance(value, str | bytes)]
    assert not [value for value in stored if _holds(value, {COMMENT[:20]})]


def the_command_prints_the_release(site: Site, round_id: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(site.command("results", round_id, "--json").stdout)
    assert list(document) == [
        "round",
        "policy",
        "method",
        "groups",
        "breakdowns",
        "gaps",
        "views",
        "comparisons",
        "theme_changes",
        "reliability",
        "icc",
        "drivers",
        "diagnosis",
        "comments",
        "since_launch",
    ]
    assert document["round"].keys() == {
        "id",
        "name",
        "survey",
        "survey_version",
        "survey_hash",
        "opened_on",
        "closed_on",
    }
    assert document["policy"].keys() == {
        "mode",
        "min_group",
        "min_comments",
        "hash",
        "min_group_at_launch",
    }
    assert {one["kind"] for one in document["since_launch"]} <= {"closing_date"}
    assert document["method"].keys() == {"rule", "version", "hash", "card"}
    printed = [group for group in document["groups"] if group["disclosed"]]
    for group in printed:
        assert set(GROUP.split()) <= group.keys(), group["department"]
        assert [item["key"] for item in group["items"]]
    assert document["groups"][0]["department"] == ""
    assert document["comments"] == [], "one comment is fewer than ten"
    return document


GROUP = (
    "department name level disclosed reason invited answered n unclassified promoters passives "
    "detractors promoters_pct passives_pct detractors_pct score score_exact score_low score_high "
    "interval band range_low range_high index response_pct score_by_headcount themes items agreement"
)


def small_groups_stay_hidden(document: dict[str, Any]) -> None:
    groups = {group["department"]: group for group in document["groups"]}
    hidden = {path for path, group in groups.items() if not group["disclosed"]}
    assert hidden == {LOGISTICS, PLANT}, "three answers, and what would give them away"
    for path in hidden:
        assert groups[path].keys() <= {"department", "name", "level", "disclosed", "reason"}
        assert groups[path]["reason"] == "protected"
    assert (groups[SALES]["answered"], groups[SALES]["invited"]) == (12, 20)
    assert groups[""]["n"] == groups["Commercial"]["n"] + groups["Operations"]["n"] == 35
    assert [groups[SALES][kind] for kind in ("promoters", "passives", "detractors")] == [4, 4, 4]


def hr_reads_the_same_figures(hr: Browser, round_id: str, document: dict[str, Any]) -> None:
    page = hr.open(f"/rounds/{round_id}")
    for group in document["groups"]:
        row = page.row(group["department"] or "Everyone asked")
        if group["disclosed"]:
            shown = [group[name] for name in ("promoters", "passives", "detractors")]
            assert [int(cell) for cell in row[4:7]] == shown
            assert row[1] == signed(group["score"])
        else:
            assert row[1:] == ["too few answers, or protected"]
    assert page.tree.all("form", action=f"/rounds/{round_id}/export")


def files_have_the_same_figures(
    site: Site, hr: Browser, round_id: str, document: dict[str, Any]
) -> None:
    reply = hr.download(hr.open(f"/rounds/{round_id}"), "Download as CSV")
    assert reply.headers["content-disposition"].startswith("attachment")
    path = site.settings.data_dir / "scores.csv"
    site.selaras("export", round_id, "--what", "scores", "-o", str(path))
    assert path.read_bytes() == reply.content
    assert reply.content.startswith(b"\xef\xbb\xbfdepartment,name,level,")
    rows = _rows(reply)
    assert len(rows) == sum(
        1 + len(group.get("themes", ())) + len(group.get("items", ()))
        for group in document["groups"]
    )
    for group in document["groups"]:
        [row] = [r for r in rows if _is(r, group["department"], "overall")]
        _agrees(row, group)
        for kind, parts in (("theme", "themes"), ("item", "items")):
            for part in group.get(parts, ()):
                [row] = [
                    r
                    for r in rows
                    if _is(r, group["department"], kind) and r["measure"] == part["key"]
                ]
                _agrees(row, part)


def badrul_reads_his_department(site: Site, round_id: str, document: dict[str, Any]) -> None:
    badrul = _signs_in_by_mail(site, cast.BADRUL)
    page = badrul.open(f"/rounds/{round_id}")
    sales = next(group for group in document["groups"] if group["department"] == SALES)

    assert page.heading == "Sales"
    headline = page.tree.one("p", **{"class": "headline"}).text
    assert headline.startswith("Sales ")
    assert any(words in headline for words in ("strongest theme", "weak spot", "alike"))
    assert "12 of 20 answered" in page.text
    assert "likely" in page.text
    assert "n = 12 people" in page.text
    _pictures_have_tables(page)
    for theme in sales["themes"]:
        if theme["disclosed"]:
            assert signed(theme["score"]) in {cell for row in page.rows for cell in row}
    items = [one for one in page.tree.all("article") if one.all("table")]
    assert len(items) >= 14
    assert {row[0] for row in page.rows} >= {"Strongly agree", "Strongly disagree"}

    assert badrul.open(f"/rounds/{round_id}/departments/").heading == "Everyone asked"
    assert badrul.open(f"/rounds/{round_id}/departments/Commercial").heading == "Commercial"
    for foreign in (MARKETING, PLANT, LOGISTICS, "Operations", "No such"):
        badrul.open(f"/rounds/{round_id}/departments/{foreign}", status=404)
    for address in ("/people", "/accounts", "/rounds/new", "/people/import"):
        badrul.open(address, status=404)
    his = {row["department"] for row in _rows(badrul.download(page, "Download as CSV"))}
    assert his == {"", "Commercial", SALES}
    assert not [row for row in page.rows if row and row[0] == MARKETING]


def farid_is_told_why_there_is_no_result(site: Site, round_id: str) -> None:
    farid = _signs_in_by_mail(site, cast.FARID)
    page = farid.open(f"/rounds/{round_id}")
    assert page.heading == "Logistics"
    assert "There is no result for this group alone" in page.text
    assert "groups of at least 5 answers" in page.text
    assert "The result it is part of: Operations" in page.text
    assert "10 of 15 answered" in page.text
    assert "What you can do next" in page.text
    his = {row["department"] for row in _rows(farid.download(page, "Download as CSV"))}
    assert his == {"", "Operations", LOGISTICS}


# By commands only


def test_the_same_story_by_commands(sqlite_url: str, tmp_path: Path) -> None:
    with running_site(sqlite_url, tmp_path) as site:
        people = tmp_path / "people.csv"
        people.write_bytes(cast.people_file())
        dry = _json(site, "people", "import", str(people), "--dry-run")
        assert site.count("employee") == 0
        done = _json(site, "people", "import", str(people))
        assert dry == done
        assert done["new"] == 58
        assert [(e["row"], e["column"]) for e in done["errors"]] == [
            (7, "email"),
            (43, "department"),
        ]

        asked = ["--name", "Dari baris arahan", "--department", "Commercial"]
        opening = ("round", "open", SURVEY, *asked, "--department", "Operations")
        previewed = _json(site, *opening, "--preview")
        assert previewed["round"] is None
        assert site.count("survey_round") == 0
        opened = _json(site, *opening)
        assert opened["preview"] == previewed["preview"]
        assert opened["invited"] == 53
        round_id = opened["round"]

        assert _state(site, round_id) == ("open", 53, 53, 0, 0, 0)
        site.work()
        assert _state(site, round_id) == ("open", 53, 0, 53, 0, 0)
        the_others_answer_too(site)
        assert _state(site, round_id) == ("open", 53, 0, 53, 0, 35)

        held = _json(site, "round", "close", round_id, "--hold")
        assert held["state"] == "ready"
        refused = site.command("results", round_id, "--json", check=False)
        assert refused.returncode == 1
        assert json.loads(refused.stdout)["error"]["code"] == "not_released"
        released = _json(site, "round", "release", round_id)
        assert (released["state"], released["answered"]) == ("released", 35)

        document = the_command_prints_the_release(site, round_id)
        small_groups_stay_hidden(document)
        nothing_is_left_of_single_answers(site, round_id)
        printed = site.command(
            "export", round_id, "--what", "scores", "--for", "analysis", "-o", "-"
        )
        rows = list(csv.DictReader(io.StringIO(printed.stdout)))
        assert {row["department"] for row in rows} == {g["department"] for g in document["groups"]}
        assert "protected" in site.command("results", round_id).stdout
        listed = json.loads(site.command("round", "list", "--json").stdout)
        assert [(one["round"], one["state"]) for one in listed] == [(round_id, "released")]


def the_others_answer_too(site: Site) -> None:
    for department, people in ANSWERS.items():
        for place, person in enumerate(cast.members(department)[:people]):
            _answers(site, person, place)


# What the steps use


def _answers(site: Site, person: cast.Person, place: int) -> None:
    done = site.answer(site.link(person.email), leaning(place))
    assert done.heading in {THANKS, Language("ms").text(THANKS)}


def _signs_in_by_mail(site: Site, email: str) -> Browser:
    browser = site.browser()
    asked = browser.open("/sign-in")
    browser.press(asked, "E-mail me a link", fill={"email": email})
    site.work()
    link = re.search(r"http://\S+/sign-in/\S+", plain(site.mails(email)[-1]))
    assert link is not None
    browser.press(browser.open(link[0]), "Sign in")
    return browser


def _is_malay(mail: EmailMessage) -> bool:
    found = re.search(r'<html[^>]* lang="(\w+)"', rich(mail))
    assert found is not None
    return found[1] == "ms"


def _holds(value: object, parts: set[str]) -> bool:
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        return any(_holds(text, parts) for text in (raw.decode("latin-1"), raw.hex()))
    text = str(value)
    size = len(min(parts))
    return any(text[at : at + size] in parts for at in range(len(text) - size + 1))


def _everything(site: Site) -> list[tuple[str, str, str]]:
    return sorted((table, column, str(value)) for table, column, value in site.stored())


def _no_figures(page: Page) -> None:
    """No score, no share and nobody's name who has not answered."""
    for css in ("score", "headline", "chart", "likely"):
        assert not page.tree.all(**{"class": css}), css
    assert "%" not in page.tree.one("main").text.replace("70 %", "")
    names = [one.name for one in cast.COMPANY if one.email != cast.AMINAH]
    emails = [one.email for one in cast.COMPANY if one.email != cast.AMINAH]
    assert not [one for one in names + emails if re.search(rf"{re.escape(one)}\b", page.html)]


def _pictures_have_tables(page: Page) -> None:
    pictures = [one for one in page.tree.all("svg") if one["role"] == "img"]
    assert len(pictures) >= 15
    for picture in pictures:
        assert picture["aria-label"] or picture.all("title"), picture
    tables = page.tree.all("table")
    assert len(tables) >= len(pictures), "each picture's figures stand in a table"
    assert {"Promoters", "Passives", "Detractors"} <= {row[0] for row in page.rows}


def _rows(reply: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"))))


def _is(row: dict[str, str], department: str, kind: str) -> bool:
    return row["department"] == department and row["measure_kind"] == kind


def _agrees(row: dict[str, str], values: dict[str, Any]) -> None:
    """Every figure of the row is the release's, to the last digit."""
    assert row["disclosed"] == ("true" if values["disclosed"] else "false")
    for name in FIGURES.split():
        value = values.get(name)
        told = "" if value is None else str(value)
        assert row[name] in {told, told.removesuffix(".0")}, (row["department"], name)


FIGURES = (
    "n promoters passives detractors promoters_pct passives_pct detractors_pct score score_exact "
    "score_low score_high range_low range_high index"
)


def _json(site: Site, *words: str) -> Any:
    return json.loads(site.command(*words, "--json").stdout)


def _state(site: Site, round_id: str) -> tuple[object, ...]:
    told = _json(site, "round", "status", round_id)
    return tuple(
        told[name] for name in ["state", "invited", "queued", "sent", "failed", "answered"]
    )
