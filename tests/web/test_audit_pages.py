"""The log and the promises: read by HR and by an auditor, who sees no address and no result."""

import ast
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

import app
from app.access import accounts
from app.audit import log
from app.web.audit_words import ACTS
from tests import cast
from tests.journeys.browser import FORM, encoded
from tests.site import Browser, Site, running_site, shared_database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("audit")
    with (
        shared_database(request, request.param, folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def aminah(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


@pytest.fixture(scope="module")
def auditor(site: Site) -> Browser:
    return site.signed_in("auditor@contoh.example.com", "auditor")


def downloaded(browser: Browser, **given: str) -> list[dict[str, str]]:
    page = browser.open("/audit")
    form = next(one for one in page.forms if "CSV" in one.element.text)
    body = encoded([*form.pairs, *given.items()])
    reply = browser.client.post("/audit", content=body, headers={"Content-Type": FORM})
    assert reply.headers["content-disposition"].startswith('attachment; filename="selaras_audit_')
    return list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"))))


def test_the_auditor_reads_who_did_what_and_no_address(
    site: Site, aminah: Browser, auditor: Browser
) -> None:
    round_ = site.opened("Commercial")
    with site.database.writing() as session:
        hr = accounts.by_email(session, cast.AMINAH)
        assert hr is not None
        log.record(session, hr.id, "round.extended", round_.id, by="2 days")
    told = auditor.open("/audit?area=round")
    assert "extended a round" in told.text
    assert "A round" in told.text
    assert "by: 2 days" in told.text
    assert told.links["A round"] == f"/rounds/{round_.id}/sheet"
    assert cast.AMINAH not in told.html
    assert cast.AMINAH in aminah.open("/audit?area=round").text
    [row] = [one for one in downloaded(auditor) if one["action"] == "round.extended"]
    assert json.loads(row["detail"]) == {"by": "2 days"}
    assert not any("@" in cell for one in downloaded(auditor) for cell in one.values())
    assert any("@" in one["actor"] for one in downloaded(aminah))


def test_taking_the_log_along_is_in_the_log(site: Site, auditor: Browser) -> None:
    assert downloaded(auditor)[0]["action"] == "audit.exported"


def test_the_log_is_narrowed_and_turned_page_by_page(site: Site, aminah: Browser) -> None:
    with site.database.writing() as session:
        for number in range(120):
            log.record(session, "worker", "series.missed", f"s{number:03}")
    found: list[str] = []
    address = f"/audit?area=series&actor={quote('worker')}"
    while address:
        page = aminah.open(address)
        found += [word for word in page.text.split() if word[1:].isdigit() and len(word) == 4]
        address = page.links.get("Earlier acts", "")
    assert sorted(one for one in found if one.startswith("s")) == [f"s{n:03}" for n in range(120)]
    assert "No act fits." in aminah.open("/audit?area=series&to=2001-01-01").text
    assert "No act fits." not in aminah.open("/audit?area=series&from=2001-01-01").text


@pytest.mark.parametrize("query", ["area=nothing", "actor=nobody-here", "from=2026-13-01", "to=x"])
def test_what_no_field_offers_is_refused(aminah: Browser, query: str) -> None:
    page = aminah.open(f"/audit?{query}", status=422)
    assert "There is a problem" in page.text


def test_the_auditor_reads_every_promise_with_its_sheet(site: Site, auditor: Browser) -> None:
    round_ = site.opened("Commercial", name="Promised")
    page = auditor.open("/policies")
    assert page.links["Promised"] == f"/rounds/{round_.id}/sheet"
    sheet = auditor.open(page.links["Promised"])
    assert "Fingerprint of the promise" in sheet.text
    assert "@contoh" not in sheet.html.replace("auditor@contoh", "")


def test_every_act_has_words() -> None:
    """Whatever the code records can be read on the page, in both languages."""
    recorded = set()
    for path in Path(str(app.__path__[0])).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr="record"),
                    args=[_, _, ast.Constant(value=str(act)), *_],
                ):
                    recorded.add(act)
    assert len(recorded) > 60
    assert recorded - ACTS.keys() == set()
