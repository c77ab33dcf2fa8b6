"""Signing in by a mailed link: once, confirmed by a button, and telling strangers nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import time_machine

from app.access import accounts, sign_in
from app.kit.clock import now
from app.web import gate
from app.web.security import cookie_name
from tests import cast
from tests.journeys.browser import Browser, Page
from tests.site import Site, plain, running_site


@pytest.fixture
def site(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Site]:
    with running_site(database_url, tmp_path) as site:
        with site.database.writing() as session:
            accounts.add(session, cast.AMINAH, "hr", (), "test")
        yield site


@pytest.fixture
def small_site(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """Where the kind of database cannot matter."""
    with running_site(sqlite_url, tmp_path) as site:
        with site.database.writing() as session:
            accounts.add(session, cast.AMINAH, "hr", (), "test")
        yield site


def asks(site: Site, email: str) -> Page:
    browser = site.browser()
    return browser.press(browser.open("/sign-in"), "E-mail me a link", fill={"email": email})


def mailed(site: Site, email: str = cast.AMINAH) -> list[str]:
    """The links of everything mailed to this address."""
    site.work()
    found = (re.search(r"http://\S+/sign-in/\S+", plain(mail)) for mail in site.mails(email))
    return [one[0] for one in found if one]


def test_aminah_signs_in_once_by_a_link_that_a_scanner_opened_first(
    request: pytest.FixtureRequest, site: Site
) -> None:
    asks(site, "  Aminah@Contoh.example.com ")
    [link] = mailed(site)
    for method in ("HEAD", "GET", "GET", "OPTIONS"):
        reply = httpx.request(method, link)
        assert "set-cookie" not in reply.headers
    browser = site.browser()
    home = browser.press(browser.open(link), "Sign in")
    assert home.path == "/"
    assert cast.AMINAH in home.text
    again = site.browser().open(link, status=404)
    assert again.heading == "This link cannot be used any more"
    assert not site.browser().client.cookies


def test_the_cookie_is_for_this_site_and_no_script(small_site: Site) -> None:
    asks(small_site, cast.AMINAH)
    [link] = mailed(small_site)
    reply = httpx.post(link, headers={"Origin": small_site.settings.base_url})
    parts = [part.strip().lower() for part in reply.headers["set-cookie"].split(";")]
    assert {"httponly", "samesite=lax", "path=/"} <= set(parts)
    assert not [part for part in parts if part.startswith(("domain", "expires", "max-age"))]


def test_strangers_learn_nothing(small_site: Site) -> None:
    with small_site.database.writing() as session:
        accounts.add(session, cast.BADRUL, "hr", (), "test")
        accounts.disable(session, cast.BADRUL, "test")
    pages = {
        email: asks(small_site, email).html.replace(email, "ADDRESS")
        for email in (cast.AMINAH, cast.DEVI, cast.BADRUL)
    }
    assert len(set(pages.values())) == 1
    assert len(mailed(small_site)) == 1
    assert mailed(small_site, cast.DEVI) == mailed(small_site, cast.BADRUL) == []


def test_asking_again_and_again_sends_no_flood(site: Site) -> None:
    for _ in range(20):
        asks(site, cast.AMINAH)
    assert len(mailed(site)) <= gate.LINKS.most


def test_asking_again_and_again_sends_no_flood_while_mails_go_out(small_site: Site) -> None:
    for _ in range(10):
        asks(small_site, cast.AMINAH)
        small_site.work()
    assert len(mailed(small_site)) == gate.LINKS.most


def test_a_link_that_is_too_old_says_so(small_site: Site) -> None:
    asks(small_site, cast.AMINAH)
    [link] = mailed(small_site)
    with time_machine.travel(now() + timedelta(minutes=16)):
        browser = small_site.browser()
        page = browser.open(link, status=404)
        assert page.links["Get a new link"] == "/sign-in"
        assert httpx.post(link, headers={"Origin": browser.base_url}).status_code == 404


def test_a_disabled_account_is_out_at_once(small_site: Site) -> None:
    badrul = signed_in(small_site, cast.BADRUL)
    with small_site.database.writing() as session:
        accounts.disable(session, cast.BADRUL, "test")
    assert badrul.open("/rounds").path == "/sign-in"


def test_a_session_ends_at_once_in_every_process(
    site: Site, database_url: str, tmp_path: Path
) -> None:
    """Another process over the same database remembers nothing of whom it has seen."""
    badrul = signed_in(site, cast.BADRUL)
    cookies = dict(badrul.client.cookies)
    with running_site(database_url, tmp_path) as other:
        address = f"{other.settings.base_url}/rounds"
        assert httpx.get(address, cookies=cookies).status_code == 200
        with site.database.writing() as session:
            accounts.disable(session, cast.BADRUL, "test")
        assert httpx.get(address, cookies=cookies).status_code == 303
        assert badrul.open("/rounds").path == "/sign-in"


def signed_in(site: Site, email: str) -> Browser:
    browser = site.signed_in(email)
    assert browser.open("/rounds").path == "/rounds"
    return browser


@pytest.mark.parametrize(("minutes", "inside"), [(29, True), (31, False)])
def test_an_idle_session_ends(small_site: Site, minutes: int, inside: bool) -> None:
    aminah = signed_in(small_site, cast.AMINAH)
    with time_machine.travel(now() + timedelta(minutes=minutes)):
        assert (aminah.open("/rounds").path == "/rounds") == inside


def test_whose_session_ends_while_writing_keeps_the_words_and_is_led_back(small_site: Site) -> None:
    aminah = signed_in(small_site, cast.AMINAH)
    page = aminah.open("/actions/new")
    form, _ = page.form_with("Save")
    fill = {"what": "Sit together <b>each</b> Monday", "who": "Badrul"}
    with time_machine.travel(now() + timedelta(minutes=31)):
        aminah.client.headers["Referer"] = page.address
        kept = aminah.press(page, "Save", fill=fill, status=403)
        assert kept.heading == "You have been signed out"
        assert [one.text for one in kept.tree.all("p", **{"class": "kept"})] == [fill["what"]]
        assert form.value("csrf") not in kept.html
        assert kept.links["Sign in"] == "/sign-in?next=/actions/new"
        again = aminah.open("/rounds/compare?one=x")
        assert "led back to where you were" in again.text
        assert again.address.endswith("/sign-in?ended=1&next=/rounds/compare%3Fone%3Dx")


@pytest.mark.parametrize(
    "back", ["//evil.example/x", "https://evil.example/x", "https://x.example//evil.example"]
)
def test_nobody_is_led_elsewhere_after_signing_in(small_site: Site, back: str) -> None:
    headers = {"Origin": small_site.settings.base_url, "Referer": back}
    aminah = signed_in(small_site, cast.AMINAH)
    page = aminah.open("/actions/new")
    with time_machine.travel(now() + timedelta(minutes=31)):
        aminah.client.headers.update(headers)
        kept = aminah.press(page, "Save", fill={"what": "two words"}, status=403)
        assert kept.links["Sign in"] in {"/sign-in", "/sign-in?next=/x"}, "a page of ours"


def test_signing_out_ends_the_session_and_clears_the_browser(small_site: Site) -> None:
    aminah = signed_in(small_site, cast.AMINAH)
    stolen = dict(aminah.client.cookies)
    form, _ = aminah.open("/").form_with("Sign out")
    sent = {"Origin": aminah.base_url, "Content-Type": "application/x-www-form-urlencoded"}
    reply = aminah.client.post(form.action, content=f"csrf={form.value('csrf')}", headers=sent)
    assert '"storage"' in reply.headers["clear-site-data"]
    assert aminah.open("/rounds").path == "/sign-in"
    thief = httpx.get(f"{aminah.base_url}/rounds", cookies=stolen)
    assert thief.status_code == 303


def test_two_sessions_are_two_tokens_and_a_token_serves_its_own_only(small_site: Site) -> None:
    first, second = (signed_in(small_site, cast.AMINAH) for _ in range(2))
    form, _ = first.open("/").form_with("Sign out")
    second.send("/sign-out", form.pairs, status=403)
    assert second.open("/rounds").path == "/rounds"


@pytest.mark.parametrize("email", ["", "x" * 255, "a\x00b", "a\x01@b.example.com"])
def test_what_is_no_address_is_refused(small_site: Site, email: str) -> None:
    reply = httpx.post(f"{small_site.settings.base_url}/sign-in", data={"email": email})
    assert reply.status_code in {400, 422}


@pytest.mark.parametrize(
    ("header", "status"), [("Host", 421), ("X-Forwarded-Host", 200), ("X-Original-URL", 200)]
)
def test_the_mailed_link_leads_here_whatever_the_request_says(
    small_site: Site, header: str, status: int
) -> None:
    reply = httpx.post(
        f"{small_site.settings.base_url}/sign-in",
        data={"email": cast.AMINAH},
        headers={header: "evil.example"},
    )
    assert reply.status_code == status
    links = mailed(small_site) if status == 200 else []
    assert all(link.startswith(small_site.settings.base_url) for link in links)
    assert len(links) == (status == 200)


@pytest.mark.parametrize(
    "goal",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/é", "/" * 401],
)
def test_nobody_is_led_to_another_site(small_site: Site, goal: str) -> None:
    with small_site.database.writing() as session:
        account = accounts.add(session, cast.AMINAH, "hr", (), "test")
        token = sign_in.new_link(session, account)
    base = small_site.settings.base_url
    reply = httpx.post(f"{base}/sign-in/{token}", params={"next": goal}, headers={"Origin": base})
    assert (reply.status_code, reply.headers["location"]) == (303, "/")


def test_of_two_sessions_at_once_none_is_believed(small_site: Site) -> None:
    """Somebody planted one of them: whose page would be shown?"""
    ours = small_site.signed_in(cast.AMINAH).client
    other = small_site.signed_in("it@contoh.example.com", "it").client
    name = cookie_name(small_site.settings)
    both = [f"{name}={one.cookies[name]}" for one in (ours, other)]
    for pairs in (both, both[::-1]):
        reply = httpx.get(
            f"{small_site.settings.base_url}/people", headers={"Cookie": "; ".join(pairs)}
        )
        assert reply.status_code == 303
        assert reply.headers["location"].startswith("/sign-in?")
