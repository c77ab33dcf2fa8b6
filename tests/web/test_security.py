"""Every reply has its headers, and only our own pages can change something."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp

from app.kit.settings import Settings
from app.kit.writer import NotSaved
from app.web.errors import Errors
from app.web.ingress import PAIRS
from app.web.pages import Pages
from app.web.request_head import Limits
from app.web.security import cookie_name, csrf_token, protect
from app.web.static_files import INLINE_HASH

KEY = b"a key for the tokens of forms"
FORM = "application/x-www-form-urlencoded"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
    ),
    "cache-control": "no-store",
    "x-robots-tag": "noindex, noarchive",
    "x-dns-prefetch-control": "off",
}


class AlreadyThere(Exception):
    """Stands for an exception of the domain."""


class Person(BaseModel):
    """Stands for a value the API takes."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=20)
    age: int = Field(ge=0, le=200)
    visits: dict[str, int] = {}


@dataclass
class Site:
    """A tiny application inside everything that guards the real one."""

    asgi: ASGIApp
    pages: Pages
    settings: Settings
    working: list[str]

    def client(self, **options: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.asgi),
            base_url="http://127.0.0.1:8000",
            **options,
        )

    def get(self, address: str, **options: Any) -> httpx.Response:
        return self.send("GET", address, **options)

    def post(self, address: str, **options: Any) -> httpx.Response:
        return self.send("POST", address, **options)

    def send(self, method: str, address: str, **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with self.client() as client:
                return await client.request(method, address, **options)

        return asyncio.run(once())


def make_site(limits: Limits | None = None, **given: Any) -> Site:
    settings = Settings(_env_file=None, contact="hr@example.com", **given)
    pages = Pages(settings)
    errors = Errors(pages)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    errors.install(app)
    errors.register(app, AlreadyThere, 409)
    app.mount("/static", pages.assets)
    working: list[str] = []
    _add_pages(app, working)
    _add_forms(app)
    _add_failures(app)
    asgi = protect(
        app,
        settings,
        errors,
        KEY,
        origins=["http://survey.internal:8000"],
        upload_paths=["/upload"],
        limits=limits,
    )
    return Site(asgi, pages, settings, working)


def _add_pages(app: FastAPI, working: list[str]) -> None:
    @app.get("/")
    def home() -> HTMLResponse:
        return HTMLResponse("home " * 400, headers={"Server": "x", "Cache-Control": "public"})

    @app.get("/s/{token}")
    def form(token: str) -> HTMLResponse:
        return HTMLResponse("form " * 400, headers={"Set-Cookie": "seen=1"})

    @app.get("/healthz")
    def health() -> dict[str, bool]:
        return {"alive": True}

    @app.get("/slow")
    async def slow() -> dict[str, bool]:
        working.append("slow")
        await asyncio.sleep(0.3)
        return {"done": True}

    @app.get("/stream")
    def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for _ in range(3):
                yield "piece," * 400

        return StreamingResponse(pieces(), media_type="text/csv")

    @app.get("/away")
    def away() -> RedirectResponse:
        return RedirectResponse("/", 303)


def _add_forms(app: FastAPI) -> None:
    @app.post("/s/{path:path}")
    @app.post("/change")
    async def change(request: Request, path: str = "") -> dict[str, Any]:
        pairs = request.scope.get(PAIRS, [])
        return {"fields": len(pairs), "bytes": len(await request.body())}

    @app.post("/cookies")
    @app.post("/receipt")
    def cookies(request: Request) -> dict[str, str]:
        return request.cookies

    @app.post("/upload")
    async def upload(request: Request) -> dict[str, int]:
        async with request.form() as form:
            return {"fields": len(form)}

    @app.put("/api/v1/people")
    def people(person: Person) -> dict[str, str]:
        return {"name": person.name}


def _add_failures(app: FastAPI) -> None:
    @app.get("/boom")
    @app.get("/api/v1/boom")
    def boom() -> None:
        raise ValueError("aminah@example.com")

    @app.get("/taken")
    def taken() -> None:
        raise AlreadyThere

    @app.get("/not-saved")
    @app.post("/kiosk/not-saved")
    def not_saved() -> None:
        raise NotSaved("disk")

    @app.get("/wrong-reply")
    def wrong_reply() -> Person:
        return {"name": "secret"}  # type: ignore[return-value]

    @app.get("/half")
    def half() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            yield "first"
            raise ValueError("aminah@example.com")

        return StreamingResponse(pieces(), media_type="text/csv")


def assert_sealed(headers: httpx.Headers) -> None:
    for name, value in HEADERS.items():
        # Where people answer, one sheet may stand in the page (see tests/web/test_pages.py).
        found = (
            headers.get(name, "").replace(f" '{INLINE_HASH}'", "").removesuffix("; report-to csp")
        )
        assert found == value, name
    assert len(headers["x-request-id"]) == 12
    assert "server" not in headers


@pytest.fixture(scope="module")
def site() -> Site:
    return make_site()


@pytest.fixture(scope="module")
def encrypted() -> Site:
    return make_site(base_url="https://survey.example.com")


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/s/abc", 200),
        ("GET", "/stream", 200),
        ("GET", "/away", 303),
        ("GET", "/nowhere", 404),
        ("GET", "/s/abc%00", 400),
        ("GET", "/static/css/staff.000.css", 404),
        ("DELETE", "/", 405),
        ("TRACE", "/", 405),
        ("GET", "/taken", 409),
        ("GET", "/boom", 500),
        ("GET", "/wrong-reply", 500),
        ("GET", "/not-saved", 503),
        ("PUT", "/api/v1/people", 422),
        ("POST", "/change", 200),
    ],
)
def test_every_reply_is_sealed(site: Site, method: str, address: str, status: int) -> None:
    reply = site.send(method, address)
    assert reply.status_code == status
    assert_sealed(reply.headers)


def test_policy_reports_on_staff_pages_and_not_on_respondents(site: Site) -> None:
    staff, respondents = site.get("/"), site.get("/s/abc")
    assert staff.headers["content-security-policy"].endswith("; report-to csp")
    assert INLINE_HASH not in staff.headers["content-security-policy"]
    assert staff.headers["reporting-endpoints"] == 'csp="/csp-report"'
    assert "report" not in respondents.headers["content-security-policy"]
    assert "reporting-endpoints" not in respondents.headers


def test_strict_transport_only_where_the_site_is_encrypted(site: Site, encrypted: Site) -> None:
    name = "strict-transport-security"
    assert name not in site.get("/").headers
    assert encrypted.get("/").headers[name] == "max-age=63072000; includeSubDomains"
    assert encrypted.get("/nowhere").headers[name] == "max-age=63072000; includeSubDomains"


def test_hashed_file_may_be_kept_and_its_404_may_not(site: Site) -> None:
    kept = site.get(site.pages.assets.address("css/staff.css"))
    assert kept.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
    assert site.get("/static/css/staff.css").headers.get_list("cache-control") == ["no-store"]


def test_request_id_is_ours_and_new_each_time(site: Site) -> None:
    replies = [site.get("/nowhere", headers={"X-Request-ID": "forged"}) for _ in range(2)]
    first, second = (reply.headers["x-request-id"] for reply in replies)
    assert first != second
    assert "forged" not in (first, second)
    assert first in replies[0].text


def test_respondents_get_no_cookie_and_their_cookies_are_not_seen(site: Site) -> None:
    assert "set-cookie" not in site.get("/s/abc").headers
    assert site.post("/receipt", headers={"Cookie": "selaras=session"}).json() == {}
    assert site.post("/cookies", headers={"Cookie": "theme=dark"}).json() == {"theme": "dark"}


def test_refused_answers_are_told_the_way_back(site: Site) -> None:
    foreign = {"Origin": "null"}
    assert "link of your invitation" in site.post("/s/abc", headers=foreign).text
    assert "signed in or out" in site.post("/change", headers=foreign).text


def test_signed_in_person_can_answer_a_survey(site: Site) -> None:
    reply = site.post("/s/abc", data={"answer-a": "1"}, headers={"Cookie": "selaras=session"})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"}, 403),
        ({"Origin": "http://127.0.0.1:8000"}, 200),
        ({"Origin": "http://survey.internal:8000"}, 200),
        ({"Origin": "http://127.0.0.1:8001"}, 403),
        ({"Origin": "https://127.0.0.1:8000"}, 403),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": ""}, 403),
        ({}, 200),
    ],
)
@pytest.mark.parametrize("address", ["/change", "/s/abc"])
def test_form_of_another_site_is_refused(
    site: Site, headers: dict[str, str], status: int, address: str
) -> None:
    assert site.post(address, data={"a": "1"}, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("cookie", "fields", "status"),
    [
        ("selaras=one", [("csrf", csrf_token(KEY, "one"))], 200),
        ("theme=x; selaras=one", [("a", "1"), ("csrf", csrf_token(KEY, "one"))], 200),
        ("selaras=one", [("csrf", csrf_token(KEY, "two"))], 403),
        ("selaras=one", [("csrf", csrf_token(b"another key", "one"))], 403),
        ("selaras=one", [("csrf", csrf_token(KEY, "one")[:-1])], 403),
        ("selaras=one", [("csrf", "")], 403),
        ("selaras=one", [("csrf", "é😀")], 403),
        ("selaras=one", [("a", "1")], 403),
        ("selaras=one", [("csrf", csrf_token(KEY, "one")), ("csrf", "x")], 403),
        ("selaras=one; selaras=two", [("csrf", csrf_token(KEY, "one"))], 403),
        ("selaras=", [("a", "1")], 403),
        ("selaras2=one", [("a", "1")], 200),
    ],
)
def test_request_with_a_session_needs_its_token(
    site: Site, cookie: str, fields: list[tuple[str, str]], status: int
) -> None:
    body = urlencode(fields)
    headers = {"Cookie": cookie, "Content-Type": FORM, "Sec-Fetch-Site": "same-origin"}
    assert site.post("/change", content=body, headers=headers).status_code == status


def test_token_is_found_beside_an_uploaded_file(site: Site) -> None:
    file = {"file": ("people.csv", b'name="csrf"\r\n\r\nx' * 5000)}
    headers = {"Cookie": "selaras=one"}
    right = site.post("/upload", files=file, data={"csrf": csrf_token(KEY, "one")}, headers=headers)
    wrong = site.post("/upload", files=file, data={"csrf": "x"}, headers=headers)
    none = site.post("/upload", files=file, headers=headers)
    assert (right.status_code, right.json()) == (200, {"fields": 2})
    assert (wrong.status_code, none.status_code) == (403, 403)


def test_a_session_is_no_part_of_the_api(site: Site) -> None:
    """A program brings a key; a browser's cookie neither helps nor can be misused there."""
    person = {"name": "Aminah", "age": 30}
    without = site.send("PUT", "/api/v1/people", json=person)
    cookie = site.send("PUT", "/api/v1/people", json=person, headers={"Cookie": "selaras=one"})
    assert (without.status_code, cookie.status_code) == (200, 200)
    foreign = {"Cookie": "selaras=one", "Origin": "https://evil.example"}
    assert site.send("PUT", "/api/v1/people", json=person, headers=foreign).status_code == 403


def test_cookie_is_locked_to_the_host_where_the_site_is_encrypted() -> None:
    assert cookie_name(Settings(_env_file=None)) == "selaras"
    assert cookie_name(Settings(_env_file=None, base_url="https://a.example")) == "__Host-selaras"


def test_encrypted_site_reads_its_own_cookie(encrypted: Site) -> None:
    headers = {"Cookie": "__Host-selaras=one"}
    token = {"csrf": csrf_token(KEY, "one")}
    assert encrypted.post("/change", data={}, headers=headers).status_code == 403
    assert encrypted.post("/change", data=token, headers=headers).status_code == 200


def test_policy_report_is_logged_by_its_directive_alone(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    body = b'[{"body": {"effectiveDirective": "script-src-elem", "sample": "secret"}}]'
    headers = {"Content-Type": "application/reports+json"}
    stranger = site.post("/csp-report", content=body, headers=headers)
    assert (stranger.status_code, caplog.messages) == (204, [])
    site.post("/csp-report", content=body, headers={**headers, "Cookie": "selaras=one"})
    assert caplog.messages == ["a page broke the content policy: script-src-elem"]
