"""An installation without mail: Aminah signs in with a password and the code of an app."""

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pyotp
import pytest
import time_machine

from app.access import accounts
from app.audit import log
from app.kit.clock import now
from app.kit.limits import Limit
from app.web import gate
from tests import cast
from tests.journeys.browser import Page
from tests.site import Browser, Site, running_site, shared_database

GOOD = "kucing hijau makan nasi"
MINUTE = timedelta(minutes=1)
WRONG = "These three do not belong together"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("passwords")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder, mail_url="") as site,
    ):
        with site.database.writing() as session:
            accounts.add(session, cast.SALMAH, "hr", (), "test")
        yield site


@pytest.fixture(autouse=True)
def untried(site: Site) -> None:
    """Every test begins with the tries of none."""
    with site.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tried")


def code_of(key: str, at: int = 0) -> str:
    return pyotp.TOTP(key).at(now() + at * timedelta(seconds=30))


def established(site: Site, email: str) -> tuple[str, list[str], Browser]:
    """Somebody sets a password, as the pages lead: the app's key, the codes, and their browser."""
    browser = site.signed_in(email)
    page = browser.open(browser.open("/account").links["Set a password"])
    key = re.sub(r"\s", "", re.search(r"Key: ((?:[A-Z2-7]{4} ?){8})", page.text)[1])  # type: ignore[index]
    page = browser.press(page, "Set the password", fill={"password": GOOD, "code": code_of(key)})
    codes = re.findall(r"<code>(\w{4} \w{4} \w{4})</code>", page.html)
    assert len(codes) == 10
    return key, codes, browser


@pytest.fixture(scope="module")
def aminah(site: Site) -> tuple[str, list[str]]:
    with time_machine.travel(now() - 5 * MINUTE, tick=False):
        key, codes, _ = established(site, cast.AMINAH)
    return key, codes


def tries(site: Site, email: str, password: str, code: str, status: int = 200) -> Page:
    browser = site.browser()
    page = browser.open("/sign-in")
    fill = {"email": email, "password": password, "code": code}
    return browser.press(page, "Sign in", fill=fill, status=status)


def test_she_gets_in_with_all_three_and_each_code_once(
    site: Site, aminah: tuple[str, list[str]]
) -> None:
    key, codes = aminah
    with time_machine.travel(now(), tick=False):
        assert tries(site, cast.AMINAH.upper(), GOOD, code_of(key)).path == "/"
        assert WRONG in tries(site, cast.AMINAH, GOOD, code_of(key), 422).text, "replayed"
    assert tries(site, cast.AMINAH, GOOD, codes[0]).path == "/"
    assert WRONG in tries(site, cast.AMINAH, GOOD, codes[0], 422).text
    assert site.count("audit_entry", "action = 'session.refused'") >= 2


def test_strangers_learn_nothing_and_no_password_comes_back(
    site: Site, aminah: tuple[str, list[str]]
) -> None:
    key, _ = aminah
    with site.database.writing() as session:
        accounts.add(session, cast.BADRUL, "hr", (), "test")
        accounts.disable(session, cast.BADRUL, "test")
    told = set()
    for email, password, code in (
        (cast.AMINAH, "wrong and long enough", code_of(key, 2)),
        (cast.AMINAH, GOOD, "000000"),
        (cast.SALMAH, GOOD, "000000"),
        (cast.BADRUL, GOOD, "000000"),
        (cast.DEVI, GOOD, "000000"),
    ):
        page = tries(site, email, password, code, 422)
        assert password not in page.html
        told.add(page.html.replace(email, "ADDRESS"))
    assert len(told) == 1
    assert WRONG in told.pop()


def test_guessing_is_slowed_down_for_an_account_whether_it_exists_or_not(
    site: Site, aminah: tuple[str, list[str]]
) -> None:
    _, codes = aminah
    with time_machine.travel(now(), tick=False) as clock:
        for email in (cast.AMINAH, cast.DEVI):
            for _ in range(gate.CODE.most):
                tries(site, email, GOOD, "000000", 422)
            assert "Too many tries" in tries(site, email, GOOD, "000000", 429).text
        tries(site, cast.AMINAH, GOOD, codes[1], 429)
        clock.shift(2 * MINUTE)
        assert tries(site, cast.AMINAH, GOOD, codes[1]).path == "/", "the code was not used up"
        for _ in range(gate.CODE.most):
            tries(site, cast.AMINAH, GOOD, "000000", 422)


def test_one_machine_that_tries_many_addresses_is_slowed_down(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Limit("sign-in-address", 30, 15 * MINUTE) == gate.ADDRESS
    assert Limit("sign-in", 1_000, 5 * MINUTE) == gate.EVERYBODY
    monkeypatch.setattr(gate, "ADDRESS", Limit("sign-in-address", 3, 15 * MINUTE))
    with time_machine.travel(now(), tick=False):
        for number in range(3):
            tries(site, f"p{number}@contoh.example.com", GOOD, "000000", 422)
        tries(site, cast.DEVI, GOOD, "000000", 429)


def test_setting_it_anew_ends_the_other_sessions_and_the_old_password(site: Site) -> None:
    with time_machine.travel(now() - 5 * MINUTE, tick=False):
        old, _, first = established(site, cast.CHONG)
    second = site.signed_in(cast.CHONG)
    page = second.open("/account/password")
    new = re.sub(r"\s", "", re.search(r"Key: ((?:[A-Z2-7]{4} ?){8})", page.text)[1])  # type: ignore[index]
    assert new != old
    fill = {"password": "meja kerusi lampu buku", "code": code_of(old)}
    page = second.press(page, "Set the password", fill=fill, status=422)
    assert "not the code the app shows" in page.text
    second.press(page, "Set the password", fill=fill | {"code": code_of(new)})
    assert first.open("/rounds").path == "/sign-in"
    assert second.open("/rounds").path == "/rounds"
    assert WRONG in tries(site, cast.CHONG, GOOD, code_of(old), 422).text


def test_a_password_is_set_only_soon_after_signing_in(site: Site) -> None:
    salmah = site.signed_in(cast.SALMAH)
    with time_machine.travel(now() + 20 * MINUTE, tick=False):
        salmah.open("/account")
    with time_machine.travel(now() + 40 * MINUTE, tick=False):
        page = salmah.open("/account/password")
    assert page.path == "/sign-in"
    assert "Sign in again and you are led back" in page.text
    assert page.forms[0].value("email") == cast.SALMAH


def test_signing_in_gives_a_new_session_and_ends_the_one_before(
    site: Site, aminah: tuple[str, list[str]]
) -> None:
    """A cookie somebody planted is worth nothing after it."""
    browser = site.signed_in(cast.AMINAH)
    planted = dict(browser.client.cookies)
    fill = {"email": cast.AMINAH, "password": GOOD, "code": aminah[1][2]}
    # The sign-in page has no token: a session would need one.
    form = browser.open("/sign-in").forms[-1]
    sent = httpx.post(
        f"{browser.base_url}/sign-in", data=fill, headers={"Origin": browser.base_url}
    )
    assert form.buttons
    assert sent.status_code == 303
    assert sent.cookies
    assert set(sent.cookies.values()).isdisjoint(planted.values())


def test_without_a_password_the_page_says_who_makes_a_link(site: Site) -> None:
    page = site.browser().open("/sign-in")
    assert "selaras account link" in page.text
    link = site.command("account", "link", cast.SALMAH).stdout.strip()
    browser = site.browser()
    assert browser.press(browser.open(link), "Sign in").path == "/"
    assert site.command("account", "link", cast.DEVI, check=False).returncode == 1


def test_who_signed_in_how_is_in_the_log(site: Site, aminah: tuple[str, list[str]]) -> None:
    with site.database.reading() as session:
        account = accounts.by_email(session, cast.AMINAH)
        assert account is not None
        acts = {one.action for one in log.entries(session, account.id)}
    assert acts >= {"password.set", "session.begun"}
