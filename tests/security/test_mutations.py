"""A request that works, changed at random: whatever arrives, it is no fault of ours."""

import gc
import os
import random
from typing import Any
from urllib.parse import unquote

import pytest

from app.web.api.examples import BODIES
from tests.contracts.test_routes import ALL, Objects
from tests.journeys.browser import FORM, encoded
from tests.security.straight import Straight
from tests.site import Site
from tests.web.test_ingress import mutated
from tests.web.test_security import HEADERS

REQUESTS = 100_000 if os.environ.get("SELARAS_NIGHTLY") else 2_500
# These end the session, or make what takes seconds.
LEFT_OUT = {"/sign-out", "/rounds/{round_id}/audit"}

Seed = tuple[str, str, dict[str, str], bytes]


def seeds(straight: Straight) -> list[Seed]:
    """Every route as it is meant to be asked, of pages and of the API."""
    objects = Objects(straight.site)
    named = {
        **objects.released(),
        **objects.action(),
        **objects.webhook(),
        **objects.own_survey(),
        **objects.person(),
        **objects.department(),
        **objects.account(),
        **objects.upload(),
        **objects.indicator(),
        "wave": "half-way",
        "name": "stances",
        "kind": "svg",
        "token": "x" * 44,
        **objects.kiosk(),
    }
    made = []
    for route in ALL:
        if route.path in LEFT_OUT:
            continue
        known = {**named, "key": "team_pulse"} if route.path.startswith("/surveys") else named
        path = route.path.replace(":path", "").format_map(_Anything(known))
        fields = [(k, v.format_map(_Anything(known))) for k, v in route.fields.items()]
        body = encoded([("csrf", straight.csrf), *fields]) if route.method == "POST" else b""
        made.append((route.method, path, {**straight.signed_in, **_form(body)}, body))
    for route, content in BODIES.items():
        method, _, path = route.partition(" ")
        headers = {**straight.with_key, "content-type": "application/json"}
        made.append((method, path.format_map(_Anything(named)), headers, _json(content)))
    return made


class _Anything(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "zzzzzz"


def _form(body: bytes) -> dict[str, str]:
    return {"content-type": FORM} if body else {}


def _json(content: Any) -> bytes:
    import json

    return json.dumps(content).encode()


def scope_of(chance: random.Random, seed: Seed) -> tuple[dict[str, Any], list[bytes | None]]:
    method, path, headers, body = seed
    raw = path.encode()
    # One part is changed more often than all of them: most of a request has to be right to get far.
    part = chance.choice(("path", "headers", "body", "all"))
    if part in {"path", "all"}:
        raw = b"/" + mutated(chance, raw[1:] + chance.choice((b"", b"?lang=ms&page=2&q=a")))
    raw, _, query = raw.partition(b"?")
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    if part in {"headers", "all"}:
        pairs = [(name, mutated(chance, value)) for name, value in pairs]
        method = chance.choice([method, method, "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "X"])
    if part in {"body", "all"}:
        body = mutated(chance, body)
    pairs.append((b"transfer-encoding", b"chunked"))
    cut = chance.randint(0, len(body))
    pieces: list[list[bytes | None]] = [[body], [body[:cut], body[cut:]]]
    if chance.random() < 0.05:
        pieces = [[body[:cut], None]]
    return {
        "type": "http",
        "method": method,
        "path": unquote(raw.decode("latin-1")),
        "raw_path": raw,
        "query_string": query,
        "headers": pairs,
    }, chance.choice(pieces)


def attack(straight: Straight, seed: int, requests: int) -> set[int]:
    chance = random.Random(seed)
    known = seeds(straight)
    statuses: set[int] = set()
    for _ in range(requests):
        scope, pieces = scope_of(chance, chance.choice(known))
        status, headers = straight.raw(scope, pieces)
        assert status < 500, (seed, status, scope, pieces)
        # What is known to be unknown is asked with its headers like all else.
        assert not status or set(HEADERS) <= headers.keys(), (seed, scope)
        statuses.add(status)
    # A multipart body that breaks off leaves its temporary file to the collector.
    gc.collect()
    return statuses


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_mutation_of_any_route_is_a_fault_of_ours(straight: Straight) -> None:
    statuses = attack(straight, random.randrange(2**32), REQUESTS)
    # It reached the pages, what they refuse, and what the guards refuse.
    assert {200, 303, 400, 403, 404, 405, 422} <= statuses


def test_it_finds_a_route_that_trusts_what_it_is_sent(
    site: Site, straight: Straight, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.people import directory

    real = directory.find

    def trusting(session: Any, *, text: str, **more: Any) -> Any:
        # As if the words were put into a pattern that not every text is.
        if text.encode("ascii", "replace").count(b"?") or "%" in text:
            raise ValueError("no pattern")
        return real(session, text=text, **more)

    monkeypatch.setattr(directory, "find", trusting)
    seed = ("GET", "/people?q=a", straight.signed_in, b"")
    chance = random.Random(1)
    found = {straight.raw(*_with_query(chance, seed))[0] for _ in range(60)}
    assert 500 in found


def _with_query(chance: random.Random, seed: Seed) -> tuple[dict[str, Any], list[bytes | None]]:
    scope, _ = scope_of(chance, seed)
    headers = [(name.encode(), value.encode()) for name, value in seed[2].items()]
    query = b"q=" + mutated(chance, b"a")
    fixed = {"path": "/people", "raw_path": b"/people", "method": "GET", "query_string": query}
    return {**scope, **fixed, "headers": headers}, [b""]
