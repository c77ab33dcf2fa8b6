"""A hole, the test that has to notice it, and where it is planted."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from app.access import accounts, passwords, sign_in
from app.web.security import cookie_name
from tests import cast
from tests.access import test_no_oracle
from tests.contracts.test_routes import ALL, ROLES, Objects, Route, everybody, unguarded
from tests.journeys.browser import Browser
from tests.kit.test_outbound import Receiver, receiving
from tests.site import Site, running_site
from tests.web import test_password_pages
from tests.web.api.conftest import Programs

Plant = AbstractContextManager[Any]
KEPT = {"stranger": "manager"}


@dataclass
class Place:
    """Installations to plant holes in, made when the first of them needs one."""

    template: Path
    folder: Path
    stack: ExitStack
    # Of the look that is going on.
    during: ExitStack = field(default_factory=ExitStack)
    caplog: pytest.LogCaptureFixture | None = None
    _made: list[Site] = field(default_factory=list)
    _people: dict[str, Browser] = field(default_factory=dict)

    @cached_property
    def site(self) -> Site:
        """With people, and with mail."""
        site = self._site("mail").with_people()
        with site.database.writing() as session:
            accounts.add(session, cast.AMINAH, "hr", (), "test")
        return site

    @cached_property
    def plain(self) -> Site:
        """Without mail: one signs in with a password, whose hash costs nothing here."""
        site = self._site("plain", mail_url="")
        cheap = test_no_oracle.CHEAP
        nobodys = cheap.hash("nobody's")
        self.stack.enter_context(
            mock.patch.multiple(passwords, HASHER=cheap, _nobodys=lambda: nobodys)
        )
        with site.database.writing() as session:
            accounts.add(session, cast.SALMAH, "hr", (), "test")
        return site

    @property
    def people(self) -> dict[str, Browser]:
        """A browser of each role; those whom a look has signed out come back."""
        if not self._people or not all(map(self._is_in, ROLES[1:])):
            self._people = everybody(self.site)
        return self._people

    @cached_property
    def objects(self) -> Objects:
        return Objects(self.site)

    @cached_property
    def released(self) -> str:
        """A round with results."""
        return self.objects.released()["round_id"]

    @cached_property
    def programs(self) -> Programs:
        made = Programs(self.site)
        self.stack.callback(made.close)
        return made

    @cached_property
    def aminah(self) -> tuple[str, list[str]]:
        """Her app's key and her recovery codes."""
        key, codes, _ = test_password_pages.established(self.plain, cast.AMINAH)
        return key, codes

    @property
    def receiver(self) -> Receiver:
        return self.during.enter_context(receiving())

    @property
    def patches(self) -> pytest.MonkeyPatch:
        return self.during.enter_context(pytest.MonkeyPatch.context())

    def overrides(self) -> dict[Any, Any]:
        """What the running application has in place of its dependencies."""
        return unguarded(self.site.asgi).dependency_overrides

    def forget(self) -> None:
        """No try is counted and no mail lies in a box."""
        for site in self._made:
            with site.database.engine.begin() as connection:
                connection.exec_driver_sql("DELETE FROM tried")
            site.forget_mails()
        if self.caplog is not None:
            self.caplog.clear()

    def _is_in(self, role: str) -> bool:
        cookie = self._people[role].client.cookies[cookie_name(self.site.settings)]
        with self.site.database.reading() as session:
            viewer = sign_in.current(session, cookie)
        return viewer is not None and viewer.role == KEPT.get(role, role)

    def _site(self, name: str, **given: object) -> Site:
        folder = self.folder / name
        folder.mkdir()
        (folder / "selaras.db").write_bytes(self.template.read_bytes())
        url = f"sqlite:///{folder / 'selaras.db'}"
        self._made.append(self.stack.enter_context(running_site(url, folder, **given)))
        return self._made[-1]


@dataclass(frozen=True)
class Hole:
    """What is left open, the test that notices it with what it takes, and how it is planted."""

    left_open: str
    check: Callable[..., Any]
    given: Callable[[Place], Sequence[Any]]
    plant: Callable[[Place], Plant]

    def __str__(self) -> str:
        return self.left_open

    @property
    def found_by(self) -> str:
        """The check, as pytest names it."""
        path = Path(inspect.getfile(self.check)).relative_to(Path(__file__).parents[3])
        return f"{path}::{self.check.__name__}"

    def look(self, place: Place) -> None:
        """Have the check look, as it does every day."""
        place.forget()
        with ExitStack() as place.during:
            self.check(*self.given(place))


def replaced(where: Any, name: str, by: Any) -> Callable[[Place], Plant]:
    """The hole is something else in the place of this."""
    return lambda _: mock.patch.object(where, name, by)


def route(method: str, path: str) -> Route:
    """One of the list."""
    return next(one for one in ALL if (one.method, one.path) == (method, path))


@contextmanager
def allowing(place: Place, dependency: Any, instead: Any) -> Iterator[None]:
    """The running application asks something laxer than who may do what."""
    asked = dependency.__metadata__[0].dependency
    place.overrides()[asked] = instead
    try:
        yield
    finally:
        del place.overrides()[asked]
