"""From a sign to an action, and to what the next round says of it; and results shared by HR."""

import json
import re
from collections.abc import Sequence

import pytest
from sqlmodel import select

from app.kit.jobs import Job
from app.people.models import Department
from app.results import release, sharing
from tests.results.rounds import answered, closed, launched, staffed
from tests.results.test_diagnosis import ballots, survey
from tests.web.test_people_pages import HOSTILE, Browser, House, aminah, house, open_house

__all__ = ["aminah", "house", "open_house"]

WEAK, GOOD, MIXED = (0, 1, 0, 2, 1), (3, 4, 3, 2, 4), (1, 2, 3, 2, 2)


def held(house: House, two: Sequence[int], name: str) -> str:
    """A round that Sales answers like this, and its id."""
    round_id = launched(house.runtime, survey(), name=name)
    answered(house.runtime, round_id, {"Sales": ballots(two), "Ops": ballots(MIXED)})
    closed(house.runtime, round_id)
    with house.database.writing() as session:
        keyring, zone = house.runtime.keyring, house.runtime.settings.zone
        release.release(session, keyring, zone, round_id, "aminah")
    return round_id


@pytest.fixture
def first(house: House) -> str:
    staffed(house.runtime, {"Sales": 30, "Ops": 30})
    return held(house, WEAK, "First")


def made(house: House, browser: Browser, round_id: str, **more: str) -> str:
    """One click on a practice of Sales' diagnosis; the address of the new action."""
    with house.database.reading() as session:
        sales = session.exec(select(Department.id).where(Department.name == "Sales")).one()
    page = browser.get(f"/rounds/{round_id}/diagnosis?department=Sales")
    assert page.has_button('Make it an action<span class="visually-hidden">: Do walk.</span>')
    fields = {
        "round": round_id,
        "department": sales,
        "sign": "leads_dropped",
        "theme": "two",
        "practice": "walk",
        **more,
    }
    done = browser.post("/actions", fields)
    return done.leads_to if done.status == 303 else str(done.status)


def test_the_diagnosis_shows_its_evidence(house: House, aminah: Browser, first: str) -> None:
    page = aminah.get(f"/rounds/{first}/diagnosis?department=Sales")
    assert "Leads are dropped or not followed up present" in page.text
    assert "Customers complain possible" in page.text
    assert re.search(r"Two items: −\d+ ", page.text)
    assert "“Statement a1”: −" in page.text
    assert aminah.get(f"/rounds/{first}/diagnosis?department=Nobody").status == 404
    ops = house.browser("farid@example.com", "manager", "Ops")
    assert ops.get(f"/rounds/{first}/diagnosis?department=Sales").status == 404


def test_an_action_is_taken_done_and_followed_up(house: House, aminah: Browser, first: str) -> None:
    badrul = house.browser("badrul@example.com", "manager", "Sales")
    address = made(house, badrul, first)
    action = address.partition("?")[0]
    assert "Who does it, and by when?" in badrul.get(address).text
    form = badrul.get(action)
    given = {
        "what": "Walk the hand-over.",
        "who": HOSTILE,
        "due_on": "2026-02-30",
        "notes": f"One\n{HOSTILE}",
        "department": re.search(r'<option value="([^"]+)" selected', form.source)[1],  # type: ignore[index]
    }
    assert "Choose a day" in badrul.post(action, given).text
    assert badrul.post(action, {**given, "due_on": "2020-02-28"}).status == 303
    page = badrul.get("/actions?state=late")
    assert "Walk the hand-over." in page.text
    assert HOSTILE not in page.source
    assert HOSTILE in page.text
    assert "The next round will show whether the theme has moved." in page.text
    assert "1 action is overdue" in badrul.get("/").text

    ops = house.browser("farid@example.com", "manager", "Ops")
    assert "Walk" not in ops.get("/actions?state=all").text
    assert ops.post(f"{action}/done").status == 404

    badrul.post(f"{action}/done")
    held(house, GOOD, "Second")
    page = badrul.get("/actions?state=done")
    assert re.search(r"“Second”: the theme is clearly up, by \+\d+", page.text)
    compared = aminah.get("/rounds/compare")
    assert re.search(r"Sales −\d+ \+\d+ clearly up", compared.text)
    assert len(house.acts("action.done")) == 1

    gone = badrul.post(f"{action}/delete")
    assert "Walk" not in badrul.get("/actions?state=all").text
    assert badrul.get(gone.leads_to).has_button("Undo")
    badrul.post(f"{action}/restore")
    assert "Walk" in badrul.get("/actions?state=all").text


def test_only_what_the_playbook_has_and_only_for_ones_own(
    house: House, aminah: Browser, first: str
) -> None:
    badrul = house.browser("badrul@example.com", "manager", "Sales")
    assert made(house, badrul, first, practice="dance") == "404"
    assert made(house, badrul, first, theme="three") == "404"
    assert made(house, badrul, first, department="") == "404", "the company's are HR's"
    assert made(house, badrul, first, round="zzzzzz") == "404"
    assert made(house, aminah, first, department="").startswith("/actions/")
    assert "Do walk." in badrul.get("/actions").text
    assert not badrul.get("/actions").has_button("Done")


def test_hr_opens_a_summary_for_everybody_and_closes_it(
    house: House, aminah: Browser, first: str
) -> None:
    aminah.get(f"/rounds/{first}/share")
    aminah.post(f"/rounds/{first}/summary/open")
    page = aminah.get(f"/rounds/{first}/share")
    address = re.search(r"/summary/[\w-]{22}", page.source)[0]  # type: ignore[index]
    anybody = house.stranger()
    shown = anybody.get(address)
    assert shown.status == 200
    assert "60 of 60 answered" in shown.text
    assert "Two items" in shown.text
    assert "Sales" not in shown.text
    assert "noindex" in shown.source
    assert shown.reply.headers["x-robots-tag"].startswith("noindex")
    assert "Tema" in anybody.get(f"{address}?lang=ms").text
    aminah.post(f"/rounds/{first}/summary/close")
    assert anybody.get(address).status == 404
    aminah.post(f"/rounds/{first}/summary/open")
    assert anybody.get(address).status == 404, "opened again it has another address"
    assert len(house.acts("summary.opened")) == 2
    badrul = house.browser("badrul@example.com", "manager", "Sales")
    badrul.get("/actions/new")
    assert badrul.post(f"/rounds/{first}/summary/open").status == 404


def test_hr_mails_the_link_to_a_manager(house: House, aminah: Browser, first: str) -> None:
    house.browser("badrul@example.com", "manager", "Sales")
    with house.database.reading() as session:
        managers = {one.email: one.id for one in sharing.managers_of(session, first)}
    page = aminah.get(f"/rounds/{first}/share")
    assert "badrul@example.com (Sales)" in page.text
    chosen = {"manager": managers["badrul@example.com"]}
    assert aminah.post(f"/rounds/{first}/share", chosen).leads_to.endswith("?sent=1")
    with house.database.reading() as session:
        jobs = session.exec(select(Job.key).where(Job.kind == sharing.SHARED)).all()
    assert jobs == [managers["badrul@example.com"]]
    assert aminah.post(f"/rounds/{first}/share", {"manager": "somebody"}).leads_to.endswith("=0")
    entries = house.acts("results.shared")
    assert sorted(json.loads(one.detail)["managers"] for one in entries) == [0, 1]
