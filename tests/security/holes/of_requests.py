"""Holes between the network and the routes: forms of other sites, headers, sizes, names, errors."""

import logging
from functools import partial
from typing import Any
from unittest import mock

from app.web import dependencies, errors, ingress, request_head, security
from app.web.api import paging, replies
from app.web.hosts import Hosts
from app.web.request_head import Limits
from app.web.security import Sealed
from tests.contracts import test_routes
from tests.security.holes.hole import Hole, Place, Plant, replaced, route
from tests.web import test_errors, test_hosts, test_ingress, test_security, test_sign_in
from tests.web.api import test_api
from tests.web.test_security import make_site

_headers, _once = Sealed._headers, replies.once


def _small(*more: Any, **given: Any) -> Any:
    """A tiny application inside everything that guards the real one, made after the planting."""
    return lambda _: (make_site(**given), *more)


def _changing(place: Place) -> tuple[Any, ...]:
    return place.site, place.people, route("POST", "/settings/four-eyes")


def _hr(*more: Any) -> Any:
    return lambda place: (place.programs.of("hr"), *more)


def _without(name: str) -> Any:
    kept = {key: value for key, value in security.FIXED.items() if key != name}
    return replaced(security, "FIXED", kept)


def _errors_bare(self: Sealed, scope: Any, start: Any) -> Any:
    return list(start["headers"]) if start["status"] == 404 else _headers(self, scope, start)


def _telling(error: BaseException, _scope: Any) -> None:
    logging.getLogger("selaras.web").error("%s", error)


def _pointed(item: Any) -> dict[str, str]:
    return {"pointer": "/", "code": str(item["type"]), "input": str(item["input"])}


def _last(headers: Any, name: str) -> list[str]:
    return security.session_cookies(headers, name)[-1:]


def _done_again(session: Any, request: Any, who: Any, _key: Any, do: Any, status: int = 200) -> Any:
    return _once(session, request, who, None, do, status)


def _for_scripts(_: Place) -> Plant:
    from starlette.responses import Response

    real = Response.set_cookie

    def set_cookie(self: Any, *given: Any, **more: Any) -> None:
        real(self, *given, **more | {"httponly": False})

    return mock.patch.object(Response, "set_cookie", set_cookie)


HOLES = (
    Hole(
        "the token of a form is not compared",
        test_routes.test_nothing_is_changed_from_another_site,
        _changing,
        replaced(security, "same", lambda *_: True),
    ),
    Hole(
        "nobody looks where a form comes from",
        test_routes.test_nothing_is_changed_from_another_site,
        _changing,
        replaced(security.SameSite, "_from_our_page", lambda *_: True),
    ),
    Hole(
        "a form of another site is taken where nobody is signed in",
        test_security.test_form_of_another_site_is_refused,
        _small({"Origin": "https://127.0.0.1:8000.evil.example"}, 403, "/change"),
        replaced(security.SameSite, "_from_our_page", lambda *_: True),
    ),
    Hole(
        "a page of another site uses the API",
        test_api.test_a_page_of_another_site_cannot_use_it,
        _hr(),
        replaced(security.SameSite, "_from_our_page", lambda *_: True),
    ),
    *(
        Hole(
            f"the header {name} is left out",
            test_security.test_every_reply_is_sealed,
            _small("GET", "/", 200),
            _without(name),
        )
        for name in security.FIXED
    ),
    Hole(
        "errors have no headers",
        test_security.test_every_reply_is_sealed,
        _small("GET", "/nowhere", 404),
        replaced(Sealed, "_headers", _errors_bare),
    ),
    Hole(
        "the content policy allows scripts in the page",
        test_security.test_every_reply_is_sealed,
        _small("GET", "/", 200),
        replaced(
            security,
            "fixed_headers",
            partial(security.fixed_headers, policy="default-src 'self' 'unsafe-inline'"),
        ),
    ),
    Hole(
        "respondents get a cookie",
        test_security.test_respondents_get_no_cookie_and_their_cookies_are_not_seen,
        _small(),
        replaced(security, "for_respondents", lambda _: False),
    ),
    Hole(
        "scripts can read the cookie",
        test_sign_in.test_the_cookie_is_for_this_site_and_no_script,
        lambda place: (place.site,),
        _for_scripts,
    ),
    Hole(
        "either of two session cookies is believed",
        test_sign_in.test_of_two_sessions_at_once_none_is_believed,
        lambda place: (place.site,),
        replaced(dependencies, "session_cookies", _last),
    ),
    Hole(
        "a body has no limit",
        test_ingress.test_body_has_a_limit,
        _small("/change", 256 * 1024 + 1, 413),
        replaced(ingress, "Limits", partial(Limits, body=2**30)),
    ),
    Hole(
        "a form has any number of fields",
        test_ingress.test_form_has_at_most_200_fields,
        _small(201, 400),
        replaced(ingress, "Limits", partial(Limits, fields=10**6)),
    ),
    Hole(
        "a header may come twice",
        test_ingress.test_header_that_comes_twice_is_refused,
        _small(b"content-length"),
        replaced(request_head, "SINGLE", frozenset()),
    ),
    Hole(
        "an address may hold what is no text",
        test_ingress.test_path_is_short_and_plain,
        _small("/s/%ff", 400),
        replaced(request_head, "_is_plain", lambda _: True),
    ),
    Hole(
        "it answers to any name",
        test_hosts.test_it_answers_to_its_own_names,
        _small("evil.example", 421, base_url="https://survey.example.com"),
        replaced(Hosts, "check", lambda *_: None),
    ),
    Hole(
        "a log says what a fault of ours held",
        test_errors.test_fault_of_ours_is_logged_without_what_it_held,
        lambda place: (make_site(), "/boom", place.caplog),
        replaced(security, "report", _telling),
    ),
    Hole(
        "an error repeats what was sent",
        test_errors.test_invalid_input_is_pointed_at_and_not_repeated,
        _small(),
        replaced(errors, "_pointed", _pointed),
    ),
    Hole(
        "a cursor of the API can be made up",
        test_api.test_a_cursor_of_no_page_of_ours_is_refused,
        _hr("7." + "a" * 22),
        replaced(paging, "same", lambda *_: True),
    ),
    Hole(
        "an Idempotency-Key is not looked at",
        test_api.test_what_is_sent_twice_under_one_key_is_done_once,
        _hr(),
        replaced(replies, "once", _done_again),
    ),
    Hole(
        "who has read something older changes it",
        test_api.test_who_has_read_something_older_changes_nothing,
        _hr(),
        replaced(replies, "unless_changed", lambda *_: None),
    ),
)
