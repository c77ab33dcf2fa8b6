"""A mail gateway opens every link of every mail before its reader does, and changes nothing."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import inspect, text

from app.access import accounts
from app.campaigns import rounds
from app.responses.submission import Submission
from app.results import release
from app.web.routes.respond import Respond
from tests import cast
from tests.site import Round, Site, plain, rich, running_site

LINK = re.compile(r"http://127\.0\.0\.1:\d+[^\s\"'<>)]*")
CHROMIUM = shutil.which("chromium")
SCANNERS = ("Mozilla/5.0 (compatible; SafeLinks)", "curl/8.5.0")


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with running_site(database_url, tmp_path) as site:
        yield site.with_people()


def everything_was_mailed(site: Site) -> Round:
    """Invitations of an open, a closed and a released round, sign-in links, and what staff hear."""
    others = [site.opened(path, survey="team_pulse") for path in ("Operations", "Human Resources")]
    round_ = site.opened("Commercial")
    site.work()
    site.answer(round_.links[cast.CHONG])
    with site.database.writing() as session:
        accounts.add(session, cast.AMINAH, "hr", [], "test")
        accounts.add(session, cast.BADRUL, "manager", [cast.HR], "test")
        for other in others:
            rounds.close(session, other.id, "test")
        keyring, zone = site.runtime.keyring, site.settings.zone
        release.release(session, keyring, zone, others[1].id, "test")
    hr = site.browser()
    page = hr.open("/sign-in")
    hr.press(page, page.forms[-1].buttons[-1].text, fill={"email": cast.AMINAH})
    site.work()
    subjects = {mail["subject"] for mail in site.sink.mails}
    assert len(subjects) >= 4, subjects
    return round_


def links(site: Site) -> list[str]:
    """Every address of this installation in any mail, its headers included."""
    found: dict[str, None] = {}
    for mail in site.sink.mails:
        words = [plain(mail), rich(mail).replace("&amp;", "&"), *map(str, mail.values())]
        for piece in words:
            found |= dict.fromkeys(one.rstrip(".,") for one in LINK.findall(piece))
    return list(found)


def database(site: Site) -> dict[str, list[str]]:
    """Every row of every table."""
    with site.database.reading() as session:
        connection = session.connection()
        return {
            table: sorted(str(row) for row in connection.execute(text(f'SELECT * FROM "{table}"')))
            for table in inspect(connection).get_table_names()
        }


def scan(site: Site, addresses: list[str]) -> None:
    for agent in SCANNERS:
        with httpx.Client(headers={"User-Agent": agent}, timeout=30) as client:
            for address in addresses:
                for method in ("HEAD", "GET", "GET"):
                    reply = client.request(method, address, follow_redirects=True)
                    assert reply.status_code < 500, (method, address)


def scan_with_scripts(addresses: list[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for address in addresses:
            tab = browser.new_page()
            tab.goto(address)
            tab.wait_for_load_state("networkidle")
            tab.mouse.wheel(0, 2000)
            tab.close()
        browser.close()


def test_opening_every_link_of_every_mail_changes_no_row(site: Site) -> None:
    round_ = everything_was_mailed(site)
    addresses = links(site)
    kinds = {re.sub(r"/[\w-]{20,}.*|/[a-z2-9]{6}$", "", one.split("/", 3)[-1]) for one in addresses}
    assert kinds >= {"s", "sign-in", "rounds"}, kinds
    before = database(site)

    scan(site, addresses)

    assert database(site) == before
    still_works(site, round_)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_scanner_that_runs_scripts_changes_no_row(sqlite_url: str, tmp_path: Path) -> None:
    with running_site(sqlite_url, tmp_path) as site:
        round_ = everything_was_mailed(site.with_people())
        addresses = links(site)
        surveys = [one for one in addresses if "/s/" in one]
        before = database(site)

        scan_with_scripts(surveys[:6] + [one for one in addresses if one not in surveys])

        assert database(site) == before
        still_works(site, round_)


def still_works(site: Site, round_: Round) -> None:
    """Whom the links are for finds them as good as new."""
    assert "data-sent" in site.answer(site.link(cast.SALMAH)).html
    assert sum(site.answers(round_).values()) == 2
    words = "\n".join(plain(mail) for mail in site.mails(cast.AMINAH))
    [link] = [one for one in LINK.findall(words) if "/sign-in/" in one]
    hr = site.browser()
    page = hr.open(link.rstrip(".").removeprefix(site.settings.base_url))
    assert hr.press(page, page.forms[-1].buttons[0].text).path == "/"


def test_he_would_be_seen_where_opening_a_link_answers_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = Respond.show

    async def answers_at_once(self, request):
        token = request.path_params["token"]
        opened = self._forms.opened(token[:6], 0)
        blank = bytes([255]) * opened.layout.size
        await self._site.submissions.submit(Submission(token, blank, {}, "planted-key-planted"))
        return await show(self, request)

    monkeypatch.setattr(Respond, "show", answers_at_once)
    with running_site(database_url, tmp_path) as site:
        round_ = site.with_people().opened("Commercial")
        before = database(site)
        scan(site, [site.settings.base_url + round_.links[cast.CHONG]])
        changed = {table for table, rows in database(site).items() if rows != before[table]}
        assert {"spent", "ballot_tray"} <= changed
