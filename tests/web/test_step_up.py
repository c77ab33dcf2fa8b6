"""What a session left alone must not give away: each such act asks for a fresh sign-in first."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from app.access import sign_in
from app.kit.clock import now
from tests import cast
from tests.contracts.test_routes import ALL, Objects, Route, ask
from tests.journeys.browser import Browser
from tests.site import Site, running_site

# Of an installation with mail; the password's page, without mail, is in test_password_pages.py.
ASKED = {
    "POST /rounds/{round_id}/export",
    "POST /rounds/{round_id}/audit",
    "POST /audit",
    "GET /keys/new",
    "POST /keys/new",
    "GET /people/{person_id}/erase",
    "POST /people/{person_id}/erase",
    "POST /accounts",
    "POST /accounts/proposed",
    "POST /accounts/{account_id}/link",
    "POST /accounts/{account_id}/deputies",
    "POST /account/deputies",
}


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("step-up")
    (folder / "selaras.db").write_bytes(sqlite_template.read_bytes())
    with running_site(f"sqlite:///{folder / 'selaras.db'}", folder) as one:
        yield one.with_people()


def leads(site: Site, browser: Browser, route: Route, named: dict[str, str]) -> str:
    """Where it leads, if it asks for another sign-in."""
    where = urlsplit(ask(site, browser, route, named).headers.get("location", ""))
    query = parse_qs(where.query)
    return query["next"][0] if where.path == "/sign-in" and "again" in query else ""


def aged(site: Site) -> None:
    """Everybody who is signed in did so longer ago than is fresh."""
    before = now() - sign_in.FRESH - timedelta(minutes=1)
    with site.database.engine.begin() as connection:
        connection.execute(text("UPDATE staff_session SET created_at = :at"), {"at": before})


def found(site: Site, routes: list[Route]) -> set[str]:
    """Those of the routes that ask somebody who signed in long ago to do so again."""
    people = {
        "hr": site.signed_in(cast.AMINAH),
        "manager": site.signed_in(cast.BADRUL, "manager", [cast.SALES]),
    }
    objects = Objects(site)
    named = {str(one): one.of(objects) for one in routes}
    aged(site)
    asking = set()
    for route in routes:
        role = "hr" if route.expected["hr"] != 404 else "manager"
        back = leads(site, people[role], route, named[str(route)])
        if back:
            # It leads back to what can be opened by a link.
            assert people[role].client.get(back).status_code in {200, 303}
            asking.add(str(route))
    return asking


def assert_asked(site: Site, wanted: set[str]) -> None:
    assert found(site, [one for one in ALL if str(one) in wanted]) == wanted


def test_what_gives_something_away_asks_for_a_fresh_sign_in(site: Site) -> None:
    assert_asked(site, ASKED)
    routes = [one for one in ALL if one.path != "/sign-out" and not one.path.startswith("/s/")]
    quick = [one for one in routes if str(one) not in ASKED and "{" not in one.path]
    assert found(site, quick) == set(), "and nothing else does"
