"""By which names the service may be asked."""

import pytest

from tests.web.test_ingress import QUICK, parsed, serving, talk
from tests.web.test_security import Site, assert_sealed, make_site


@pytest.fixture(scope="module")
def site() -> Site:
    return make_site(base_url="https://survey.example.com", trusted_hosts="other.example.com, b.my")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("survey.example.com", 200),
        ("SURVEY.example.com.:443", 200),
        ("other.example.com", 200),
        ("b.my:8443", 200),
        # Nobody outside can point these anywhere: inside a network of containers, and by hand.
        ("selaras", 200),
        ("localhost:8000", 200),
        ("10.0.0.7:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("survey.example.com.evil.example", 421),
        ("example.com", 421),
        ("10.0.0.7.evil.example", 421),
        ("", 400),
        ("a b", 400),
        ("survey.example.com@evil.example", 400),
        ("survey.example.com/x", 400),
        ("survey.example.com:80:80", 400),
        ("survey.example.com, evil.example", 400),
    ],
)
def test_it_answers_to_its_own_names(site: Site, host: str, status: int) -> None:
    reply = site.get("/", headers={"Host": host})
    assert reply.status_code == status
    assert_sealed(reply.headers)
    if status == 421:
        assert "evil" not in reply.text
        assert reply.headers["connection"] == "close"


def test_who_watches_it_asks_by_any_name(site: Site) -> None:
    assert site.get("/healthz", headers={"Host": "node-7.cluster.internal"}).status_code == 200


def test_a_program_is_told_in_its_own_way(site: Site) -> None:
    reply = site.get("/api/v1/people", headers={"Host": "evil.example"})
    assert reply.status_code == 421
    assert "SELARAS_TRUSTED_HOSTS" in reply.json()["detail"]


def test_a_request_of_today_names_its_host() -> None:
    with serving(QUICK) as address:
        assert parsed(talk(address, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"))[0] == 400
        assert parsed(talk(address, b"GET / HTTP/1.0\r\n\r\n"))[0] == 200
