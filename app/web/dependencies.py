"""What routes ask for: the process's parts, the reader's language, a session, who is signed in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from app.access import sign_in
from app.access.accounts import Role
from app.access.sign_in import Viewer
from app.kit.language import Language
from app.kit.mail import Transport
from app.kit.outbound import Outbound
from app.kit.runtime import Runtime
from app.kit.sign_on import Provider
from app.responses.receipts import Receipts
from app.responses.submission import Submissions
from app.web.numbers import Numbers
from app.web.pages import Pages, reader_language, with_parameter
from app.web.security import cookie_name, csrf_token, session_cookies


@dataclass(frozen=True)
class Site:
    """What the pages are made from; built once by main."""

    runtime: Runtime
    pages: Pages
    submissions: Submissions
    receipts: Receipts
    form_key: bytes
    # None where mail is not set up.
    transport: Transport | None
    outbound: Outbound
    # None where no sign-on provider is set up.
    provider: Provider | None = None
    # None where a demo cannot be had.
    fill_demo: Callable[[Runtime], None] | None = None
    numbers: Numbers = field(default_factory=Numbers)
    # Set once this process was told to end.
    stopping: Event = field(default_factory=Event)


class SignInNeeded(Exception):
    """Nobody is signed in; the reader is led to the sign-in page."""


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _writing(request: Request) -> Iterator[Session]:
    with site_of(request).runtime.database.writing() as session:
        yield session


def _reading(request: Request) -> Iterator[Session]:
    with site_of(request).runtime.database.reading() as session:
        yield session


def _language(request: Request) -> Language:
    return reader_language(request.scope, site_of(request).runtime.settings.language)


def _cookie(request: Request) -> str:
    found = session_cookies(request.headers, cookie_name(site_of(request).runtime.settings))
    # Two sessions: somebody planted one, and which is it?
    return found[0] if len(found) == 1 else ""


def _viewer(request: Request, cookie: Annotated[str, Depends(_cookie)]) -> Viewer:
    """Whoever is signed in; read for every request, so that an ended session ends at once."""
    database = site_of(request).runtime.database
    with database.reading() as session:
        viewer = sign_in.current(session, cookie) if cookie else None
    if viewer is None:
        raise SignInNeeded
    if viewer.stale:
        with database.writing() as session:
            sign_in.seen(session, cookie)
    return viewer


def only(*roles: Role) -> Callable[[Viewer], Viewer]:
    """Lets these roles in; for the others the address does not exist."""

    def allowed(viewer: Annotated[Viewer, Depends(_viewer)]) -> Viewer:
        if viewer.role not in roles:
            # Not 403: what is not theirs does not exist for them.
            raise HTTPException(404)
        return viewer

    return allowed


# A dependency's commit must come before the reply: with the default scope it would come after.
DbSession = Annotated[Session, Depends(_writing, scope="function")]
ReadSession = Annotated[Session, Depends(_reading, scope="function")]
TheSite = Annotated[Site, Depends(site_of)]
Reader = Annotated[Language, Depends(_language)]
Cookie = Annotated[str, Depends(_cookie)]
SignedIn = Annotated[Viewer, Depends(_viewer)]
Hr = Annotated[Viewer, Depends(only(Role.HR))]
# Results: what of them somebody may see is decided where they are loaded.
Reading = Annotated[Viewer, Depends(only(Role.HR, Role.MANAGER))]
# Settings and accounts; never people, answers or results.
Keeping = Annotated[Viewer, Depends(only(Role.HR, Role.IT))]
# Policies, statements and the log; never results or addresses.
Auditing = Annotated[Viewer, Depends(only(Role.HR, Role.AUDITOR))]


@dataclass(frozen=True)
class Link:
    """One entry of the navigation."""

    address: str
    label: str
    current: bool


class StaffPage:
    """Renders pages for whoever is signed in, with navigation and form token."""

    def __init__(
        self, request: Request, site: TheSite, language: Reader, viewer: SignedIn, cookie: Cookie
    ) -> None:
        self.language = language
        self.viewer = viewer
        self.csrf = csrf_token(site.form_key, cookie)
        self._request = request
        self._site = site

    def __call__(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        printing = self._request.query_params.get("print") == "1"
        content = self._site.pages.render(
            name,
            self.language,
            account=self.viewer.email,
            csrf=self.csrf,
            navigation=self._navigation(),
            query=self._request.url.query,
            printing=printing,
            print_address=with_parameter(self._request.url.query, "print", "1"),
            **values,
        )
        if printing:
            # On paper nothing can be opened, so everything is.
            content = content.replace("<details>", "<details open>")
        return HTMLResponse(content, status)

    def _navigation(self) -> list[Link]:
        here = self._request.url.path
        return [
            Link(address, label, here.startswith(address))
            for address, label, roles in _entries(self.language)
            if self.viewer.role in roles
        ]


def _entries(language: Language) -> list[tuple[str, str, tuple[Role, ...]]]:
    """The navigation, and whose it is."""
    text = language.text
    readers, keepers = (Role.HR, Role.MANAGER), (Role.HR, Role.IT)
    return [
        ("/people", text("People"), (Role.HR,)),
        ("/surveys", text("Surveys"), (Role.HR,)),
        ("/rounds", text("Rounds"), readers),
        ("/indicators", text("Indicators"), readers),
        ("/actions", text("Actions"), readers),
        ("/accounts", text("Accounts"), keepers),
        ("/policies", text("Promises"), (Role.AUDITOR,)),
        ("/audit", text("Log"), (Role.HR, Role.AUDITOR)),
        ("/settings", text("Settings"), keepers),
    ]


Staff = Annotated[StaffPage, Depends()]


def see_other(address: str) -> RedirectResponse:
    """After a POST: the browser fetches the page, so that reloading it posts nothing."""
    return RedirectResponse(address, 303)
