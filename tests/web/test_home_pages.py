"""The start page: HR's checklist ticks itself, a manager finds the rounds of his departments."""

import re
from datetime import timedelta

import pytest

from app.audit import log
from app.campaigns import audience, opening, rounds
from app.campaigns.rounds import RoundPlan
from app.kit import hold
from app.kit.clock import now
from app.results import backups
from app.surveys import library
from tests.people.files import imported
from tests.people.test_company_file import company_file
from tests.web.test_people_pages import Browser, House, aminah, house, open_house

__all__ = ["aminah", "house", "open_house"]

STEPS = ["Add people", "Pick a survey", "Send yourself a test", "Launch a round"]


def ticked(page_source: str) -> list[str]:
    lines = re.findall(
        r"<li>\s*<span class=\"(done|quiet)\".*?<a href=\"[^\"]*\">([^<]*)", page_source
    )
    assert [words for _, words in lines] == STEPS
    return [words for state, words in lines if state == "done"]


def launched(house: House, name: str, *departments: str) -> str:
    """A round that is open now; its id."""
    survey = library.template("team_pulse")
    with house.database.writing() as session:
        plan = RoundPlan(
            survey=survey,
            name=name,
            audience=audience.choose(session, survey, departments, {}),
            closes_at=now() + timedelta(days=7),
        )
        return opening.open_round(session, house.runtime.keyring, plan, "a test", 4).id


def test_checklist_ticks_itself_from_what_is_there(house: House, aminah: Browser) -> None:
    assert ticked(aminah.get("/").source) == []
    imported(house.database, company_file())
    assert ticked(aminah.get("/").source) == STEPS[:1]
    launched(house, "Pulse")
    assert ticked(aminah.get("/").source) == [*STEPS[:2], STEPS[3]]
    with house.database.writing() as session:
        log.record(session, "a test", "round.tested", "x")
    page = aminah.get("/")
    assert "checklist" not in page.source
    assert "Newest rounds" in page.text


def test_every_step_leads_to_its_page(aminah: Browser) -> None:
    source = aminah.get("/").source
    for address in ("/people/import", "/surveys", "/rounds/new"):
        assert f'<a href="{address}">' in source


def test_hr_sees_the_newest_rounds_with_their_state(house: House, aminah: Browser) -> None:
    imported(house.database, company_file())
    first, second = launched(house, "<b>First</b>"), launched(house, "Second")
    with house.database.writing() as session:
        rounds.close(session, first, "a test")
    page = aminah.get("/")
    assert page.text.index("Second") < page.text.index("<b>First</b>")
    assert "Second open" in page.text
    assert "<b>First</b> closed, results not released yet" in page.text
    assert "<b>" not in page.source
    assert f'<a href="/rounds/{second}">' in page.source
    for number in range(10):
        launched(house, f"Later {number}")
    assert "Second" not in aminah.get("/").text
    assert "All rounds" in aminah.get("/").text


def test_manager_finds_the_rounds_of_his_departments_only(house: House) -> None:
    imported(house.database, company_file())
    badrul = house.browser("badrul@example.com", "manager", "Commercial/Sales")
    assert "No round has asked your departments yet." in badrul.get("/").text
    launched(house, "For everybody")
    launched(house, "For the plant", "Operations")
    page = badrul.get("/")
    assert "For everybody open" in page.text
    assert "For the plant" not in page.text
    assert "checklist" not in page.source
    assert "Launch a round" not in page.text


@pytest.mark.parametrize(
    ("role", "heading"),
    [("it", "The installation"), ("auditor", "What was promised, and what was done")],
)
def test_other_roles_get_a_page_of_their_own(house: House, role: str, heading: str) -> None:
    imported(house.database, company_file())
    launched(house, "Pulse")
    page = house.browser("chong@example.com", role).get("/")
    assert page.status == 200
    assert heading in page.text
    assert "Pulse" not in page.text


def test_home_in_malay(house: House) -> None:
    page = house.browser("aminah@example.com", language="ms").get("/")
    assert "Tinjauan pertama anda dalam empat langkah" in page.text
    assert "Lancarkan pusingan" in page.text


@pytest.mark.parametrize("role", ["hr", "it"])
def test_after_a_restore_mails_wait_until_somebody_says_so(house: House, role: str) -> None:
    imported(house.database, company_file())
    reader = house.browser("siti@example.com", role)
    assert "No mail goes out" not in reader.get("/").text
    with house.database.writing() as session:
        hold.begin(session, backups.RESTORED)
    badrul = house.browser("badrul@example.com", "manager", "Commercial/Sales")
    assert "No mail goes out" not in badrul.get("/").text
    assert "No mail goes out: a backup was put back" in reader.get("/").text
    page = reader.post("/sending/resume")
    assert "No mail goes out" not in page.text
    reader.post("/sending/resume")
    with house.database.reading() as session:
        assert hold.stands(session) is None
        told = log.entries(session, limit=9, actions=["sending.resumed"])
    assert len(told) == 1
