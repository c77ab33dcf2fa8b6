"""HR makes a key for a program, sees when it was used, and ends it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import time_machine

from app.kit.clock import now
from tests import cast
from tests.journeys.browser import Browser
from tests.site import Site, running_site


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("keys")
    (folder / "selaras.db").write_bytes(sqlite_template.read_bytes())
    with running_site(f"sqlite:///{folder / 'selaras.db'}", folder) as one:
        yield one.with_people()


@pytest.fixture(scope="module")
def aminah(site: Site) -> Browser:
    return site.signed_in(cast.AMINAH)


def asked(site: Site, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{site.settings.base_url}/api/v1/people", headers=headers).status_code


def test_a_key_is_shown_once_used_and_revoked(site: Site, aminah: Browser) -> None:
    page = aminah.open("/settings")
    page = aminah.open(page.links["Keys of programs"])
    assert "program" in page.text
    page = aminah.open("/keys/new")
    page = aminah.press(page, "Make the key", fill={"name": "People sync", "role": "hr"})
    token = next(one.text for one in page.tree.all("p") if one["class"] == "one-time")
    page = aminah.open("/keys")
    row = next(row for row in page.rows if "People sync" in row[0])
    assert row[0].endswith("HR: everything")
    assert row[1] == "never"
    assert f"{(now() + timedelta(days=365)).astimezone(site.settings.zone):%Y}" in row[2]
    assert token not in page.html
    assert asked(site, token) == 200
    page = aminah.open("/keys")
    assert next(row for row in page.rows if "People sync" in row[0])[1] != "never"
    ours = next(row for row in page.tree.all("tr") if "People sync" in row.text)
    page = aminah.press(aminah.open(ours.one("a")["href"]), "Revoke the key")
    assert "The key is revoked" in page.text
    assert asked(site, token) == 401
    assert "People sync" not in aminah.open("/keys").text


def test_a_manager_s_key_sees_what_was_ticked(site: Site, aminah: Browser) -> None:
    page = aminah.open("/keys/new")
    fill = {"name": "Board", "role": "manager", "days": "90"}
    refused = aminah.press(page, "Make the key", fill=fill, status=422)
    assert "Choose what the program may see." in refused.text
    sales = next(
        one["value"]
        for label in page.tree.all("label")
        if label.text == "Commercial / Sales"
        for one in label.all("input")
    )
    made = aminah.press(refused, "Make the key", fill={**fill, "department": sales})
    token = next(one.text for one in made.tree.all("p") if one["class"] == "one-time")
    assert "Commercial/Sales" in aminah.open("/keys").text
    assert asked(site, token) == 403
    with time_machine.travel(now() + timedelta(days=91)):
        assert asked(site, token) == 401


def test_a_key_without_a_name_is_refused(aminah: Browser) -> None:
    page = aminah.press(aminah.open("/keys/new"), "Make the key", fill={"role": "it"}, status=422)
    assert "Fill this in." in page.text


def test_the_pages_speak_malay(site: Site) -> None:
    browser = site.signed_in(cast.SALMAH, language="ms")
    assert "Kunci program" in browser.open("/keys").text
    assert "Buat kunci" in browser.open("/keys/new").text
