"""Aminah signs in at her organisation's provider, a real one that runs beside the service."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx
import oidc_provider_mock
import pytest
import time_machine
from werkzeug.serving import make_server

from app.access import accounts
from app.kit.clock import now
from app.kit.settings import BadSettings, load
from tests import cast
from tests.journeys.browser import Page
from tests.site import Browser, Site, running_site, shared_database

# The provider is written against an older version of a library that we have too.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

VOUCHED: dict[str, object] = {"email_verified": True}
USERS = {
    "aminah": VOUCHED | {"email": cast.AMINAH.upper()},
    "unvouched": {"email": cast.AMINAH, "email_verified": False},
    "silent": {"email": cast.AMINAH},
    "devi": VOUCHED | {"email": cast.DEVI},
    "badrul": VOUCHED | {"email": cast.BADRUL},
}


@dataclass
class Office:
    """The provider, what it was asked, and what somebody in between makes of its answers."""

    issuer: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    swap: str = ""
    last: str = ""


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in USERS.items()]
    app = oidc_provider_mock.app(user_claims=users)
    office = Office()

    @app.before_request
    def note() -> None:
        asked = {**flask.request.args, **flask.request.form}
        office.asked.append((flask.request.path, asked))

    @app.after_request
    def between(reply: Any) -> Any:
        if flask.request.path == "/oauth2/token" and reply.status_code == 200:
            told = reply.get_json()
            office.last, told["id_token"] = told["id_token"], office.swap or told["id_token"]
            reply.set_data(flask.json.dumps(told))
        return reply

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="provider")
    thread.start()
    office.issuer = f"http://127.0.0.1:{server.server_port}"
    yield office
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, office: Office
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("sign-on")
    given = {
        "oidc_issuer": office.issuer,
        "oidc_client_id": "selaras",
        "oidc_client_secret": "a-secret-of-the-client",
        "oidc_name": "Contoh ID",
    }
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder, **given) as site,
    ):
        with site.database.writing() as session:
            accounts.add(session, cast.AMINAH, "hr", (), "test")
            accounts.add(session, cast.BADRUL, "hr", (), "test")
            accounts.disable(session, cast.BADRUL, "test")
        yield site


@pytest.fixture(autouse=True)
def straight(office: Office, site: Site) -> None:
    office.swap = ""
    office.asked.clear()
    with site.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tried")


def at_provider(browser: Browser, sub: str, address: str = "/sign-on") -> str:
    """Go there, say who one is, and be sent back: the address one comes back to."""
    there = browser.client.get(address).headers["location"]
    back = httpx.post(there, data={"sub": sub}).headers["location"]
    return back.removeprefix(browser.base_url)


def comes_back(browser: Browser, back: str, status: int = 200) -> Page:
    return browser.press(browser.open(back), "Sign in", status=status)


def test_aminah_signs_in_and_is_led_where_she_wanted(site: Site, office: Office) -> None:
    browser = site.browser()
    link = browser.open("/sign-in?next=/accounts").links["Sign in with Contoh ID"]
    back = at_provider(browser, "aminah", link)
    for method in ("HEAD", "GET"):
        assert "selaras=" not in str(browser.client.request(method, back).headers)
    assert comes_back(browser, back).path == "/accounts"
    assert cast.AMINAH in browser.open("/account").text
    assert "by sign-on" in browser.open("/account").text


def test_the_code_is_bound_to_this_browser_by_pkce(site: Site, office: Office) -> None:
    comes_back(browser := site.browser(), at_provider(browser, "aminah"))
    [begun] = [one for path, one in office.asked if path.endswith("authorize")]
    [asked] = [one for path, one in office.asked if path.endswith("token")]
    digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
    assert begun["code_challenge_method"] == "S256"
    assert begun["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert len(asked["code_verifier"]) >= 43
    assert begun["redirect_uri"] == f"{site.settings.base_url}/sign-on/back"
    assert len({begun["state"], begun["nonce"], asked["code_verifier"]}) == 3


def test_another_browsers_answer_signs_nobody_in(site: Site) -> None:
    """Or somebody could have Aminah work in an account of theirs."""
    theirs = at_provider(site.browser(), "aminah")
    for browser in (site.browser(), site.browser()):
        comes_back(browser, theirs, 400)
        at_provider(browser, "aminah")
        comes_back(browser, theirs, 400)
        assert browser.open("/account").path == "/sign-in"


@pytest.mark.parametrize("which", ["state", "code"])
def test_what_was_changed_on_the_way_signs_nobody_in(site: Site, which: str) -> None:
    browser = site.browser()
    back = at_provider(browser, "aminah")
    [value] = parse_qs(urlsplit(back).query)[which]
    other = "y" if value.startswith("x") else "x"
    comes_back(browser, back.replace(value, other + value[1:]), 400)
    assert browser.open("/account").path == "/sign-in"


def test_an_answer_works_once_and_for_ten_minutes(site: Site) -> None:
    browser = site.browser()
    back = at_provider(browser, "aminah")
    comes_back(browser, back)
    comes_back(browser, back, 400)
    late = site.browser()
    back = at_provider(late, "aminah")
    with time_machine.travel(now() + timedelta(minutes=11)):
        comes_back(late, back, 400)


def test_a_token_of_another_sign_in_is_not_believed(site: Site, office: Office) -> None:
    """Its signature holds; its nonce is not ours."""
    comes_back(browser := site.browser(), at_provider(browser, "aminah"))
    office.swap = office.last
    comes_back(other := site.browser(), at_provider(other, "devi"), 400)
    assert other.open("/account").path == "/sign-in"


def test_a_token_without_its_signature_is_not_believed(site: Site, office: Office) -> None:
    comes_back(browser := site.browser(), at_provider(browser, "aminah"))
    head, body, _ = office.last.split(".")
    plain = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    for forged in (f"{head}.{body}.", f"{plain}.{body}.", f"{head}.{body}.{'A' * 342}", "x"):
        office.swap = forged
        comes_back(other := site.browser(), at_provider(other, "aminah"), 400)


@pytest.mark.parametrize(
    ("sub", "status"), [("unvouched", 400), ("silent", 400), ("devi", 403), ("badrul", 403)]
)
def test_who_has_no_account_or_no_checked_address_stays_out(
    site: Site, sub: str, status: int
) -> None:
    before = site.count("account")
    browser = site.browser()
    comes_back(browser, at_provider(browser, sub), status)
    assert browser.open("/account").path == "/sign-in"
    assert site.count("account") == before


def test_signing_in_again_asks_the_provider_to_ask(site: Site, office: Office) -> None:
    browser = site.signed_in(cast.AMINAH)
    old = dict(browser.client.cookies)
    with time_machine.travel(now() + timedelta(minutes=20)):
        browser.open("/account")
    with time_machine.travel(now() + timedelta(minutes=40)):
        form = browser.open("/audit").forms[-1]
        asked = browser.send("/audit", form.pairs)
    assert asked.path == "/sign-in"
    back = at_provider(browser, "aminah", asked.links["Sign in with Contoh ID"])
    assert office.asked[-1][1]["prompt"] == "login"
    assert comes_back(browser, back).path == "/audit"
    stolen = httpx.get(f"{browser.base_url}/rounds", cookies=old)
    assert stolen.status_code == 303, "the session of before has ended"


@pytest.mark.parametrize("goal", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_nobody_is_led_to_another_site(site: Site, goal: str) -> None:
    browser = site.browser()
    back = at_provider(browser, "aminah", f"/sign-on?next={goal}")
    page = browser.open(back)
    sent = {"Origin": browser.base_url}
    reply = browser.client.post("/sign-on/back", data=dict(page.forms[-1].pairs), headers=sent)
    assert reply.headers["location"] == "/"


def test_a_provider_that_is_out_is_said_and_breaks_nothing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("out")
    out = {
        "oidc_issuer": "http://127.0.0.1:9",
        "oidc_client_id": "selaras",
        "oidc_client_secret": "a-secret-of-the-client",
    }
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder, **out) as site,
    ):
        assert "You are not signed in" in site.browser().open("/sign-on", status=503).text


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"oidc_issuer": "http://id.example.com"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "https://id.example.com"}, "OIDC_CLIENT_ID"),
    ],
)
def test_half_a_provider_stops_the_start(given: dict[str, str], named: str) -> None:
    with pytest.raises(BadSettings, match=named):
        load(_env_file=None, **given)
