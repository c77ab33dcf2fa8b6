"""Every route of the API, which keys it answers, and that it answers no other."""

from typing import Any

import httpx
import pytest

from app.web.api.examples import BODIES
from tests import cast
from tests.contracts.test_routes import Objects, recorded, writes
from tests.site import Site
from tests.web.api.conftest import Programs

ROLES = ("nobody", "it", "auditor", "stranger", "manager", "hr")
# Who is answered: anybody, keys that read results, keys of HR, keys of HR and IT.
ANYBODY, READERS, HR_ONLY, KEEPERS = "anybody", "readers", "hr", "keepers"
ROUTES = {
    "GET /api/v1/people": HR_ONLY,
    "PUT /api/v1/people": HR_ONLY,
    "GET /api/v1/surveys": HR_ONLY,
    "GET /api/v1/surveys/{key}": HR_ONLY,
    "GET /api/v1/rounds": READERS,
    "POST /api/v1/rounds": HR_ONLY,
    "GET /api/v1/rounds/{round_id}": READERS,
    "GET /api/v1/rounds/{round_id}/participation": READERS,
    "POST /api/v1/rounds/{round_id}/extend": HR_ONLY,
    "POST /api/v1/rounds/{round_id}/close": HR_ONLY,
    "POST /api/v1/rounds/{round_id}/void": HR_ONLY,
    "GET /api/v1/rounds/{round_id}/release": READERS,
    "POST /api/v1/rounds/{round_id}/release": HR_ONLY,
    "POST /api/v1/rounds/{round_id}/export": READERS,
    "GET /api/v1/indicators": READERS,
    "PUT /api/v1/indicators": HR_ONLY,
    "GET /api/v1/actions": READERS,
    "POST /api/v1/actions": READERS,
    "GET /api/v1/actions/{action_id}": READERS,
    "PUT /api/v1/actions/{action_id}": READERS,
    "POST /api/v1/actions/{action_id}/done": READERS,
    "DELETE /api/v1/actions/{action_id}": READERS,
    "GET /api/v1/webhooks": KEEPERS,
    "POST /api/v1/webhooks": KEEPERS,
    "GET /api/v1/webhooks/{hook_id}": KEEPERS,
    "POST /api/v1/webhooks/{hook_id}/state": KEEPERS,
    "POST /api/v1/webhooks/{hook_id}/test": KEEPERS,
    "POST /api/v1/webhooks/{hook_id}/rotate": KEEPERS,
    "DELETE /api/v1/webhooks/{hook_id}": KEEPERS,
    "GET /api/v1/keys": HR_ONLY,
    "POST /api/v1/keys": HR_ONLY,
    "DELETE /api/v1/keys/{key_id}": HR_ONLY,
    "GET /api/v1/openapi.json": ANYBODY,
    "GET /api/v1/docs": ANYBODY,
}

OF_RESULTS = {
    "GET /api/v1/rounds/{round_id}/release",
    "POST /api/v1/rounds/{round_id}/export",
}


@pytest.fixture(scope="module")
def everybody(programs: Programs) -> dict[str, httpx.Client]:
    return {
        "nobody": programs.with_key(""),
        "it": programs.of("it"),
        "auditor": programs.of("auditor"),
        "stranger": programs.of("manager", cast.LOGISTICS),
        "manager": programs.of("manager", cast.SALES),
        "hr": programs.of("hr"),
    }


@pytest.fixture(scope="module")
def released(site: Site) -> str:
    return Objects(site).released()["round_id"]


def served(site: Site) -> list[str]:
    from tests.contracts import test_routes

    (api,) = (
        route.original_router
        for route in test_routes.application(site).routes
        if getattr(getattr(route, "original_router", None), "prefix", "") == test_routes.API
    )
    return sorted(f"{method} {path}" for method, path in test_routes.flat(api.routes))


def test_every_route_is_in_the_list(site: Site) -> None:
    assert served(site) == sorted(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_each_key_gets_what_it_may_have(
    route: str, everybody: dict[str, httpx.Client], site: Site, released: str
) -> None:
    method, _, path = route.partition(" ")
    round_id = released if route in OF_RESULTS else site.opened("Commercial").id
    named = {"round_id": round_id, "key": "team_pulse", "key_id": "zzz"}
    for role in ROLES:
        # Made afresh: what one may delete the next could not find.
        if "{action_id}" in path:
            named |= Objects(site).action()
        if "{hook_id}" in path:
            named |= Objects(site).webhook()
        reply = ask(everybody[role], method, path.format(**named), BODIES.get(route))
        assert kind(reply) == expected(ROUTES[route], role, path), (role, reply.text)


@pytest.mark.parametrize("route", [one for one in ROUTES if "{round_id}" in one])
def test_a_round_that_does_not_exist_is_like_one_of_others(
    route: str, everybody: dict[str, httpx.Client], site: Site
) -> None:
    method, _, path = route.partition(" ")
    theirs = path.format(round_id=site.opened("Commercial").id)
    missing = path.format(round_id="zzzzzz")
    body = BODIES.get(route)
    found = [
        ask(everybody["stranger"], method, one, body).json() | {"request_id": ""}
        for one in (theirs, missing)
    ]
    assert found[0] == found[1]
    if method == "GET":
        assert ask(everybody["hr"], method, missing, None).status_code == 404


@pytest.mark.parametrize("route", [one for one in ROUTES if one.startswith("GET")])
def test_reading_writes_nothing(route: str, everybody: dict[str, httpx.Client], site: Site) -> None:
    path = route.removeprefix("GET ").format(
        round_id=site.opened("Commercial").id,
        key="team_pulse",
        **Objects(site).action(),
        **Objects(site).webhook(),
    )
    ask(everybody["hr"], "GET", path, None)
    with recorded(site) as statements:
        for role in ROLES:
            ask(everybody[role], "GET", path, None)
    # That a key was used, and how often, is noted; nothing else.
    notes = ("UPDATE api_key SET used_at", "INSERT INTO tried")
    changed = [one for one in writes(statements) if not one.startswith(notes)]
    assert changed == []


def ask(client: httpx.Client, method: str, path: str, body: Any) -> httpx.Response:
    return client.request(method, path.removeprefix("/api/v1"), json=body)


def kind(reply: httpx.Response) -> str:
    refused = {401: "unknown", 403: "not allowed", 404: "not there"}
    assert reply.status_code < 500
    return refused.get(reply.status_code, "answered")


def expected(whom: str, role: str, path: str) -> str:
    if whom == ANYBODY:
        return "answered"
    if role == "nobody":
        return "unknown"
    if whom == KEEPERS:
        return "answered" if role in {"it", "hr"} else "not allowed"
    if role in {"it", "auditor"} or (whom == HR_ONLY and role != "hr"):
        return "not allowed"
    if "key_id" in path or (("{round_id}" in path or "{action_id}" in path) and role == "stranger"):
        return "not there"
    return "answered"
