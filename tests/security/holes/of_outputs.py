"""Holes in what leaves: requests of webhooks, pages, files, and what lies in the repository."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest import mock

import httpx
from jinja2 import ChoiceLoader, FunctionLoader
from jinja2.environment import create_cache

from app.actions import register
from app.kit import csv, outbound
from app.kit.language import Language
from app.kit.outbound import Outbound
from app.web.pages import TEMPLATES
from tests import cast
from tests.contracts.test_routes import ask
from tests.kit import test_outbound
from tests.security import test_outputs, test_source
from tests.security.holes.hole import Hole, Place, replaced, route
from tests.security.payloads import HARMLESS, PAYLOADS

SAID = "{{ line.row.what }}"
_placed = Outbound._placed


async def _by_name(self: Outbound, url: str) -> Any:
    """The name is looked at, and asked again where the connection is made."""
    parts, _ = await _placed(self, url)
    return parts, parts.hostname


def _client(**more: Any) -> Any:
    return replaced(outbound.httpx, "AsyncClient", partial(_loose, more))


_AsyncClient = httpx.AsyncClient


def _loose(more: dict[str, Any], **given: Any) -> httpx.AsyncClient:
    return _AsyncClient(**given | more)


def _action_said(place: Place) -> tuple[dict[str, str], dict[str, str]]:
    """The page of actions, whose one action is worded so and so."""
    pages = []
    browser = place.site.signed_in(cast.AMINAH)
    with place.site.database.writing() as session:
        row = register.add(session, register.Given("x"), register.NOWHERE, "test")
    for word in (HARMLESS[0], PAYLOADS[0]):
        with place.site.database.writing() as session:
            found = register.get(session, row.id, None)
            register.change(session, found, register.Given(word), "test")
        reply = ask(place.site, browser, route("GET", "/actions"), {})
        assert reply.status_code == 200
        pages.append({"/actions": reply.text})
    with place.site.database.writing() as session:
        register.remove(session, register.get(session, row.id, None), "test")
    return pages[0], pages[1]


@contextmanager
def _trusting(place: Place) -> Iterator[None]:
    """One page says of a word that it is safe."""

    def source(name: str) -> str | None:
        text = (TEMPLATES / name).read_text()
        assert name != "actions/index.html" or SAID in text
        return text.replace(SAID, "{{ line.row.what|safe }}") if SAID in text else None

    environment = place.site.web.pages.environment(Language("en"))
    real = environment.loader
    assert real is not None
    loaders, cache = ChoiceLoader([FunctionLoader(source), real]), environment.cache
    with mock.patch.multiple(environment, loader=loaders, cache=create_cache(50)):
        yield
    assert environment.cache is cache


def _file_of_words() -> bytes:
    return "".join(csv.write(["word"], [[one] for one in PAYLOADS], excel=True)).encode()


@contextmanager
def _secret_left(place: Place) -> Iterator[None]:
    """A file with the key of a cloud is added to the repository."""
    file = place.folder / "deploy.sh"
    file.write_text("export KEY=AK" + "IAIOSFODNN7ABCDEFG\n")
    names = [*test_source.tracked(), str(file)]
    with mock.patch.object(test_source, "tracked", return_value=names):
        yield


@contextmanager
def _planted_source(place: Place, text: str) -> Iterator[None]:
    file = test_source.ROOT / "app" / "planted.py"
    tree = test_source.parsed.__wrapped__
    import ast

    def parsed(path: Any) -> Any:
        return ast.parse(text) if path == file else tree(path)

    with mock.patch.multiple(test_source, APP=[file], parsed=parsed):
        yield


def _source(text: str) -> Any:
    return lambda place: _planted_source(place, text)


def _nothing(_: Place) -> tuple[()]:
    return ()


def _receiver(*more: Any) -> Any:
    return lambda place: (place.receiver, *more)


def _and_patches(place: Place) -> tuple[Any, ...]:
    return place.receiver, place.patches


HOLES = (
    Hole(
        "a webhook reaches private addresses",
        test_outbound.test_no_private_address_is_reached,
        lambda _: ("127.0.0.1",),
        replaced(outbound, "_is_public", lambda _: True),
    ),
    Hole(
        "an address of the newer kind hides one of the older",
        test_outbound.test_no_private_address_is_reached,
        lambda _: ("64:ff9b::7f00:1",),
        replaced(outbound, "_embedded", lambda address: address),
    ),
    Hole(
        "a webhook follows where it is sent on to",
        test_outbound.test_redirects_are_not_followed,
        _receiver(307),
        _client(follow_redirects=True),
    ),
    Hole(
        "a name is asked twice",
        test_outbound.test_a_name_is_asked_once_and_moving_it_changes_nothing,
        _and_patches,
        replaced(Outbound, "_placed", _by_name),
    ),
    Hole(
        "a proxy of the environment leads round it",
        test_outbound.test_the_environment_names_no_way_round,
        _and_patches,
        _client(trust_env=True),
    ),
    Hole(
        "a page trusts a word (`|safe`)",
        test_outputs.assert_same_shape,
        _action_said,
        _trusting,
    ),
    Hole(
        "a cell of a file is a formula",
        test_outputs.assert_no_formula,
        lambda _: (_file_of_words(), "csv"),
        replaced(csv, "defused", lambda text: text),
    ),
    Hole(
        "a secret lies in the repository",
        test_source.test_no_file_of_the_repository_holds_a_secret,
        _nothing,
        _secret_left,
    ),
    Hole(
        "SQL is put together from what was sent",
        test_source.test_no_text_is_run,
        _nothing,
        _source("text(f'SELECT {name}')"),
    ),
    Hole(
        "chance that can be guessed makes a token",
        test_source.test_chance_that_can_be_guessed_makes_no_secret,
        _nothing,
        _source("import random"),
    ),
    Hole(
        "a secret is compared with ==",
        test_source.test_secrets_are_compared_in_constant_time,
        _nothing,
        _source("given.csrf == token"),
    ),
)
