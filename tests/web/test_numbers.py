"""/metrics and the log of requests: numbers for IT that tell nothing of anybody."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.kit import logs
from app.kit.logs import JsonLines
from app.web.numbers import TOGETHER
from tests import cast
from tests.cast import SALES
from tests.site import Round, Site, running_site

TOKEN = "a-token-for-prometheus"
LABELS = {"method", "route", "status", "le", "kind", "state"}


@pytest.fixture
def asked(sqlite_url: str, tmp_path: Path) -> Iterator[tuple[Site, Round]]:
    with running_site(sqlite_url, tmp_path, metrics_token=TOKEN) as site:
        yield site, site.with_people().opened(SALES, survey="team_pulse")


def scraped(site: Site, token: str = TOKEN) -> httpx.Response:
    address = f"{site.settings.base_url}/metrics"
    return httpx.get(address, headers={"Authorization": f"Bearer {token}"})


def answered(site: Site) -> float:
    found = re.search(
        r'requests_total\{.*POST.*"/s/\{token\}",status="303"\} (.+)', scraped(site).text
    )
    return float(found[1]) if found else 0


def test_numbers_are_for_whoever_has_the_token_and_name_nobody(asked: tuple[Site, Round]) -> None:
    site, round_ = asked
    hr = site.signed_in(cast.AMINAH)
    hr.open(f"/rounds/{round_.id}")
    assert scraped(site, "something-else-long").status_code == 401
    page = scraped(site)
    assert page.status_code == 200
    assert 'route="/rounds/{round_id}"' in page.text
    assert 'selaras_jobs{kind="invite",state="waiting"}' in page.text
    assert "selaras_sending_held 0.0" in page.text
    labels = set(re.findall(r'[{,](\w+)="', page.text))
    assert labels <= LABELS
    told = page.text
    assert round_.id not in told
    assert not any(one.email in told for one in cast.COMPANY)
    assert not any(link.split("/")[-1] in told for link in round_.links.values())


def test_answers_are_counted_together_so_that_none_can_be_told_in_time(
    asked: tuple[Site, Round],
) -> None:
    site, round_ = asked
    links = list(round_.links.values())
    seen = set()
    for link in links[:6]:
        site.answer(link)
        seen.add(answered(site))
    # A form is three requests: fetched, sent, thanked; ten of them are added at once.
    assert TOGETHER == 10
    assert len(seen) <= 2 + 6 * 3 // TOGETHER
    assert seen != {0}


def test_there_are_no_numbers_where_no_token_is_set(sqlite_url: str, tmp_path: Path) -> None:
    with running_site(sqlite_url, tmp_path) as site:
        assert scraped(site).status_code == 404
        site.web.stopping.set()
        assert httpx.get(f"{site.settings.base_url}/readyz").status_code == 503
        assert httpx.get(f"{site.settings.base_url}/healthz").status_code == 200


def test_a_line_a_request_with_its_id_and_no_address(asked: tuple[Site, Round]) -> None:
    site, round_ = asked
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("selaras")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        link = next(iter(round_.links.values()))
        reply = httpx.get(f"{site.settings.base_url}{link}")
        staff = httpx.get(f"{site.settings.base_url}/sign-in")
        try:
            raise ValueError("aminah@contoh.example.com")
        except ValueError:
            logging.getLogger("selaras.worker").exception("a job failed")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    first, second, third = map(json.loads, told.getvalue().splitlines())
    assert first["request_id"] == reply.headers["x-request-id"]
    assert (first["route"], first["status"]) == ("/s/{token}", 200)
    assert re.fullmatch(r"[\d-]+T\d\d:\d\dZ", first["at"]), "to the minute"
    assert second["request_id"] == staff.headers["x-request-id"]
    assert second["at"].count(":") > 1
    assert third["error"] == "ValueError"
    assert "aminah" not in told.getvalue()
    assert link.split("/")[-1] not in told.getvalue()


def test_text_leaves_the_loggers_alone() -> None:
    before = logging.getLogger("selaras").handlers[:]
    logs.set_up("text")
    assert logging.getLogger("selaras").handlers == before
