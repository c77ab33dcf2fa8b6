"""HR's pages of series: made, looked at, paused, started again and taken away."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.kit.clock import now
from tests import cast
from tests.journeys.browser import Browser, Page
from tests.site import Site, running_site, shared_database


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("series")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def hr(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


def made(hr: Browser, status: int = 200, **given: str | list[str]) -> Page:
    return hr.press(hr.open("/series/new"), "Add the series", fill=given, status=status)


def test_a_series_is_made_seen_paused_started_and_taken_away(site: Site, hr: Browser) -> None:
    first = (now() + timedelta(days=40)).astimezone(site.settings.zone)
    page = made(hr, name="Nadi {number}", rhythm="weekly", open_days="5", first=_typed(first))
    assert page.heading == "Series"
    coming = [one.text for one in page.tree.one("ol").all("li")]
    assert len(coming) == 3
    assert all(f"{first:%H:%M} (Asia/Kuala_Lumpur)" in one for one in coming)
    assert "58 people each time" in page.text
    paused = hr.press(page, "Pause")
    assert "Would open next" in paused.text
    hr.press(page, "Pause", status=409)
    assert "Opens next" in hr.press(paused, "Start it").text
    assert "There is no series yet." in hr.press(page, "Take this series away").text
    for act in ("added", "paused", "resumed", "removed"):
        assert site.count("audit_entry", f"action = 'series.{act}'") >= 1


def test_a_share_of_people_is_asked_and_the_page_says_so(site: Site, hr: Browser) -> None:
    half = {
        "first": _typed(now().astimezone(site.settings.zone)),
        "share": "50",
        "rest_weeks": "2",
        "rhythm": "weekly",
        "open_days": "5",
    }
    page = made(hr, name="Separuh", departments=[cast.SALES, cast.MARKETING], **half)
    assert "50% of the people, about 16 each time; nobody again within 2 weeks" in page.text
    site.work()
    opened = hr.open(page.path)
    round_ = hr.open(opened.links["opened"])
    assert round_.row("16")[0] == "16", "asked"
    hr.press(opened, "Take this series away")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"first": "soon"}, "first"),
        ({"rhythm": "weekly", "open_days": "8"}, "open_days"),
        ({"min_group": "3"}, "min_group"),
        ({"rhythm": "weekly", "open_days": "5", "share": "30", "rest_weeks": "4"}, "share"),
        ({"survey": "sales_marketing_alignment", "departments": [cast.HR]}, "sides"),
        ({"survey": "sales_marketing_alignment", "sides": "sales"}, "sides"),
        ({"departments": [cast.HR], "share": "10"}, "departments"),
    ],
)
def test_what_could_never_open_is_said_beside_its_field(
    site: Site, hr: Browser, given: dict[str, str | list[str]], field: str
) -> None:
    page = made(hr, 422, **{"name": "Salah", **given})
    assert page.tree.one("div", id="errors").one("a")["href"] == f"#{field}"
    assert page.tree.all(id=field)
    assert not site.count("series")


def test_with_four_eyes_another_person_starts_it(site: Site, hr: Browser) -> None:
    devi = site.signed_in(cast.DEVI)
    settings = devi.open("/settings")
    form = next(one for one in settings.forms if one.action.endswith("/four-eyes"))
    devi.send(form.action, [*form.pairs, ("four_eyes", "yes")])
    page = made(hr, name="Dua orang")
    assert "another person of HR starts it" in page.text
    assert not site.count("job", "kind = 'series' and state = 'waiting'")
    start, _ = devi.open("/series").form_with("Start it")
    csrf = [pair for pair in page.forms[-1].pairs if pair[0] == "csrf"]
    assert "another person must start" in hr.send(start.action, csrf, status=409).text
    started = devi.press(devi.open("/series"), "Start it")
    assert "Opens next" in started.text
    devi.press(started, "Take this series away")
    devi.send(form.action, form.pairs)


def _typed(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"
