"""What a page of results asks of the database is the same in a small company and in a large one."""

import json
import random
from collections.abc import Iterator

import pytest

from app.results import release
from app.results.models import Release
from tests.attackers.reading import published
from tests.journeys.browser import Browser
from tests.responses.test_cost import recorded
from tests.results.company import Company, classed, random_company, survey_of
from tests.site import Site, running_site, shared_database

# Who is signed in; the rounds of the survey; the release and its hidden comments, or the groups.
VIEWS = {"": 4, "/heatmap": 2, "/trend": 3, "/gaps": 4, "/comments": 4, "/conversation": 4}


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("cost")
    with shared_database(request, "sqlite", folder) as url, running_site(url, folder) as one:
        yield one


@pytest.fixture(scope="module")
def hr(site: Site) -> Browser:
    return site.signed_in("hr@contoh.example")


def large() -> Company:
    company = Company(survey_of())
    for n in range(40):
        company.add(f"Department {n:02}", 12, classed(4, 4, 2))
    return company


def asked(site: Site, hr: Browser, round_id: str) -> dict[str, int]:
    found = {}
    for view in VIEWS:
        hr.open(f"/rounds/{round_id}{view}")
        # Twice: every few seconds one request reads anew how the installation looks.
        found[view] = min(statements(site, hr, f"/rounds/{round_id}{view}") for _ in range(2))
    return found


def statements(site: Site, hr: Browser, address: str) -> int:
    with recorded(site.runtime) as found:
        hr.open(address)
    return sum(one.startswith(("SELECT", "WITH")) for one, _ in found)


def test_every_view_asks_few_statements_whatever_the_size(site: Site, hr: Browser) -> None:
    small = random_company(random.Random(4), survey_of())
    first = published(site, small, small.release())
    assert asked(site, hr, first) == VIEWS
    company = large()
    for _ in range(3):
        last = published(site, company, company.release())
    assert asked(site, hr, last) == VIEWS


def test_what_is_kept_of_a_release_is_changed_by_no_page_and_no_file(
    site: Site, hr: Browser
) -> None:
    company = random_company(random.Random(5), survey_of())
    round_id = published(site, company, company.release())
    for view in (*VIEWS, "/diagnosis", "/method", "/export", "/departments/", "/items/a1"):
        hr.open(f"/rounds/{round_id}{view}")
    with site.database.reading() as session:
        stored = json.loads(session.get_one(Release, round_id).document)
        kept = dict(release.read(session, round_id))
    del stored["comments"], kept["comments"]
    assert kept == stored
