"""The whole service as people meet it: a real server on a port, real mail, a worker by hand."""

import io
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import uvicorn
from sqlalchemy import inspect, text
from sqlmodel import col, select

from app.access import accounts, sign_in
from app.campaigns import audience, invitations, rounds
from app.campaigns.models import Invitation
from app.campaigns.rounds import RoundPlan
from app.cli.main import main
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.kit.settings import Settings
from app.main import create_app, make_site, make_worker
from app.people import importing
from app.people.models import Employee
from app.responses import ballot_box, submission
from app.surveys import library
from app.surveys.definition import Survey
from app.web.security import server_options
from tests import cast
from tests.conftest import make_settings
from tests.journeys.browser import Browser, Form, Page, filled
from tests.kit.sink import Sink, running

COMMAND = Path(sys.executable).with_name("selaras")
SETTINGS = (
    *("data_dir", "database_url", "base_url", "secret_key", "contact"),
    *("mail_url", "mail_per_minute"),
)
LINK = re.compile(r"http://127\.0\.0\.1:\d+(/s/[A-Za-z0-9_-]+)")

# What somebody chooses: given the offered values of each field, the value for it ("" for none).
Choose = Callable[[str, Sequence[str]], str]


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Round:
    """An open round and everybody's link, which only the server's key can make."""

    site: "Site"
    id: str
    links: Mapping[str, str]

    def close(self) -> None:
        with self.site.database.writing() as session:
            rounds.close(session, self.id, "test")


class Site:
    """One running installation."""

    def __init__(self, settings: Settings, sink: Sink, listening: socket.socket) -> None:
        self.settings = settings
        self.sink = sink
        self.runtime = Runtime.start(settings)
        self.web = make_site(self.runtime)
        self.worker = make_worker(self.web)
        self._listening = listening
        self._browsers: list[Browser] = []
        self._mails: list[tuple[str, EmailMessage]] = []
        self.asgi = create_app(self.web, origins=[settings.base_url])
        options = server_options(settings)
        self._server = uvicorn.Server(uvicorn.Config(self.asgi, log_config=None, **options))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="server"
        )

    @property
    def database(self) -> Any:
        return self.runtime.database

    @property
    def address(self) -> tuple[str, int]:
        where: tuple[str, int] = self._listening.getsockname()[:2]
        return where

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        assert self._server.started

    def stop(self) -> None:
        for browser in self._browsers:
            browser.close()
        self._server.should_exit = True
        self._thread.join(timeout=30)
        self._listening.close()
        self.runtime.close()

    def browser(self, language: str = "en") -> Browser:
        """Somebody's browser, nobody signed in."""
        browser = Browser(self.settings.base_url, language)
        self._browsers.append(browser)
        return browser

    def signed_in(
        self, email: str, role: str = "hr", departments: Sequence[str] = (), language: str = "en"
    ) -> Browser:
        """Somebody with an account, signed in by the link they were handed."""
        with self.database.writing() as session:
            account = accounts.add(session, email, role, departments, "test")
            token = sign_in.new_link(session, account)
        browser = self.browser(language)
        page = browser.open(f"/sign-in/{token}")
        browser.press(page, page.forms[-1].buttons[0].text)
        return browser

    def work(self) -> int:
        """Have the worker do everything that is due."""
        batches = 0
        while self.worker.run_once():
            batches += 1
            assert batches < 1000
        return batches

    # Mail

    def mails(self, to: str, subject: str = "") -> list[EmailMessage]:
        for envelope in self.sink.envelopes[len(self._mails) :]:
            mail = message_from_bytes(envelope.content, policy=default)
            self._mails.append((envelope.rcpt_tos[0], mail))
        return [
            mail for address, mail in self._mails if address == to and subject in mail["subject"]
        ]

    def forget_mails(self) -> None:
        """What has arrived so far is thrown away."""
        self.sink.envelopes.clear()
        self._mails.clear()

    def link(self, email: str) -> str:
        """The survey link in somebody's newest invitation."""
        links = [found[1] for mail in self.mails(email) if (found := LINK.search(plain(mail)))]
        assert links, f"no link for {email}"
        return links[-1]

    # Rounds

    def with_people(self) -> "Site":
        """The company of the cast, imported."""
        with self.database.reading() as session:
            plan = importing.plan(session, cast.people_file())
        with self.database.writing() as session:
            importing.apply(session, plan)
        return self

    def opened(
        self, *departments: str, survey: str | Survey = "sales_marketing_alignment", **given: Any
    ) -> Round:
        """A round launched without its mails, and the link of everybody in it by address."""
        keyring = self.runtime.keyring
        with self.database.writing() as session:
            definition = library.template(survey) if isinstance(survey, str) else survey
            plan = RoundPlan(
                **{
                    "survey": definition,
                    "name": "A round",
                    "audience": audience.choose(session, definition, departments, {}),
                    "closes_at": now() + timedelta(days=14),
                    **given,
                }
            )
            row = submission.launch(session, keyring, plan, "test", 4)
            invited = session.exec(
                select(Employee.email, Invitation.id)
                .join(Invitation, col(Invitation.employee_id) == col(Employee.id))
                .where(Invitation.round_id == row.id)
                .order_by(col(Employee.employee_id))
            ).all()
            links = {
                email: f"/s/{invitations.link_token(keyring, row, one)}" for email, one in invited
            }
        return Round(self, row.id, links)

    def answers(self, round_: Round) -> dict[str, int]:
        """How many ballots each department has cast."""
        with self.database.reading() as session:
            return submission.answered(session, round_.id)

    def ballots(self, round_: Round, stream: str = "") -> list[bytes]:
        """What lies in the boxes, opened with the server's key."""
        with self.database.reading() as session:
            boxes = ballot_box.open_boxes(
                session.connection(), self.runtime.keyring, round_.id, stream
            )
            return [record for _, records in boxes for record in records]

    def comments(self, round_: Round, item: str) -> list[str]:
        return [record.decode() for record in self.ballots(round_, item)]

    def answer(
        self, link: str, choose: Choose | None = None, *, write: Mapping[str, str] | None = None
    ) -> Page:
        """Open a link, fill in its form and send it as a browser would."""
        browser = self.browser()
        page = browser.open(link)
        form = survey_form(page)
        return browser.press(page, form.buttons[-1].text, fill=choices(form, choose, write))

    def selaras(self, *words: str, check: bool = True) -> Done:
        """A command on this same installation, in a process of its own."""
        given = {f"SELARAS_{name.upper()}": str(getattr(self.settings, name)) for name in SETTINGS}
        kept = {name: value for name, value in os.environ.items() if "SELARAS" not in name}
        done = subprocess.run(
            [str(COMMAND), *words],
            check=False,
            env={**kept, **given},
            cwd=self.settings.data_dir,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not check or done.returncode == 0, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def command(self, *words: str, check: bool = True) -> Done:
        """The same without the seconds that a new process takes to start."""
        given = {f"SELARAS_{name.upper()}": str(getattr(self.settings, name)) for name in SETTINGS}
        said, told = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with (
            mock.patch.dict(os.environ, given),
            mock.patch.object(sys, "argv", ["selaras", *words]),
            redirect_stdout(said),
            redirect_stderr(told),
            pytest.raises(SystemExit) as ended,
        ):
            main()
        said.flush()
        done = Done(int(ended.value.code or 0), said.buffer.getvalue().decode(), told.getvalue())  # type: ignore[attr-defined]
        assert not check or done.returncode == 0, done.stderr
        return done

    # Storage

    def stored(self) -> Iterator[tuple[str, str, Any]]:
        """Every value of every table, with its table and column."""
        with self.database.reading() as session:
            connection = session.connection()
            for table in inspect(connection).get_table_names():
                for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                    for column, value in row.items():
                        yield table, column, value

    def count(self, table: str, where: str = "true") -> int:
        with self.database.reading() as session:
            statement = text(f"SELECT count(*) FROM {table} WHERE {where}")
            return int(session.connection().execute(statement).scalar_one())


@contextmanager
def running_site(database_url: str, folder: Path, **given: object) -> Iterator[Site]:
    """A site over this database, gone when the block ends."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    with running(Sink()) as sink:
        settings = make_settings(
            database_url,
            folder,
            **{
                "base_url": f"http://127.0.0.1:{listening.getsockname()[1]}",
                "mail_url": sink.url,
                "mail_per_minute": 100_000,
                **given,
            },
        )
        site = Site(settings, sink, listening)
        site.start()
        try:
            yield site
        finally:
            site.stop()


@contextmanager
def shared_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[str]:
    """A fresh database for a whole module, where a fixture of one test is too short."""
    if kind == "sqlite":
        path = folder / "selaras.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgresql_server")
    template = request.getfixturevalue("postgresql_template")
    name = f"test_{secrets.token_hex(6)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def survey_form(page: Page) -> Form:
    """The one form of a respondent's page."""
    forms = page.forms
    assert len(forms) == 1, page.text[:500]
    return forms[0]


def choices(
    form: Form, choose: Choose | None = None, write: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What to fill in: the last point of every scale unless `choose` says otherwise."""
    chosen = {
        name: choose(name, offered) if choose else _last(offered)
        for name, offered in form.options.items()
    }
    return {name: value for name, value in chosen.items() if value} | dict(write or {})


def leaning(place: int) -> Choose:
    """A promoter, passive or detractor by turns, whose answers to single items differ a little."""
    stance = (4, 2, 0)[place % 3]
    turned = {"answer-goals_conflict", "answer-leads_lost"}

    def choose(name: str, offered: Sequence[str]) -> str:
        code = 4 - stance if name in turned else stance
        nudge = 1 if sum(name.encode()) % 7 == place % 7 else 0
        return offered[code - nudge if code == 4 else code + nudge]

    return choose


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def rich(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def codes(offered: Sequence[str]) -> list[str]:
    return [one for one in offered if one.isdigit()]


def posted(form: Form, **given: Any) -> list[tuple[str, str]]:
    """What a form would send with these fields set."""
    return filled(form.pairs, given)


def _last(offered: Sequence[str]) -> str:
    return codes(offered)[-1]


__all__ = [
    "Browser",
    "Site",
    "choices",
    "leaning",
    "plain",
    "posted",
    "rich",
    "running_site",
    "survey_form",
]
