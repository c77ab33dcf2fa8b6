"""Breakdowns and files of rows where a round is planned, and the cells where its results are read."""

import random
from collections.abc import Iterator

import pytest

from tests.attackers.reading import published
from tests.attackers.test_reader_of_breakdowns import FIVE, boxed
from tests.journeys.browser import Browser
from tests.planning import planned
from tests.site import Site, running_site, shared_database

PEOPLE = 24


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("breakdowns")
    file = folder / "people.csv"
    lines = ["employee_id,name,email,department,location,start_date"]
    lines += [
        f"{n},P {n},p{n}@x.example,Ops,{'Ipoh' if n % 2 else 'Klang'},2020-03-01"
        for n in range(PEOPLE)
    ]
    file.write_text("\r\n".join(lines))
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as one:
        one.command("people", "import", str(file))
        yield one


@pytest.fixture(scope="module")
def hr(site: Site) -> Browser:
    return site.signed_in("hr@contoh.example")


def test_the_preview_says_what_a_breakdown_counts_and_the_promise_names_it(hr: Browser) -> None:
    page = planned(hr, "team_pulse", breakdowns=["location", "tenure"])
    assert page.row("Ipoh") == ["Ipoh", "12", "12"]
    assert page.row("3 years to less than 10")[1:] == ["24", "24"]
    assert "also shown by place of work, time in the company" in page.text
    form, _ = hr.open(page.links["Privacy"]).form_with("Save and continue")
    kept = [value for name, value in form.pairs if name == "breakdowns"]
    assert kept == ["location", "tenure"], "what was chosen is kept"


def test_files_of_rows_are_said_in_plain_words_and_not_with_breakdowns(hr: Browser) -> None:
    both = {"breakdowns": ["location"], "row_export": ["yes"]}
    page = planned(hr, "team_pulse", 422, **both)
    assert "both together would tell too much" in page.text
    page = planned(hr, "team_pulse", row_export=["yes"])
    assert "could look for their line" in page.text
    assert "as one line of a file, among at least 9 others" in page.text


def test_the_cells_stand_on_the_page_of_everybody(site: Site, hr: Browser) -> None:
    company = boxed(random.Random(3), FIVE)
    release = company.release()
    round_id = published(site, company, release)
    page = hr.open(f"/rounds/{round_id}")
    assert "By place of work" in page.text
    for cell in release["breakdowns"][0]["cells"]:
        row = page.row(cell["value"])
        if cell["disclosed"]:
            assert row[-2:] == [str(cell["answered"]), str(cell["invited"])]
        else:
            assert row == [cell["value"], "too few answers, or protected"]
