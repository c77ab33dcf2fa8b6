"""Results pages of groups that are shown as a band, left over together, or reported together."""

from collections.abc import Iterator

import pytest

from tests.attackers.reading import published
from tests.journeys.browser import Browser
from tests.results.company import Company, classed, example, survey_of
from tests.site import Site, running_site, shared_database


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("results")
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as one:
        yield one


@pytest.fixture(scope="module")
def hr(site: Site) -> Browser:
    return site.signed_in("hr@contoh.example")


def with_band(promoters: int, others: int) -> Company:
    company = Company(survey_of())
    sales = (promoters, others, 0)
    for path, some in {"Sales": sales, "Ops": (2, 2, 3), "Plant": (4, 3, 3)}.items():
        company.add(path, 8, classed(*some))
    return company


def test_a_band_says_no_figure_but_who_took_part(site: Site, hr: Browser) -> None:
    pages = []
    for company in (with_band(6, 0), with_band(5, 1)):
        round_id = published(site, company, company.release())
        page = hr.open(f"/rounds/{round_id}/departments/Sales")
        assert page.row("Sales") == ["Sales", "all or nearly all are promoters", "6", "8"]
        pages.append(page.html.replace(round_id, ""))
    main = [html[html.index("<h1") :].split("Results by department")[0] for html in pages]
    assert main[0] == main[1], "six of six and five of six are one page"
    assert "Score" not in main[0]


def test_other_departments_have_a_page_with_their_number(site: Site, hr: Browser) -> None:
    company = example()
    round_id = published(site, company, company.release())
    first = hr.open(f"/rounds/{round_id}")
    page = hr.open(first.links["Other departments"])
    assert page.heading == "Other departments (10)"
    assert page.row("Other departments")[-5:-2] == ["2", "5", "3"]
    assert page.tree.all("article"), "its questions as well"


def test_a_member_of_a_reporting_group_leads_to_the_group(site: Site) -> None:
    company = Company(survey_of())
    company.add("Office", 9, classed(3, 3, 3))
    company.add("Office/Finance", 0)
    company.add("Plant", 12, classed(4, 4, 4))
    round_id = published(site, company, company.release())
    hr = site.signed_in("another@contoh.example")
    assert hr.open(f"/rounds/{round_id}/departments/Office/Finance").heading == "Office"
    assert hr.open(f"/rounds/{round_id}/departments/Nowhere", status=404)


def test_hr_may_download_what_the_audit_did(site: Site, hr: Browser) -> None:
    round_ = site.with_people().opened("Commercial", survey="team_pulse")
    round_.close()
    page = hr.open(f"/rounds/{round_.id}")
    hr.press(page, "Release the results")
    report = hr.client.post(
        f"/rounds/{round_.id}/audit", data={"csrf": page.form_with("Extend")[0].value("csrf")}
    ).json()
    assert report["leaks_left"] == 0
    assert report["blocks"] > 3
