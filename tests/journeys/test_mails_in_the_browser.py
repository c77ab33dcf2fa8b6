"""Every mail as its reader's program shows it: in both languages, in the light and in the dark."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from app.campaigns.audience import Audience
from app.campaigns.policy import ANONYMOUS, CONFIDENTIAL
from app.campaigns.rounds import RoundPlan
from app.kit.clock import now
from app.kit.language import language
from app.kit.mail import Mail
from app.kit.runtime import Runtime
from app.main import make_site
from app.surveys import library
from app.web import emails
from app.web.dependencies import Site
from app.web.mailing import mail_of
from app.web.static_files import STATIC
from tests.conftest import make_settings
from tests.journeys.chromium import accessible
from tests.journeys.test_in_the_browser import chromium, pytestmark

__all__ = ["chromium", "pytestmark"]

LINK = "https://tinjauan.contoh.example.com/s/abc234" + "Aa1_-" * 4 + "zz"
ABOUT = {"name": "Penjajaran Mei", "link": LINK}
RESULT = {"sentence": "Marketing: 42 of 58 agree.", "answered": "58 of 64 answered (91%)"}
STAFF = {
    "approval": {**ABOUT, "who": "aminah@contoh.example.com"},
    "ready": ABOUT,
    "released": ABOUT | RESULT,
    "shared": ABOUT | RESULT,
    "sign_in": {"link": LINK, "hours": 24, "minutes": 1440},
    "summary": {**RESULT, "title": "Jualan dan Pemasaran", "score": "Score +24"},
    "voided": {"title": "Jualan dan Pemasaran"},
}
COLOUR = re.compile(r"#[0-9a-f]{6}\b")


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("mails")
    given = {"organisation": "Syarikat Contoh", "contact": "aminah@contoh.example.com"}
    runtime = Runtime.start(make_settings(f"sqlite:///{sqlite_template}", folder, **given))
    yield make_site(runtime)
    runtime.close()


def asking(site: Site, code: str, mode: str) -> emails.Letter:
    survey = library.template("sales_marketing_alignment")
    closes = now() + timedelta(days=14)
    plan = RoundPlan(survey, "May", Audience((), {}, ()), closes, mode=mode, min_group=5)
    return replace(emails.sample(site, plan, code, is_test=False), link=LINK)


def every(site: Site, code: str) -> dict[str, Mail]:
    """One of each mail there is, and of those that ask one in each mode."""
    known, unknown = (asking(site, code, mode) for mode in (CONFIDENTIAL, ANONYMOUS))
    some = {
        "invitation": emails.invitation(site, known),
        "test": emails.invitation(site, replace(known, is_test=True)),
        "reminder": emails.reminder(site, replace(known, stop=LINK)),
        "anonymous invitation": emails.invitation(site, unknown),
        "anonymous reminder": emails.reminder(site, replace(unknown, link="", stop=LINK)),
    }
    for event, values in STAFF.items():
        given = {"to": "aminah@example.com", "message_id": "<1@example.com>"}
        some[event] = mail_of(site, language(code), event, **given, **values)  # type: ignore[arg-type]
    return some


def test_every_kind_of_mail_is_among_them(site: Site) -> None:
    folder = Path(emails.__file__).parent / "templates" / "email"
    assert {one.name for one in folder.iterdir() if one.is_dir()} == {*STAFF, "asking"}


@pytest.mark.parametrize(
    ("code", "scheme", "width", "which"),
    [
        ("en", "light", 320, None),
        ("ms", "dark", 390, None),
        ("en", "dark", 1280, ("invitation", "reminder")),
        ("ms", "light", 320, ("invitation", "reminder")),
    ],
)
def test_nobody_is_shut_out_of_a_mail(
    site: Site,
    chromium: Browser,
    code: str,
    scheme: Literal["light", "dark"],
    width: int,
    which: tuple[str, ...] | None,
) -> None:
    mails = every(site, code)
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    for name in which or mails:
        page.set_content(mails[name].html or "")
        accessible(page, f"mail-{name}-{code}-{scheme}-{width}")
    context.close()


@pytest.mark.parametrize("code", ["en", "ms"])
def test_a_mail_is_small_and_fetches_nothing(site: Site, code: str) -> None:
    for mail in every(site, code).values():
        html = mail.html or ""
        assert len(html.encode()) <= 20_000
        assert not any(
            part in html for part in ("<img", "src=", "url(", "@import", "<script", "<link")
        )


def test_a_mail_has_the_colours_of_the_pages(site: Site) -> None:
    pages = set(COLOUR.findall((STATIC / "css" / "tokens.css").read_text()))
    for mail in every(site, "en").values():
        assert set(COLOUR.findall(mail.html or "")) <= pages
