"""What a page says where there is little to say: why, and what to do, in every look."""

import dataclasses
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, StorageState

from app.campaigns import rounds
from app.kit.language import language
from app.results import release
from app.surveys.definition import Survey
from app.surveys.text import Text
from tests.journeys import chromium as drawn
from tests.journeys.browser import Browser
from tests.results import files
from tests.results.company import OPEN, survey_of
from tests.results.rounds import answered, closed, launched, staffed
from tests.site import Site, running_site, shared_database
from tests.web import colour

pytestmark = drawn.MARKS

PEOPLE = {"Sales": 12, "Sales/Retail": 12, "Ops": 20, "Legal": 3, "Board": 2, "Plant": 20}
ASKED = [one for one in PEOPLE if one != "Board"]
HR, SMALL, SALES, ELSEWHERE = "hr", "Legal", "Sales", "Board"


@dataclass
class House:
    """An installation with little in it, and everybody's session."""

    site: Site
    chromium: Chromium
    rounds: dict[str, str]
    sessions: dict[str, StorageState]

    def page(self, who: str, look: tuple[str, int, str]) -> Page:
        scheme, width, _ = look
        page = drawn.page_of(self.chromium, self.sessions[who], width)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        return page

    def address(self, path: str, code: str) -> str:
        there = path.format(**self.rounds)
        sign = "&" if "?" in there else "?"
        return f"{self.site.settings.base_url}{there}{sign}lang={code}"


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("states")
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as site:
        # Before Chromium: it keeps the event loop of this thread to itself.
        rounds_, sessions = _filled(site)
        with drawn.started() as chromium:
            yield House(site, chromium, rounds_, sessions)


def _filled(site: Site) -> tuple[dict[str, str], dict[str, StorageState]]:
    """Five rounds of a survey, and who reads them.

    In the second Sales is missing, from the third on a question is worded anew, the fourth waits
    for its release, and nobody has answered the last.
    """
    staffed(site.runtime, PEOPLE)
    everybody = {path: answers(PEOPLE[path]) for path in ASKED}
    alike = everybody | {"Plant": [(bytes([4, 3 + n % 2, 4 - n % 2]), {}) for n in range(20)]}
    few = everybody | {SALES: answers(1), "Sales/Retail": answers(1)}
    first = survey_of(extra=OPEN)
    again = reworded(first)
    told = {
        "first": (first, alike),
        "second": (first, few),
        "third": (again, everybody),
        "ready": (again, everybody),
        "open": (again, {}),
    }
    held_ = {name: held(site, survey, cast, name) for name, (survey, cast) in told.items()}
    roles = {HR: ("hr", []), **{one: ("manager", [one]) for one in (SMALL, SALES, ELSEWHERE)}}
    sessions = {
        who: state_of(site.signed_in(f"{who.lower()}@states.example", role, places))
        for who, (role, places) in roles.items()
    }
    return held_, sessions


def answers(people: int) -> list[Any]:
    return [(bytes((4, 3, 1, 2, 4)[(n + k) % 5] for k in range(3)), {}) for n in range(people)]


def reworded(survey: Survey) -> Survey:
    first, *others = survey.items
    return dataclasses.replace(
        survey, items=(dataclasses.replace(first, text=Text.of(en="Now in other words.")), *others)
    )


def held(site: Site, survey: Survey, cast: dict[str, list[Any]], name: str) -> str:
    round_id = launched(site.runtime, survey, ASKED, name=f"The {name} round")
    answered(site.runtime, round_id, cast)
    if name == "ready":
        with site.database.writing() as session:
            rounds.close(session, round_id, "test")
    elif cast:
        closed(site.runtime, round_id)
        with site.database.writing() as session:
            release.release(session, site.runtime.keyring, site.settings.zone, round_id, "test")
    return round_id


def state_of(browser: Browser) -> StorageState:
    """The same session for Chromium."""
    [cookie] = list(browser.client.cookies.jar)
    made: Any = {"name": cookie.name, "value": cookie.value, "domain": "127.0.0.1", "path": "/"}
    return {"cookies": [made | {"expires": -1, "httpOnly": True, "secure": False}], "origins": []}


# Who opens what, and the sentences it must have: why it is so, and what to do.
STATES = {
    "too few answers": (
        SMALL,
        "/rounds/{first}/departments/Legal",
        ["There is no result for this group alone", "What would change it"],
    ),
    "all alike": (
        HR,
        "/rounds/{first}/departments/Plant",
        ["all or nearly all are promoters"],
    ),
    "too few for comments": (
        SMALL,
        "/rounds/{first}/comments",
        ["None is shown with this group; the question's page has those shown with others."],
    ),
    "no answer yet": (SALES, "/rounds/{open}", ["Participation"]),
    "no answer yet for HR": (HR, "/rounds/{open}", ["Send a reminder now"]),
    "ready": (
        HR,
        "/rounds/{ready}",
        [
            "Ready to be released",
            "Nothing has been counted yet. Releasing counts all answers once, publishes the results for good and destroys the single answers.",
        ],
    ),
    "ready for a manager": (
        SALES,
        "/rounds/{ready}",
        ["The survey has closed. You get a mail when its results are out."],
    ),
    "no round": (
        ELSEWHERE,
        "/rounds",
        ["No round concerns your departments yet. You get a mail when results are out."],
    ),
    "no indicator": (HR, "/indicators", []),
    "no action": (HR, "/actions", ["Nothing has been decided yet"]),
    "a missing round": (
        SALES,
        "/rounds/{second}/trend?department=Sales",
        [
            "A short mark at the foot: a round without a figure for this group. The line has a gap there."
        ],
    ),
    "changed wording": (
        HR,
        "/rounds/{third}/trend?measure=item:a1",
        [
            "A dotted line: the wording, the scale or the rules changed there, so nothing is joined across it."
        ],
    ),
    "files with groups left out": (HR, "/rounds/{first}/export", ["What is left out"]),
    "the session has ended": (
        ELSEWHERE,
        "/sign-in?ended=1&next=/actions/new",
        [
            "You have been signed out",
            "After half an hour without use a session ends. Sign in and you are led back to where you were.",
        ],
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_says_why_and_what_to_do(house: House, state: str) -> None:
    who, path, sentences = STATES[state]
    look = drawn.EVERY_LOOK[list(STATES).index(state) * 5 % len(drawn.EVERY_LOOK)]
    page = house.page(who, look)
    reply = page.goto(house.address(path, look[2]))
    assert reply is not None
    assert reply.status == 200
    told = " ".join(page.inner_text("main").split())
    for sentence in sentences:
        assert language(look[2]).text(sentence) in told, (state, told[:1500])
    drawn.accessible(page, f"state-{state.replace(' ', '-')}-{'-'.join(map(str, look))}")
    page.context.close()


def test_forced_colours_leave_everything_to_be_told_apart(house: House) -> None:
    """Windows' contrast themes: tables take the system's colours, pictures keep their own."""
    page = house.page(SALES, ("light", 1280, "en"))
    page.emulate_media(forced_colors="active")
    page.goto(house.address("/rounds/{first}/heatmap", "en"))
    system = page.evaluate(SYSTEM)
    cells = page.evaluate(COLOURS, ["table.heat td[class*=heat-]", "backgroundColor", "color"])
    assert len(cells) > 6
    assert {tuple(one) for one in cells} == {(system["Canvas"], system["CanvasText"])}
    here, there = (
        page.evaluate(COLOURS, [f".tabs a{which}", "borderBlockEndColor"])
        for which in ("[aria-current]", ":not([aria-current])")
    )
    assert {one for (one,) in there} == {system["Canvas"]}
    assert {one for (one,) in here} != {system["Canvas"]}, "which view one is on"
    page.goto(house.address("/rounds/{first}", "en"))
    parts = page.evaluate(COLOURS, ["svg.stances rect[class], svg.bar rect[class]", "fill"])
    assert len({one for (one,) in parts}) >= 3, "promoters, passives and detractors"
    kept = page.evaluate(COLOURS, ["main svg.chart", "forcedColorAdjust"])
    assert {one for (one,) in kept} == {"none"}, "or a browser draws words of one colour on all"
    page.context.close()


def test_a_printed_page_is_whole_and_can_be_told_apart_in_grey(
    house: House, tmp_path: Path
) -> None:
    page = house.page(SALES, ("dark", 1280, "en"))
    page.goto(house.address("/rounds/{first}", "en"))
    page.emulate_media(media="print", color_scheme="dark")
    for gone in (".navigation", ".account", ".languages", ".picker", ".tabs", "main form"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.locator("h1").bounding_box()["width"] > 40, "whose results these are"  # type: ignore[index]
    assert "The first round" in page.inner_text(".paper-only")
    [ground] = {one for (one,) in page.evaluate(COLOURS, ["body", "backgroundColor"])}
    assert lightness(ground) > 95, "paper is white, whatever the screen was"
    fills = [
        page.evaluate(COLOURS, [f"main rect.{kind}", "fill"])[0][0]
        for kind in ("promoter", "passive", "detractor")
    ]
    greys = sorted(map(lightness, fills))
    assert min(b - a for a, b in itertools.pairwise(greys)) > 8
    exact = page.evaluate(COLOURS, ["main svg.chart", "printColorAdjust"])
    assert {one for (one,) in exact} == {"exact"}, "or a browser leaves the colours out"
    (tmp_path / "page.pdf").write_bytes(page.pdf(format="A4", print_background=False))
    told = files.pdf_text((tmp_path / "page.pdf").read_bytes())
    assert told.count("Number of people") >= 3, "every table is open"
    assert "Sign out" not in told
    page.context.close()


SYSTEM = """() => Object.fromEntries(["Canvas", "CanvasText"].map(name => {
  const probe = document.body.appendChild(document.createElement("i"))
  probe.style.color = name
  return [name, getComputedStyle(probe).color]
}))"""
COLOURS = """([selector, ...names]) => [...document.querySelectorAll(selector)]
  .map(one => names.map(name => getComputedStyle(one)[name]))"""


def lightness(computed: str) -> float:
    """L* of a colour as a browser tells it."""
    red, green, blue = map(int, re.findall(r"\d+", computed)[:3])
    return colour.lightness(f"#{red:02x}{green:02x}{blue:02x}")
