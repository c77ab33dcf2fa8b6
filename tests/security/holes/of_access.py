"""Holes in who may do what, in signing in, and in what remains open afterwards."""

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest import mock

from fastapi import APIRouter
from sqlmodel import select
from starlette.exceptions import HTTPException

import app.main
from app.access import accounts, keys, passwords, sign_in
from app.access.accounts import Role
from app.access.models import ApiKey
from app.audit import log
from app.kit.tokens import fingerprint
from app.web import api, dependencies, gate, leading, sight
from app.web.api import caller
from app.web.routes import exports
from tests import cast
from tests.access import test_no_oracle, test_passwords, test_sessions
from tests.contracts import test_routes
from tests.security.holes.hole import Hole, Place, Plant, allowing, replaced, route
from tests.web import test_password_pages, test_sign_in, test_step_up
from tests.web.api import test_api, test_matrix
from tests.web.api.test_matrix import ROLES as KEYS


def _asked(method: str, path: str) -> Any:
    return lambda place: (place.site, place.people, route(method, path))


def _programs(place: Place) -> dict[str, Any]:
    scopes = {"stranger": cast.LOGISTICS, "manager": cast.SALES}
    made = {
        role: place.programs.of("manager", scopes[role]) if role in scopes else None
        for role in KEYS
    }
    others = {role: place.programs.of(role) for role in ("it", "auditor", "hr")}
    return made | others | {"nobody": place.programs.with_key("")}


def _asked_of_api(path: str) -> Any:
    return lambda place: (path, _programs(place), place.site, place.released)


def _anybody(viewer: dependencies.SignedIn) -> Any:
    return viewer


def _any_key(viewer: caller.Caller) -> Any:
    return viewer


_sight, _current, _opened, _is_right = (
    sight._sight,
    sign_in.current,
    sight._opened,
    passwords.is_right,
)


def _sees_all(viewer: Any, tree: Any) -> Any:
    return _sight(replace(viewer, role=Role.HR), tree)


def _told_no(viewer: Any, row: Any, tree: Any) -> Any:
    seen = _sight(viewer, tree)
    if not viewer.sees_all and not seen.own:
        raise HTTPException(403)
    return seen


def _remembered(_: Place) -> Plant:
    """Who is signed in is kept in memory, and not read for every request."""
    known: dict[str, Any] = {}

    def current(session: Any, cookie: str) -> Any:
        if cookie not in known:
            known[cookie] = _current(session, cookie)
        return known[cookie]

    return mock.patch.object(sign_in, "current", current)


def _unlisted(_: Place) -> Plant:
    router = APIRouter()
    router.add_api_route("/back-door", lambda: "open")
    return mock.patch.object(
        app.main, "ROUTERS", (*app.main.ROUTERS, SimpleNamespace(router=router))
    )


def _unlisted_in_api(_: Place) -> Plant:
    router = APIRouter()
    router.add_api_route("/back-door", lambda: "open")
    routes = [*api.router.routes, *router.routes]
    return mock.patch.object(api.router, "routes", routes)


def _visits(place: Place) -> Plant:
    """Every visit is written down."""

    def current(session: Any, cookie: str) -> Any:
        viewer = _current(session, cookie)
        with place.site.database.writing() as own:
            log.record(own, "somebody", "session.begun", "visit")
        return viewer

    return mock.patch.object(sign_in, "current", current)


def _found(session: Any, token: str) -> Any:
    return session.exec(select(ApiKey).where(ApiKey.key_hash == fingerprint(token))).one_or_none()


def _usable_for_ever(session: Any, link: Any) -> Any:
    return link


def _kept(session: Any, token: str, browser: str = "") -> str | None:
    link = session.get(sign_in.SignInLink, fingerprint(token))
    return sign_in.begin(session, link.account_id, sign_in.LINK, browser) if link else None


def _said(row: Any, password: str) -> bool:
    """Who has no account is told so."""
    if row is None:
        raise HTTPException(404)
    return _is_right(row, password)


def _quick(row: Any, password: str) -> bool:
    """Where there is no account there is nothing to compare with."""
    return row is not None and _is_right(row, password)


def _slow(row: Any, password: str) -> bool:
    time.sleep(0.02 if row else 0)
    return _is_right(row, password)


def _with_password(place: Place) -> tuple[Any, ...]:
    place.aminah  # noqa: B018 - made at first use
    return place.plain, place.patches


def _timed(place: Place) -> tuple[Any, ...]:
    """So few looks tell a difference of milliseconds; the nightly ones one of microseconds."""
    given = _with_password(place)
    test_no_oracle.unlimit(given[1])
    given[1].setattr(test_no_oracle, "PAIRS", 15)
    return given[:1]


def _account(place: Place) -> tuple[Any, ...]:
    with place.plain.database.writing() as session:
        return place.plain.database, accounts.add(session, cast.CHONG, "hr", (), "test")


def _codes(place: Place) -> tuple[Any, ...]:
    runtime = place.plain.runtime
    return runtime, test_passwords.with_password(runtime, cast.CHONG)


HOLES = (
    Hole(
        "a page forgets which roles may open it",
        test_routes.test_each_role_gets_what_it_may_have,
        _asked("GET", "/people"),
        lambda place: allowing(place, dependencies.Hr, _anybody),
    ),
    Hole(
        "a page of results forgets whose departments they are",
        test_routes.test_each_role_gets_what_it_may_have,
        _asked("GET", "/rounds/{round_id}/departments/{path:path}"),
        replaced(sight, "_sight", _sees_all),
    ),
    Hole(
        "what is another's is refused (403), and so known to exist",
        test_routes.test_a_round_that_does_not_exist_is_like_one_of_others,
        _asked("GET", "/rounds/{round_id}/trend"),
        replaced(sight, "_opened", _told_no),
    ),
    Hole(
        "a page is in nobody's list",
        test_routes.test_every_route_is_in_the_list,
        lambda place: (place.site,),
        _unlisted,
    ),
    Hole(
        "reading a page writes",
        test_routes.test_reading_writes_nothing,
        _asked("GET", "/account"),
        _visits,
    ),
    Hole(
        "a part of the API forgets which keys may use it",
        test_matrix.test_each_key_gets_what_it_may_have,
        _asked_of_api("GET /api/v1/people"),
        lambda place: allowing(place, caller.HrCaller, _any_key),
    ),
    Hole(
        "a part of the API forgets whose departments they are",
        test_matrix.test_each_key_gets_what_it_may_have,
        _asked_of_api("GET /api/v1/rounds/{round_id}/release"),
        replaced(sight, "_sight", _sees_all),
    ),
    Hole(
        "a part of the API is in nobody's list",
        test_matrix.test_every_route_is_in_the_list,
        lambda place: (place.site,),
        _unlisted_in_api,
    ),
    Hole(
        "a revoked key goes on",
        test_api.test_a_revoked_key_ends_at_once,
        lambda place: (place.programs.of("hr"), place.programs),
        replaced(keys, "find", _found),
    ),
    Hole(
        "an account is disabled and its session goes on",
        test_sign_in.test_a_disabled_account_is_out_at_once,
        lambda place: (place.site,),
        _remembered,
    ),
    Hole(
        "a session never ends by itself",
        test_sessions.test_a_session_ends_when_it_is_not_used,
        _account,
        replaced(sign_in, "_over", lambda _: False),
    ),
    Hole(
        "a sign-in link works twice",
        test_sessions.test_a_link_works_once,
        lambda place: (None, *_account(place)),
        replaced(sign_in, "redeem", _kept),
    ),
    Hole(
        "a sign-in link works for ever",
        test_sessions.test_a_link_ends_with_its_time,
        lambda place: (*_account(place), sign_in.LINK_LASTS, 15),
        replaced(sign_in, "_usable", _usable_for_ever),
    ),
    Hole(
        "the code of an app works twice",
        test_passwords.test_a_code_works_once_and_none_before_it,
        _codes,
        replaced(passwords, "spend", lambda *_: True),
    ),
    Hole(
        "a recovery code works twice",
        test_passwords.test_each_recovery_code_works_once_for_its_own_account,
        _codes,
        replaced(passwords, "spend", lambda *_: True),
    ),
    Hole(
        "nobody counts how often somebody guesses",
        test_password_pages.test_guessing_is_slowed_down_for_an_account_whether_it_exists_or_not,
        lambda place: (place.plain, place.aminah),
        replaced(gate.Gate, "_require", lambda *_: None),
    ),
    Hole(
        "who has no account is told so",
        test_password_pages.test_strangers_learn_nothing_and_no_password_comes_back,
        lambda place: (place.plain, place.aminah),
        replaced(passwords, "is_right", _said),
    ),
    Hole(
        "the time tells who has an account",
        test_no_oracle.test_the_same_is_done_whether_there_is_an_account_or_not,
        _with_password,
        replaced(passwords, "is_right", _quick),
    ),
    Hole(
        "a known account takes longer, as a clock sees it",
        test_no_oracle.test_the_time_tells_nothing_of_an_account,
        _timed,
        replaced(passwords, "is_right", _slow),
    ),
    Hole(
        "an export does not ask for a fresh sign-in",
        test_step_up.assert_asked,
        lambda place: (place.site, {"POST /rounds/{round_id}/export"}),
        replaced(exports, "require_fresh", lambda *_: None),
    ),
    Hole(
        "signing in leads to any address",
        test_sign_in.test_nobody_is_led_to_another_site,
        lambda place: (place.site, "//evil.example"),
        replaced(leading, "local", lambda address: address),
    ),
)
