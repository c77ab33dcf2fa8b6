"""What the page of a round under way asks is the same however many people and departments it has."""

from collections.abc import Iterator

import pytest

from app.surveys import library
from tests.journeys.browser import Browser
from tests.results.rounds import launched, staffed
from tests.site import Site, running_site, shared_database
from tests.web.test_results_cost import statements

SURVEY = library.template("team_pulse")


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("open")
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as one:
        yield one


def test_it_asks_no_more_for_sixty_departments_than_for_two(site: Site) -> None:
    hr: Browser = site.signed_in("hr@contoh.example")
    asked = []
    for departments in (2, 60):
        staffed(site.runtime, {f"Of {departments}/{n:02}": 8 for n in range(departments)})
        round_id = launched(site.runtime, SURVEY)
        hr.open(f"/rounds/{round_id}")
        # Twice: every few seconds one request reads anew how the installation looks.
        asked.append(min(statements(site, hr, f"/rounds/{round_id}") for _ in range(2)))
    assert asked[0] == asked[1] == 23, asked
