"""Pages are escaped, translated and small; static files are kept for ever; forms are read strictly."""

import base64
import gzip
import hashlib
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import pytest
from starlette.exceptions import HTTPException

from app.kit.language import Language
from app.web.forms import Fields
from app.web.pages import TEMPLATES, Pages, in_language, reader_language
from app.web.static_files import STATIC
from tests.web.test_security import Site, make_site

ENGLISH, MALAY = Language("en"), Language("ms")
HOSTILE = "<script>alert(1)</script>'\"&{{7*7}}"


@pytest.fixture(scope="module")
def site() -> Site:
    return make_site()


@pytest.fixture
def drawn(site: Site, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Draws a template from its text, beside the real ones."""
    pages = Pages(site.settings)

    def draw(source: str, language: Language = ENGLISH, **values: Any) -> str:
        environment = pages.environment(language)
        assert environment.loader is not None
        both = [jinja2.DictLoader({"test.html": source}), environment.loader]
        monkeypatch.setattr(environment, "loader", jinja2.ChoiceLoader(both))
        environment.cache = jinja2.environment.create_cache(10)
        return pages.render("test.html", language, **values)

    return draw


# Templates


def test_everything_is_escaped(drawn: Any) -> None:
    text = drawn("{{ a }}{{ _('%(x)s', x=a) }}{% trans %}{{ a }}{% endtrans %}", a=HOSTILE)
    assert "<script" not in text
    assert text.count("{{7*7}}") == 3


def test_missing_value_is_a_mistake(drawn: Any) -> None:
    with pytest.raises(jinja2.UndefinedError):
        drawn("{{ nobody_gave_this }}")


def test_dates_and_numbers_are_written_for_their_reader(drawn: Any) -> None:
    moment = datetime(2026, 11, 3, 17, 30, tzinfo=UTC)
    source = "{{ m|date }} | {{ m|moment }} | {{ 1234.5|number(1) }}"
    assert drawn(source, m=moment).startswith("4 Nov 2026 | Wednesday, 4 November 2026, 01:30")
    assert "Rabu, 4 November 2026" in drawn(source, MALAY, m=moment)
    assert drawn(source, m=moment).endswith("1,234.5")
    assert drawn("{{ m|date(zone) }}", m=moment, zone=ZoneInfo("UTC")) == "3 Nov 2026"


def test_staff_page_has_its_parts(drawn: Any) -> None:
    page = drawn(
        "{% extends 'base.html' %}{% block title %}T{% endblock %}{% block main %}M{% endblock %}",
        MALAY,
        account="aminah@example.com",
        navigation=[{"label": "Pusingan", "address": "/rounds", "current": True}],
        csrf="token",
        query="round=7&lang=ms&x=%26",
        errors={"name": "x"},
    )
    assert '<html lang="ms"' in page
    assert "<title>Ralat: T – Selaras</title>" in page
    assert '<a class="skip" href="#main">' in page
    assert '<a href="/rounds" aria-current="page">Pusingan</a>' in page
    assert '<input type="hidden" name="csrf" value="token">' in page
    assert 'href="?round=7&amp;x=%26&amp;lang=en" lang="en"' in page
    assert "mailto:hr@example.com" in page


def test_error_field_is_tied_to_its_control(drawn: Any) -> None:
    page = drawn(
        "{% import 'macros/fields.html' as f %}{% from 'macros/errors.html' import error_summary %}"
        "{{ error_summary(errors) }}{{ f.text_field('mail', 'Email', value=a, hint='H', error='E') }}"
        "{{ f.radios('side', 'Side', [('a', 'A'), ('b', a)], value='b', error='E') }}",
        errors={"mail": "E"},
        a=HOSTILE,
    )
    assert '<a href="#mail">E</a>' in page
    assert 'aria-describedby="mail-hint mail-error"' in page
    assert 'id="mail-error"' in page
    assert page.count('aria-invalid="true"') == 1
    assert re.findall(r'<input type="radio"[^>]*checked', page) == [
        '<input type="radio" name="side" value="b" checked'
    ]
    assert "<script" not in page


def test_no_template_has_inline_style_or_script() -> None:
    for path in TEMPLATES.rglob("*.html"):
        if "email" in path.parts:
            continue  # mail programs read nothing but inline styles, and no policy applies there
        source = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|\|\s*safe", source), path.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", source), path.name


def test_language_links_keep_the_page(site: Site) -> None:
    assert in_language("", "ms") == "?lang=ms"
    assert in_language("a=1&lang=en&a=2&b=", "ms") == "?a=1&a=2&b=&lang=ms"


@pytest.mark.parametrize(
    ("query", "header", "invited", "expected"),
    [
        ("lang=ms", "en", "en", "ms"),
        ("", "en", "ms", "ms"),
        ("", "ms,en;q=0.5", None, "ms"),
        ("", "", None, "en"),
        ("lang=en&lang=ms", "", None, "ms"),
        ("lang=klingon", "id,ta", None, "en"),
    ],
)
def test_reader_gets_the_language_asked_for(
    query: str, header: str, invited: str | None, expected: str
) -> None:
    scope = {
        "type": "http",
        "query_string": query.encode(),
        "headers": [(b"accept-language", header.encode())],
    }
    assert reader_language(scope, "en", invited).code == expected


# Static files and compression


def test_static_file_is_found_by_its_hash_only(site: Site) -> None:
    address = site.pages.assets.address("css/respondent.css")
    reply = site.get(address)
    assert reply.headers["content-type"] == "text/css; charset=utf-8"
    assert reply.headers["content-encoding"] == "gzip"
    assert "--paper" in reply.text
    assert "--heat-7" not in reply.text, "nothing of it is used there"
    assert site.send("HEAD", address).status_code == 200
    assert site.post(address).status_code == 405
    for wrong in ("/static/css/respondent.css", "/static/css/tokens.css", "/static/"):
        assert site.get(wrong).status_code == 404
    assert site.get("/static/../pages.py").status_code == 404
    assert site.get("/static/%2e%2e/pages.py").status_code == 404


def test_file_is_sent_as_it_is_to_who_cannot_unpack(site: Site) -> None:
    reply = site.get(
        site.pages.assets.address("css/staff.css"), headers={"Accept-Encoding": "gzip;q=0"}
    )
    assert "content-encoding" not in reply.headers
    assert "--heat-7" in reply.text


def test_respondents_page_is_small(site: Site) -> None:
    page = gzip.compress(site.get("/s/abc%00").content)
    assert len(page) < 5_000


def test_the_sheet_of_who_answers_stands_in_the_page_and_the_policy_allows_it_alone(
    site: Site, drawn: Any
) -> None:
    page = drawn("{% extends 'respondent.html' %}{% block title %}T{% endblock %}")
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    reply = site.get("/s/abc%00")
    assert f"style-src 'self' 'sha256-{digest}';" in reply.headers["content-security-policy"]
    assert 'rel="stylesheet"' not in page


def test_a_page_of_an_error_has_its_sheet_beside_it_wherever_it_is_shown(site: Site) -> None:
    for address in ("/s/abc%00", "/nowhere"):
        page = site.get(address).text
        assert "<style" not in page
        assert 'rel="stylesheet"' in page


@pytest.mark.parametrize(
    ("address", "encoding"),
    [("/", "gzip"), ("/nowhere", "gzip"), ("/healthz", None), ("/stream", None), ("/away", None)],
)
def test_pages_are_compressed_and_streams_are_not(
    site: Site, address: str, encoding: str | None
) -> None:
    reply = site.get(address, headers={"Accept-Encoding": "br, gzip"})
    assert reply.headers.get("content-encoding") == encoding
    assert "content-encoding" not in site.get(address, headers={"Accept-Encoding": "br"}).headers
    if encoding:
        assert reply.headers["vary"] == "accept-encoding"


# Forms


def fields(*pairs: tuple[str, str]) -> Fields:
    return Fields(pairs, ENGLISH)


def test_form_gives_typed_values() -> None:
    form = fields(
        *(("csrf", "x"), ("name", "  Café  "), ("note", "a\r\n\tb"), ("side", "b"), ("k", "7")),
        *(("at", "2026-11-03T09:00"), ("to", "2"), ("to", "1"), ("to", "2"), ("sure", "yes")),
    )
    assert form.text("name", 4) == "Café"
    assert form.text("note", 10, lines=True) == "a\n\tb"
    assert form.choice("side", {"a", "b"}) == "b"
    assert form.integer("k", 4, 1000) == 7
    assert form.moment("at", ZoneInfo("Asia/Kuala_Lumpur")) == datetime(2026, 11, 3, 1, tzinfo=UTC)
    assert form.many("to", ["1", "2"]) == ["2", "1"]
    assert form.checked("sure")
    assert not form.checked("absent")
    assert form.done()
    assert "csrf" not in form.typed


def test_form_says_of_every_field_what_is_wrong() -> None:
    form = fields(("a", " "), ("b", "xx"), ("c", "z"), ("d", "1e3"), ("e", "soon"), ("f", "\x00"))
    form.text("a", 10)
    form.text("b", 1)
    form.choice("c", {"a"})
    form.integer("d", 1, 5)
    form.moment("e", ZoneInfo("UTC"))
    form.text("f", 10)
    assert not form.done()
    assert form.errors == {
        "a": "Fill this in.",
        "b": "Use at most 1 characters.",
        "c": "Choose one of the options.",
        "d": "Enter a whole number from 1 to 5.",
        "e": "Enter a date and a time.",
        "f": "This holds characters that cannot be stored.",
    }
    malay = Fields([("a", "")], MALAY)
    malay.text("a", 1)
    assert malay.errors == {"a": "Isi ruang ini."}


@pytest.mark.parametrize("typed", ["٣", "1" * 5000, "+1", "1_0", "0x1", "", "6", "-1"])
def test_number_is_plain_and_bounded(typed: str) -> None:
    form = fields(("n", typed))
    assert form.integer("n", 0, 5) == 0
    assert form.errors


@pytest.mark.parametrize(
    "typed",
    ["2026-02-30T09:00", "0001-01-01T00:00", "9999-12-31T23:59", "2026-11-03", "2026-11-03T09:00Z"],
)
def test_time_that_is_none_is_refused(typed: str) -> None:
    form = fields(("at", typed))
    assert form.moment("at", ZoneInfo("Asia/Kuala_Lumpur")) is None
    assert form.errors


def test_time_the_clocks_skip_is_refused_and_a_doubled_one_is_the_first() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    skipped = fields(("at", "2027-03-28T02:30"))
    assert skipped.moment("at", berlin) is None
    assert "clocks change" in skipped.errors["at"]
    doubled = fields(("at", "2027-10-31T02:30")).moment("at", berlin)
    assert doubled == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_field_sent_twice_or_never_asked_for_is_refused() -> None:
    with pytest.raises(HTTPException) as twice:
        fields(("a", "1"), ("a", "2")).text("a", 5)
    with pytest.raises(HTTPException) as unknown:
        fields(("is_admin", "1")).done()
    assert (twice.value.status_code, unknown.value.status_code) == (400, 422)


def test_every_kind_of_field_is_drawn_by_our_sheet() -> None:
    """One that was forgotten looks like no other, and is too small for a finger."""
    kinds = "text|email|password|search|number|date|datetime-local|file|tel|url|month|time"
    asked = {
        kind
        for path in TEMPLATES.rglob("*.html")
        for kind in re.findall(rf'(?:type|kind)="({kinds})"', path.read_text())
    }
    sheet = (STATIC / "css" / "fields.css").read_text()
    assert {"password", "email", "date"} <= asked
    assert [kind for kind in asked if f'input[type="{kind}"]' not in sheet] == []
