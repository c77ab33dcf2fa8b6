"""A running installation with people, and programs with keys of each role."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from app.access import keys
from tests import cast
from tests.site import Site, running_site, shared_database


@dataclass
class Programs:
    """Clients of the API, each with a key of its own."""

    site: Site
    clients: list[httpx.Client] = field(default_factory=list)

    def of(self, role: str, *departments: str, days: int | None = None) -> httpx.Client:
        with self.site.database.writing() as session:
            made = keys.create(session, role, f"{role} program", departments, "test", days)
        return self.with_key(made.token)

    def with_key(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        base = f"{self.site.settings.base_url}/api/v1"
        client = httpx.Client(base_url=base, headers=headers, timeout=30)
        self.clients.append(client)
        return client

    def close(self) -> None:
        for client in self.clients:
            client.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("api")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def programs(site: Site) -> Iterator[Programs]:
    made = Programs(site)
    yield made
    made.close()


@pytest.fixture(scope="module")
def hr(programs: Programs) -> httpx.Client:
    return programs.of("hr")


@pytest.fixture(scope="module")
def manager(programs: Programs) -> httpx.Client:
    return programs.of("manager", cast.SALES)
