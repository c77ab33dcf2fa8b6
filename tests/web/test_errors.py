"""Error pages are kind, in the reader's language, and repeat nothing."""

import pytest
from fastapi import FastAPI

from app.kit.language import Language
from app.web.errors import ANSWERING, FORGED, NOT_SAVED, PROBLEMS, Errors, Problem
from app.web.pages import Pages
from tests.web.test_security import AlreadyThere, Site, make_site

MARKER = "aminah@example.com"


@pytest.fixture(scope="module")
def site() -> Site:
    return make_site()


@pytest.mark.parametrize(
    ("method", "address", "status", "words"),
    [
        ("GET", "/nowhere", 404, "This page does not exist"),
        ("PUT", "/", 405, "This page cannot be used that way"),
        ("GET", "/taken", 409, "This has changed in the meantime"),
        ("GET", "/boom", 500, "Something went wrong on our side"),
        ("GET", "/not-saved", 503, "Keep this page"),
        ("POST", "/kiosk/not-saved", 503, "Not saved yet"),
    ],
)
def test_page_says_what_happened_and_where_to_go(
    site: Site, method: str, address: str, status: int, words: str
) -> None:
    reply = site.send(method, address)
    assert reply.status_code == status
    assert words in reply.text
    assert reply.headers["x-request-id"] in reply.text
    assert "hr@example.com" in reply.text
    assert ('href="/"' in reply.text) == (not address.startswith("/kiosk"))


def test_not_saved_says_when_to_come_back(site: Site) -> None:
    assert site.get("/not-saved").headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("address", "header", "words"),
    [
        ("/nowhere", "ms", "Halaman ini tidak wujud"),
        ("/nowhere", "en-GB,ms;q=0.5", "This page does not exist"),
        ("/nowhere", "id", "This page does not exist"),
        ("/nowhere", "zsm", "Halaman ini tidak wujud"),
        ("/nowhere?lang=ms", "en", "Halaman ini tidak wujud"),
        ("/nowhere?lang=xx", "ms", "Halaman ini tidak wujud"),
        ("/nowhere", "\xff;q=a,,*", "This page does not exist"),
        ("/boom", "ms", "Ada masalah di pihak kami"),
    ],
)
def test_page_is_in_the_readers_language(site: Site, address: str, header: str, words: str) -> None:
    reply = site.get(address, headers={"Accept-Language": header.encode("latin-1")})
    assert words in reply.text


def test_every_page_is_translated() -> None:
    for problem in (*PROBLEMS.values(), *ANSWERING.values(), NOT_SAVED, FORGED):
        for text in (problem.title, problem.text):
            assert Language("ms").text(text) != text
            assert Language("en").text(text) == text


def test_api_answers_with_problem_json(site: Site) -> None:
    reply = site.get("/api/v1/nowhere")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": PROBLEMS[404].text,
        "request_id": reply.headers["x-request-id"],
    }


def test_invalid_input_is_pointed_at_and_not_repeated(site: Site) -> None:
    person = {"name": MARKER * 3, "age": "old", "is_admin": 1, "visits": {MARKER: "x"}}
    reply = site.send("PUT", "/api/v1/people", json=person)
    assert reply.status_code == 422
    assert MARKER not in reply.text
    assert "is_admin" not in reply.text
    assert {"pointer": "/visits", "code": "int_parsing"} in reply.json()["errors"]
    assert {"pointer": "/name", "code": "string_too_long"} in reply.json()["errors"]
    assert {"pointer": "/age", "code": "int_parsing"} in reply.json()["errors"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b"[" * 100_000,
        b'{"name": "\\ud800", "age": 1}',
        b'{"name": "a", "age": 1e400}',
        b'{"name": "a", "age": ' + b"9" * 5000 + b"}",
        b'{"name": "\xff", "age": 1}',
    ],
)
def test_hostile_json_is_a_4xx(site: Site, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    reply = site.send("PUT", "/api/v1/people", content=body, headers=headers)
    assert 400 <= reply.status_code < 500


@pytest.mark.parametrize("address", ["/boom", "/api/v1/boom", "/wrong-reply"])
def test_fault_of_ours_is_logged_without_what_it_held(
    site: Site, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply = site.get(address)
    assert reply.status_code == 500
    assert MARKER not in reply.text + caplog.text
    assert "secret" not in reply.text + caplog.text
    assert "Traceback" not in reply.text + caplog.text
    assert len(caplog.messages) == 1
    assert reply.headers["x-request-id"] in caplog.messages[0]


def test_reply_that_breaks_off_is_not_taken_for_whole(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Exception, match=r"^$") as caught:
        site.get("/half")
    assert type(caught.value).__name__ == "Truncated"
    assert caught.value.__suppress_context__
    assert MARKER not in caplog.text


def test_page_that_cannot_be_drawn_still_answers(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site()
    monkeypatch.setattr(Pages, "render", lambda *_, **__: 1 / 0)
    reply = site.get("/nowhere")
    assert (reply.status_code, reply.text) == (500, "Error")
    assert "ZeroDivisionError" in caplog.text


def test_domain_exception_has_its_own_words(site: Site) -> None:
    app = FastAPI()
    problem = Problem("Already answered", "Thank you.")
    Errors(site.pages).register(app, AlreadyThere, 410, problem)
    assert AlreadyThere in app.exception_handlers
