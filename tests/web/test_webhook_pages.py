"""IT sets up a webhook, copies its secret once, sends a test, and reads how it was taken."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Signature

from app.web.security import cookie_name, csrf_token
from tests.journeys.browser import FORM, Browser, encoded
from tests.kit.test_outbound import receiving
from tests.site import Site, running_site

EVENTS = [("events", "round.opened"), ("events", "release.published")]


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("webhooks")
    (folder / "selaras.db").write_bytes(sqlite_template.read_bytes())
    with running_site(
        f"sqlite:///{folder / 'selaras.db'}", folder, webhook_networks="127.0.0.1"
    ) as one:
        yield one


@pytest.fixture(scope="module")
def farid(site: Site) -> Browser:
    return site.signed_in("farid@contoh.example.com", "it")


def post(site: Site, browser: Browser, path: str, *pairs: tuple[str, str]) -> str:
    token = csrf_token(site.web.form_key, browser.client.cookies[cookie_name(site.settings)])
    body = encoded([("csrf", token), *pairs])
    headers = {"Origin": site.settings.base_url, "Content-Type": FORM}
    reply = browser.client.post(path, content=body, headers=headers, follow_redirects=True)
    assert reply.status_code in {200, 422}
    return reply.text


def test_a_secret_is_copied_once_and_a_test_arrives_signed_with_it(
    site: Site, farid: Browser
) -> None:
    with receiving() as receiver:
        fields = [("name", "Dashboard"), ("kind", "standard"), ("address", receiver.url)]
        shown = post(site, farid, "/webhooks", *fields, *EVENTS)
        secret = shown.partition("whsec_")[2].partition("<")[0]
        page = farid.open("/webhooks")
        assert secret
        assert secret not in page.text
        assert receiver.url not in page.text
        hook = page.links["Dashboard"]
        assert "Nothing has been sent yet." in farid.open(hook).text
        post(site, farid, f"{hook}/test")
        assert "waiting" in farid.open(hook).text
        site.work()
        ((_, headers, body),) = receiver.got
        assert Signature(f"whsec_{secret}").verify(body, headers)["type"] == "webhook.test"
        log = farid.open(hook).text
        assert "taken" in log
        assert "200" in log
        assert secret not in log
        assert post(site, farid, f"{hook}/rotate").count("whsec_") == 1
        assert "off since" in post(site, farid, f"{hook}/disable")
        assert "Switch off" in post(site, farid, f"{hook}/enable")
        assert "is deleted" in post(site, farid, f"{hook}/delete")
        assert farid.client.get(hook).status_code == 404


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ([("kind", "standard"), ("address", "https://example.com/")], "Fill this in."),
        ([("name", "x"), ("kind", "standard"), ("address", "ftp://example.com/")], "whole address"),
        ([("name", "x"), ("kind", "fax"), ("address", "https://example.com/")], "one of the opt"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    site: Site, farid: Browser, fields: list[tuple[str, str]], told: str
) -> None:
    text = post(site, farid, "/webhooks", *fields, *EVENTS)
    assert told in text
    assert 'id="errors"' in text
    assert site.count("webhook") == 0


def test_the_pages_speak_malay(site: Site) -> None:
    browser = site.signed_in("siti@contoh.example.com", "it", language="ms")
    assert "Webhook dan sembang" in browser.open("/webhooks").text
