"""A program of HR's keeps the people in step, launches a round, follows it and closes it."""

import csv
import io
import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine

from app.kit.clock import now
from app.kit.tokens import random_code
from app.web.api import caller
from app.web.api.examples import BODIES
from tests import cast
from tests.contracts.test_routes import Objects
from tests.site import Site
from tests.web.api.conftest import Programs

PULSE = {"survey": "team_pulse", "departments": ["Commercial"], "name": "By program"}


def problem(reply: httpx.Response, status: int) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = reply.json()
    assert content["status"] == status
    assert content["request_id"] == reply.headers["x-request-id"]
    return content


def opened(hr: httpx.Client, **more: object) -> str:
    reply = hr.post("/rounds", json=PULSE | more)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["round"])


# Keys


def test_without_a_key_nothing_is_told(programs: Programs) -> None:
    nobody = programs.with_key("")
    for path in ("/people", "/rounds", "/surveys", "/keys"):
        reply = nobody.get(path)
        assert "selaras key create" in problem(reply, 401)["detail"]
        assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "selaras_", "selaras_" + "a" * 44, "é"])
def test_a_key_that_is_none_is_refused(programs: Programs, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode()}
    problem(programs.with_key("").get("/people", headers=headers), 401)


def test_a_key_is_shown_once_and_stored_nowhere(hr: httpx.Client, site: Site, programs) -> None:
    made = hr.post("/keys", json={"role": "hr", "name": "People sync", "days": 365}).json()
    assert programs.with_key(made["key"]).get("/people").status_code == 200
    listed = hr.get("/keys").json()["items"]
    mine = next(one for one in listed if one["id"] == made["id"])
    assert mine["used_at"] is not None
    assert "key" not in mine
    with site.database.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM api_key").all()
    assert made["key"] not in str(rows)


def test_a_revoked_key_ends_at_once(hr: httpx.Client, programs: Programs) -> None:
    made = hr.post("/keys", json={"role": "hr", "name": "Short"}).json()
    holder = programs.with_key(made["key"])
    assert holder.get("/rounds").status_code == 200
    assert hr.delete(f"/keys/{made['id']}").status_code == 200
    problem(holder.get("/rounds"), 401)
    problem(hr.delete(f"/keys/{made['id']}"), 404)


def test_a_key_lasts_as_long_as_it_was_made_for(programs: Programs) -> None:
    holder = programs.of("hr", days=1)
    with time_machine.travel(now() + timedelta(hours=23), tick=True):
        assert holder.get("/surveys").status_code == 200
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        problem(holder.get("/surveys"), 401)


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"role": "boss", "name": "x"}, "/role"),
        ({"role": "manager", "name": "x"}, "/department"),
        ({"role": "manager", "name": "x", "departments": ["Nowhere"]}, "/department"),
        ({"role": "hr", "name": " "}, "/name"),
    ],
)
def test_a_key_that_cannot_be_says_why(hr: httpx.Client, wanted: object, pointer: str) -> None:
    assert problem(hr.post("/keys", json=wanted), 422)["errors"][0]["pointer"] == pointer


def test_roles_do_what_is_theirs(programs: Programs, manager: httpx.Client) -> None:
    for role in ("it", "auditor"):
        assert "hr" in problem(programs.of(role).get("/people"), 403)["detail"]
        problem(programs.of(role).get("/rounds"), 403)
    problem(manager.get("/people"), 403)
    problem(manager.post("/rounds", json=PULSE), 403)
    assert manager.get("/rounds").status_code == 200


def test_a_key_is_not_asked_for_more_than_it_should_be(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller, "A_MINUTE", 3)
    busy = programs.of("hr")
    replies = [busy.get("/surveys") for _ in range(8)]
    refused = [one for one in replies if one.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) <= 60
    assert [one.headers["ratelimit-limit"] for one in replies] == ["3"] * 8
    assert replies[0].headers["ratelimit-remaining"] == "2"


# People


def test_people_come_page_by_page(hr: httpx.Client) -> None:
    found, cursor = [], ""
    while cursor is not None:
        content = hr.get("/people", params={"limit": 7, "cursor": cursor}).json()
        found += content["items"]
        cursor = content["next"]
    assert len(found) == content["total"] == len({one["employee_id"] for one in found})
    assert {one["email"] for one in found} >= {cast.CHONG, cast.SALMAH}


@pytest.mark.parametrize(
    "cursor", ["7", "7.abc", "-1.x", "999999999999.x", "é", "²", "٣.x", "7." + "a" * 22]
)
def test_a_cursor_of_no_page_of_ours_is_refused(hr: httpx.Client, cursor: str) -> None:
    told = problem(hr.get("/people", params={"cursor": cursor}), 422)
    assert told["errors"] == [{"pointer": "/cursor", "code": "unknown_cursor"}]


def test_people_are_added_and_changed_by_the_rules_of_the_file(hr: httpx.Client) -> None:
    batch = {
        "people": [
            {"employee_id": "9001", "name": "Wei", "email": "wei@x.example", "department": "Lab"},
            {"employee_id": "9002", "name": "=Bad", "email": "no address", "department": "Lab"},
        ]
    }
    assert hr.put("/people", json=batch | {"dry_run": True}).json()["new"] == 1
    assert hr.get("/people", params={"search": "wei@"}).json()["total"] == 0
    told = hr.put("/people", json=batch).json()
    assert (told["new"], told["errors"][0]["index"], told["errors"][0]["column"]) == (1, 1, "email")
    assert hr.get("/people", params={"search": "wei@"}).json()["items"][0]["department"] == "Lab"


def test_a_full_batch_that_would_end_many_is_refused(hr: httpx.Client) -> None:
    batch = {"people": [{"employee_id": "1", "department": "Lab"}], "full": True}
    assert "deactivate" in problem(hr.put("/people", json=batch), 409)["detail"]
    assert hr.get("/people").json()["total"] > 10


# Rounds


def test_a_round_is_looked_at_launched_followed_and_closed(
    hr: httpx.Client, manager: httpx.Client, site: Site
) -> None:
    looked = hr.post("/rounds", json=PULSE | {"preview": True})
    assert (looked.status_code, looked.json()["round"]) == (200, None)
    round_id = opened(hr)
    told = hr.get(f"/rounds/{round_id}").json()
    assert (told["state"], told["answered"]) == ("open", 0)
    assert told["invited"] == looked.json()["invited"]
    later = (now() + timedelta(days=30)).isoformat()
    assert hr.post(f"/rounds/{round_id}/extend", json={"closes": later}).json()["closes"] == later
    groups = manager.get(f"/rounds/{round_id}/participation").json()["groups"]
    assert {one["department"] for one in groups} <= {"", "Commercial", cast.SALES}
    assert hr.post(f"/rounds/{round_id}/close").json()["state"] == "ready"
    assert "closed" in problem(hr.post(f"/rounds/{round_id}/close"), 409)["detail"]


def test_reminders_are_planned_as_usual_unless_said_otherwise(hr: httpx.Client, site: Site) -> None:
    usual, last, none = opened(hr), opened(hr, reminders=["last-day"]), opened(hr, reminders=[])
    waves = {
        one: site.count("job", f"part = '{one}' AND kind = 'reminders'")
        for one in (usual, last, none)
    }
    assert list(waves.values()) == [2, 1, 0]
    for field, value in (("reminders", ["daily"]), ("mail_hours", "nine"), ("mail_days", "8")):
        told = problem(hr.post("/rounds", json=PULSE | {field: value}), 422)
        assert told["errors"][0]["pointer"] == f"/{field}"


def test_a_round_of_others_does_not_exist(programs: Programs, hr: httpx.Client) -> None:
    round_id = opened(hr)
    stranger = programs.of("manager", cast.LOGISTICS)
    for path in ("", "/participation"):
        foreign = problem(stranger.get(f"/rounds/{round_id}{path}"), 404)
        nothing = problem(stranger.get(f"/rounds/zzzzzz{path}"), 404)
        assert foreign["detail"] == nothing["detail"]
    assert round_id not in str(stranger.get("/rounds").json())


def test_what_is_sent_twice_under_one_key_is_done_once(hr: httpx.Client) -> None:
    body = PULSE | {"name": f"Once {random_code()}"}

    def send(_: int) -> httpx.Response:
        return hr.post("/rounds", json=body, headers={"Idempotency-Key": "launch-1"})

    with ThreadPoolExecutor(6) as crowd:
        replies = list(crowd.map(send, range(6)))
    assert {one.status_code for one in replies} == {201}
    assert len({one.text for one in replies}) == 1
    assert sum("idempotent-replayed" in one.headers for one in replies) == 5
    listed = hr.get("/rounds", params={"limit": 200}).json()["items"]
    assert sum(one["name"] == body["name"] for one in listed) == 1
    other = hr.post("/rounds", json=PULSE, headers={"Idempotency-Key": "launch-1"})
    assert "make a new one" in problem(other, 422)["detail"]


def test_what_failed_is_not_remembered(hr: httpx.Client) -> None:
    headers = {"Idempotency-Key": "launch-2"}
    wrong = PULSE | {"departments": ["Nowhere"]}
    assert "Nowhere" in problem(hr.post("/rounds", json=wrong, headers=headers), 422)["detail"]
    assert hr.post("/rounds", json=PULSE, headers=headers).status_code == 201


def test_who_has_read_something_older_changes_nothing(hr: httpx.Client) -> None:
    round_id = opened(hr)
    tag = hr.get(f"/rounds/{round_id}").headers["etag"]
    assert hr.get(f"/rounds/{round_id}", headers={"If-None-Match": tag}).status_code == 304
    later = {"closes": (now() + timedelta(days=40)).isoformat()}
    assert hr.post(f"/rounds/{round_id}/extend", json=later).status_code == 200
    stale = hr.post(f"/rounds/{round_id}/close", headers={"If-Match": tag})
    assert "read it again" in problem(stale, 412)["detail"]
    fresh = hr.get(f"/rounds/{round_id}").headers["etag"]
    assert hr.post(f"/rounds/{round_id}/close", headers={"If-Match": fresh}).status_code == 200


def test_a_round_is_voided_only_by_who_is_sure(hr: httpx.Client) -> None:
    round_id = opened(hr)
    unsure = problem(hr.post(f"/rounds/{round_id}/void", json={"sure": False}), 422)
    assert unsure["errors"][0]["pointer"] == "/sure"
    assert hr.post(f"/rounds/{round_id}/void", json={"sure": True}).json()["state"] == "void"


def released(site: Site, hr: httpx.Client) -> str:
    """A round that fourteen people have answered, closed and released by the program."""
    named = Objects(site).ready()
    reply = hr.post(f"/rounds/{named['round_id']}/release")
    assert reply.status_code == 200, reply.text
    return named["round_id"]


def test_results_are_released_read_and_exported(
    hr: httpx.Client, manager: httpx.Client, programs: Programs, site: Site
) -> None:
    round_id = released(site, hr)
    assert hr.get(f"/rounds/{round_id}").json()["state"] == "released"
    reply = hr.get(f"/rounds/{round_id}/release")
    groups = {one["department"]: one for one in reply.json()["groups"]}
    tag = {"If-None-Match": reply.headers["etag"]}
    assert hr.get(f"/rounds/{round_id}/release", headers=tag).status_code == 304
    theirs = manager.get(f"/rounds/{round_id}/release").json()["groups"]
    assert {one["department"] for one in theirs} <= {"", "Commercial", cast.SALES}
    assert len(theirs) < len(groups)
    file = hr.post(f"/rounds/{round_id}/export", json={"what": "scores"})
    rows = list(csv.DictReader(io.StringIO(file.text)))
    whole = next(one for one in rows if one["level"] == "0" and one["measure_kind"] == "overall")
    assert whole["score"] == str(groups[""]["score"])
    wide = hr.post(f"/rounds/{round_id}/export", json={"what": "wide"})
    assert "line by line" in problem(wide, 409)["detail"]
    problem(manager.post(f"/rounds/{round_id}/export", json={"what": "wide"}), 403)
    sav = hr.post(f"/rounds/{round_id}/export", json={"format": "sav"})
    assert "csv for analysis" in problem(sav, 422)["detail"]
    stranger = programs.of("manager", cast.LOGISTICS)
    problem(stranger.get(f"/rounds/{round_id}/release"), 404)
    problem(stranger.post(f"/rounds/{round_id}/export", json={}), 404)


def test_figures_are_brought_in_month_by_month(hr: httpx.Client, manager: httpx.Client) -> None:
    values = [
        {"period": "2026-03", "indicator": "lead_conversion", "value": 12.5},
        {"period": "2026-03", "indicator": "lead_conversion", "value": 9, "department": cast.SALES},
        {"period": "2026-03", "indicator": "cycle_length", "value": 40, "department": "Operations"},
        {"period": "March", "indicator": "lead_conversion", "value": 1},
    ]
    told = hr.put("/indicators", json={"values": values}).json()
    assert (told["new"], told["errors"][0]["index"], told["errors"][0]["column"]) == (
        3,
        3,
        "period",
    )
    mine = {one["key"]: one["values"] for one in manager.get("/indicators").json()["items"]}
    assert {one["department"] for one in mine["lead_conversion"]} == {"", cast.SALES}
    assert mine["cycle_length"] == []


# What is not as expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"survey": "team_pulse", "name": "\\ud800"}',
        b'{"survey": "team_pulse", "name": "a\\u0000b"}',
        b'{"survey": "team_pulse", "name": "x", "min_group": 1e400}',
        b'{"survey": "team_pulse", "name": "x", "min_group": NaN}',
        b'{"survey": "team_pulse", "name": "x", "closes": 5}',
        b'{"survey": "team_pulse", "name": "x", "closes": "2030-01-01"}',
        b'{"survey": "team_pulse", "name": "x", "closes": "9999-12-31T23:59:59-23:59"}',
        b'{"survey": "team_pulse", "name": "x", "unknown": 1}',
        b'{"survey": "../../etc/passwd", "name": "x"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_bad_content_is_named_and_nothing_is_launched(hr: httpx.Client, content: bytes) -> None:
    before = hr.get("/rounds").json()["total"]
    reply = hr.post("/rounds", content=content, headers={"Content-Type": "application/json"})
    assert 400 <= reply.status_code < 500, reply.text
    problem(reply, reply.status_code)
    assert hr.get("/rounds").json()["total"] == before


def test_a_round_that_cannot_be_names_its_field(hr: httpx.Client) -> None:
    told = problem(hr.post("/rounds", json=PULSE | {"min_group": 1}), 422)
    assert told["errors"] == [{"pointer": "/min_group", "code": "refused"}]
    assert told["detail"] == "min_group: at least 4 on this installation"


def test_a_parameter_that_comes_twice_is_refused(hr: httpx.Client) -> None:
    told = problem(hr.get("/people?limit=1&limit=200"), 400)
    assert told["errors"] == [{"pointer": "/limit", "code": "twice"}]


def test_headers_can_be_asked_for_alone(hr: httpx.Client) -> None:
    whole, alone = hr.get("/surveys"), hr.head("/surveys")
    assert (alone.status_code, alone.content) == (200, b"")
    assert alone.headers["etag"] == whole.headers["etag"]


def test_errors_of_every_kind_are_problems(hr: httpx.Client) -> None:
    problem(hr.get("/nothing"), 404)
    problem(hr.get("/surveys/nothing"), 404)
    problem(hr.patch("/rounds"), 405)
    problem(hr.put("/people", content=b"x" * 300_000), 413)
    problem(hr.post("/rounds", content=b"a=1", headers={"Content-Type": "text/xml"}), 415)
    problem(hr.get("/rounds", params={"limit": "many"}), 422)


def test_a_page_of_another_site_cannot_use_it(hr: httpx.Client) -> None:
    problem(hr.post("/rounds", json=PULSE, headers={"Origin": "https://evil.example"}), 403)


# What it says of itself


def test_every_example_is_understood(hr: httpx.Client, site: Site) -> None:
    for name, body in BODIES.items():
        method, _, path = name.partition(" ")
        round_id = opened(hr)
        ids = defaultdict(lambda: "unknown", round_id=round_id)
        reply = hr.request(method, path.removeprefix("/api/v1").format_map(ids), json=body)
        understood = 200 <= reply.status_code < 300 or reply.json()["detail"].startswith("This d")
        assert understood or "results" in reply.text or reply.status_code == 404, reply.text


def test_the_description_names_every_route(hr: httpx.Client, programs: Programs) -> None:
    told = programs.with_key("").get("/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert {"/api/v1/people", "/api/v1/rounds/{round_id}/close"} <= told["paths"].keys()
    with_body = {
        f"{method.upper()} {path}"
        for path, methods in told["paths"].items()
        for method, one in methods.items()
        if "requestBody" in one
    }
    assert with_body <= BODIES.keys()


def test_the_page_about_it_loads_nothing_from_elsewhere(programs: Programs) -> None:
    page = programs.with_key("").get("/docs")
    assert page.status_code == 200
    assert "selaras key create" in page.text
    assert not re.search(r'(src|href|action)="(https?:)?//', page.text)
