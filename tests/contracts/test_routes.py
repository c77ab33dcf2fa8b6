"""Every address of the service, who may open it, and what opening it may not do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import Session
from starlette.routing import Mount

from app.access import accounts, deputies, keys, sign_in
from app.access.models import Account
from app.actions import register
from app.actions.register import Given
from app.campaigns import drafts, invitations, rounds, series, stopping, timing
from app.campaigns.rhythm import Rhythm
from app.campaigns.series_plan import SeriesPlan
from app.campaigns.sketch import Sketch
from app.hooks import register as register_of_hooks
from app.hooks.events import EVENTS
from app.hooks.register import Wanted
from app.indicators import registry
from app.kit.clock import now
from app.kit.tokens import random_code
from app.main import create_app
from app.people import directory, importing, reshaping, uploads
from app.people.reshaping import Place
from app.people.tree import Tree
from app.results import release, sharing
from app.surveys import editing
from app.web.security import cookie_name, csrf_token
from tests import cast
from tests.journeys.browser import FORM, Browser, encoded
from tests.site import Round, Site, leaning, running_site, shared_database

# Who asks. The manager's department is part of what is asked for; the stranger manages another.
ROLES = ("nobody", "it", "auditor", "stranger", "manager", "hr")
EVERYBODY = dict.fromkeys(ROLES, 200)
TO_SIGN_IN, NOT_THERE = 303, 404
# What an address may name besides by its id.
NAMES = {"key", "token", "name"}
HIDDEN = dict.fromkeys(ROLES, NOT_THERE) | {"nobody": TO_SIGN_IN}


def hr_only(status: int = 200) -> dict[str, int]:
    return HIDDEN | {"hr": status}


def concerned(status: int = 200) -> dict[str, int]:
    """HR, and the manager of a department that is part of it."""
    return HIDDEN | {"hr": status, "manager": status}


def managers() -> dict[str, int]:
    """HR and every manager."""
    return HIDDEN | {"hr": 200, "manager": 200, "stranger": 200}


def keepers(status: int = 200) -> dict[str, int]:
    """HR, and who looks after the installation."""
    return HIDDEN | {"hr": status, "it": status}


def auditors(status: int = 200) -> dict[str, int]:
    """HR, and who looks after what was promised."""
    return HIDDEN | {"hr": status, "auditor": status}


def staff() -> dict[str, int]:
    return EVERYBODY | {"nobody": TO_SIGN_IN}


@dataclass(frozen=True)
class Route:
    """One method of one address, and the status each role gets."""

    method: str
    path: str
    expected: dict[str, int]
    fields: dict[str, str] = field(default_factory=dict)
    # Prepares what the address names.
    of: "Callable[[Objects], dict[str, str]]" = lambda _: {}

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Objects:
    """What addresses name, made afresh for each test."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def open_round(self) -> dict[str, str]:
        return {"round_id": self.site.opened("Commercial").id}

    def draft(self) -> dict[str, str]:
        given = Sketch("team_pulse", now() + timedelta(days=7), 5, name="A draft")
        with self.site.database.writing() as session:
            row = drafts.add(session, given, "test")
            return {"draft_id": row.id, "step": "people"}

    def series(self) -> dict[str, str]:
        first, zone = now() + timedelta(days=1), self.site.settings.zone
        plan = SeriesPlan("team_pulse", "Pulse", Rhythm.WEEKLY, first, zone, 5)
        with self.site.database.writing() as session:
            return {"series_id": series.add(session, plan, "test", 4).id}

    def removed_draft(self) -> dict[str, str]:
        named = self.draft()
        with self.site.database.writing() as session:
            drafts.remove(session, named["draft_id"], "test")
        return named

    def ready(self) -> dict[str, str]:
        return {"round_id": self._closed().id}

    def released(self) -> dict[str, str]:
        return self._released(self._closed())

    def _released(self, round_: Round) -> dict[str, str]:
        with self.site.database.writing() as session:
            keyring, zone = self.site.runtime.keyring, self.site.settings.zone
            release.release(session, keyring, zone, round_.id, "test")
        return {"round_id": round_.id, "path": cast.SALES, "key": "goals_shared"}

    def commented(self) -> dict[str, str]:
        round_ = self._closed(**{"answer-works_well": "Terima kasih."})
        return self._released(round_) | {"place": "1"}

    def drawn(self) -> dict[str, str]:
        return self.released() | {"name": "stances", "kind": "svg"}

    def score_drawn(self) -> dict[str, str]:
        return self.released() | {"name": "alignment-score", "kind": "svg"}

    def account(self) -> dict[str, str]:
        with self.site.database.writing() as session:
            one = accounts.add(session, "spare@contoh.example.com", "it", (), "test")
            return {"account_id": one.id}

    def lender(self) -> dict[str, str]:
        with self.site.database.writing() as session:
            badrul = accounts.by_email(session, cast.BADRUL)
            assert badrul is not None
            return {"account_id": badrul.id}

    def lent(self) -> dict[str, str]:
        """A deputy of the manager, from tomorrow on: nobody here sees more today."""
        named = self.lender()
        with self.site.database.writing() as session:
            badrul = session.get_one(Account, named["account_id"])
            days = (now() + timedelta(days=count) for count in (1, 2))
            one = deputies.name(session, badrul, cast.FARID, *days, "test")
            return named | {"deputy_id": one.id}

    def session(self) -> dict[str, str]:
        """A session of somebody who asks here with another."""
        with self.site.database.writing() as session:
            one = accounts.add(session, "spare@contoh.example.com", "it", (), "test")
            viewer = sign_in.current(session, sign_in.begin(session, one.id, sign_in.LINK))
            assert viewer is not None
            return {"session_id": viewer.session_id}

    def survey(self) -> dict[str, str]:
        return {"key": "team_pulse"}

    def own_survey(self) -> dict[str, str]:
        key = "ours_" + token_hex(4)
        with self.site.database.writing() as session:
            editing.copy(session, "team_pulse", key, "test")
        return {"key": key, "part": "items", "place": "0"}

    def kept_survey(self) -> dict[str, str]:
        """A survey of one's own with a version."""
        named = self.own_survey()
        with self.site.database.writing() as session:
            editing.save(session, named["key"], "test")
        return named

    def upload(self) -> dict[str, str]:
        with self.site.database.writing() as session:
            hr = accounts.by_email(session, cast.AMINAH)
            assert hr is not None
            kept = uploads.keep(session, hr.id, "p.csv", cast.people_file(), full=False)
            return {"upload_id": kept.id}

    def imported(self) -> dict[str, str]:
        """An import of one more person, who is there before it is undone."""
        file = f"employee_id,department\n{random_code()},Spare\n".encode()
        with self.site.database.writing() as session:
            plan = importing.plan(session, file)
            return {"import_id": importing.apply(session, plan)}

    def person(self) -> dict[str, str]:
        self.imported()
        with self.site.database.reading() as session:
            (one,) = directory.find(session, text="", department_id=self._spare(session)).people[:1]
            return {"person_id": one.id}

    def _spare(self, session: Session) -> str:
        node = Tree.read(session).find("Spare")
        assert node is not None
        return node.id

    def department(self) -> dict[str, str]:
        with self.site.database.writing() as session:
            made = reshaping.add(session, Place(random_code(), None))
            return {"department_id": made.id}

    def link(self) -> dict[str, str]:
        return {"token": self.site.opened("Commercial").links[cast.CHONG].removeprefix("/s/")}

    def indicator(self) -> dict[str, str]:
        with self.site.database.writing() as session:
            row = registry.add_preset(session, "lead_conversion", "test")
            registry.put(session, row, "", "2026-03", 12.5, "test")
            return {"key": row.key}

    def reminded(self) -> dict[str, str]:
        hours = timing.Hours(self.site.settings.zone)
        round_ = self.site.opened("Commercial", reminding=timing.Reminding(hours))
        return {"round_id": round_.id, "wave": timing.LAST_DAY}

    def kiosk(self) -> dict[str, str]:
        return {"round": self.site.opened("Commercial").id}

    def stop(self) -> dict[str, str]:
        round_ = self.site.opened("Commercial")
        with self.site.database.reading() as session:
            row = rounds.get(session, round_.id)
            one = next(iter(invitations.links(session, round_.id)))
            address = stopping.address(self.site.runtime.keyring, row, one)
        return {"token": address.removeprefix(stopping.PATH)}

    def practice(self) -> dict[str, str]:
        """The round and department that a practice is taken for."""
        with self.site.database.reading() as session:
            node = Tree.read(session).find(cast.SALES)
            assert node is not None
            return self.released() | {"department": node.id}

    def action(self, department: str = cast.SALES) -> dict[str, str]:
        with self.site.database.writing() as session:
            node = Tree.read(session).find(department)
            given = Given("Talk to each other.", department_id=node.id if node else "")
            return {"action_id": register.add(session, given, register.NOWHERE, "test").id}

    def action_of_all(self) -> dict[str, str]:
        return self.action("")

    def deleted_action(self) -> dict[str, str]:
        named = self.action("")
        with self.site.database.writing() as session:
            register.remove(session, register.get(session, named["action_id"], None), "test")
        return named

    def summary(self) -> dict[str, str]:
        named = self.released()
        with self.site.database.writing() as session:
            row = sharing.open_summary(session, named["round_id"], "test")
            return named | {"token": row.token}

    def webhook(self) -> dict[str, str]:
        wanted = Wanted("Dashboard", "standard", "https://hooks.example.com/x", EVENTS)
        with self.site.database.writing() as session:
            for one in register_of_hooks.listed(session):
                register_of_hooks.remove(session, one, "test")
            made, _ = register_of_hooks.create(
                session, self.site.runtime.keyring, self.site.web.outbound, wanted, "test"
            )
            return {"hook_id": made.id}

    def program_key(self) -> dict[str, str]:
        with self.site.database.writing() as session:
            return {"key_id": keys.create(session, "hr", "Sync", (), "test").key.id}

    def no_link(self) -> dict[str, str]:
        return {"token": "x" * 44}

    def _closed(self, **more: str) -> Round:
        round_ = self.site.opened("Commercial")
        for place, link in enumerate(list(round_.links.values())[:14]):
            body = [("submission", "k" * 28)] + [
                (f"answer-{item}", leaning(place)(f"answer-{item}", ["0", "1", "2", "3", "4"]))
                for item in ITEMS
            ]
            body += more.items()
            self.site.browser().client.post(
                link, content=encoded(body), headers={"Content-Type": FORM}
            )
        round_.close()
        return round_


ITEMS = [
    "goals_shared",
    "figures_shared",
    "goals_conflict",
    "message_same",
    "lead_terms_shared",
    "leads_worthwhile",
    "handover_complete",
    "leads_lost",
    "plans_together",
    "feedback_used",
    "data_same",
    "knowledge_shared",
    "promises_kept",
    "conflict_settled",
]
PRACTICE = {
    "round": "{round_id}",
    "department": "{department}",
    "sign": "leads_dropped",
    "theme": "lead_handover",
    "practice": "service_levels",
}
# Of these pages a session of staff, and its token, are no part.
ANSWERING = ("/s/", "/receipt", "/stop/", "/kiosk/")
API = "/api/v1"
LATER = f"{now() + timedelta(days=60):%Y-%m-%dT%H:%M}"
ALL = [
    Route("GET", "/healthz", EVERYBODY),
    Route("GET", "/readyz", EVERYBODY),
    # For whoever brings the token of SELARAS_METRICS_TOKEN; here none is set.
    Route("GET", "/metrics", dict.fromkeys(ROLES, NOT_THERE)),
    Route("GET", "/", staff()),
    # Signing in
    Route("GET", "/sign-in", EVERYBODY),
    Route("POST", "/sign-in", EVERYBODY, {"email": cast.DEVI}),
    Route("GET", "/sign-in/{token}", dict.fromkeys(ROLES, 404), of=Objects.no_link),
    Route("POST", "/sign-in/{token}", dict.fromkeys(ROLES, 404), of=Objects.no_link),
    # No provider is set up here; tests/web/test_sign_on.py has one.
    Route("GET", "/sign-on", dict.fromkeys(ROLES, 404)),
    Route("GET", "/sign-on/back", dict.fromkeys(ROLES, 404)),
    Route("POST", "/sign-on/back", dict.fromkeys(ROLES, 404)),
    # The first run: these links are nobody's here.
    Route("GET", "/set-up/{token}", dict.fromkeys(ROLES, 404), of=Objects.no_link),
    Route(
        "POST",
        "/set-up/{token}",
        dict.fromkeys(ROLES, 404),
        {"email": cast.DEVI},
        Objects.no_link,
    ),
    Route("GET", "/welcome", hr_only()),
    Route("POST", "/welcome/demo", hr_only(409)),
    Route("POST", "/welcome/demo/remove", hr_only(409)),
    Route("GET", "/settings", keepers()),
    Route("POST", "/settings", keepers(303)),
    Route("POST", "/settings/logo", keepers(422)),
    Route("POST", "/sending/resume", keepers(303)),
    Route("GET", "/webhooks", keepers()),
    Route("POST", "/webhooks", keepers(422)),
    Route("GET", "/webhooks/{hook_id}", keepers(), of=Objects.webhook),
    Route("POST", "/webhooks/{hook_id}/test", keepers(303), of=Objects.webhook),
    Route("POST", "/webhooks/{hook_id}/rotate", keepers(), of=Objects.webhook),
    Route("POST", "/webhooks/{hook_id}/enable", keepers(303), of=Objects.webhook),
    Route("POST", "/webhooks/{hook_id}/disable", keepers(303), of=Objects.webhook),
    Route("POST", "/webhooks/{hook_id}/delete", keepers(303), of=Objects.webhook),
    Route("POST", "/settings/four-eyes", hr_only(303)),
    Route("GET", "/keys", hr_only()),
    Route("GET", "/keys/new", hr_only()),
    Route("POST", "/keys/new", hr_only(422)),
    Route("GET", "/keys/{key_id}/revoke", hr_only(), of=Objects.program_key),
    Route("POST", "/keys/{key_id}/revoke", hr_only(303), of=Objects.program_key),
    # People
    Route("GET", "/people", hr_only()),
    Route("GET", "/people/import", hr_only()),
    Route("POST", "/people/import", hr_only(422)),
    Route("GET", "/people/import/example.csv", hr_only()),
    Route("GET", "/people/import/{upload_id}", hr_only(), of=Objects.upload),
    Route("POST", "/people/import/{upload_id}", hr_only(409), of=Objects.upload),
    Route("GET", "/people/import/{upload_id}/rows.csv", hr_only(), of=Objects.upload),
    Route("GET", "/people/import/{upload_id}/columns", hr_only(), of=Objects.upload),
    Route("POST", "/people/import/{upload_id}/columns", hr_only(422), of=Objects.upload),
    Route("GET", "/people/import/{upload_id}/progress", hr_only(303), of=Objects.upload),
    Route("GET", "/people/imports", hr_only()),
    Route("GET", "/people/imports/{import_id}", hr_only(), of=Objects.imported),
    Route("POST", "/people/imports/{import_id}", hr_only(303), of=Objects.imported),
    Route("GET", "/people/new", hr_only()),
    Route("POST", "/people/new", hr_only(422)),
    Route("GET", "/people/{person_id}", hr_only(), of=Objects.person),
    Route("POST", "/people/{person_id}", hr_only(422), of=Objects.person),
    Route("POST", "/people/{person_id}/deactivate", hr_only(303), of=Objects.person),
    Route("POST", "/people/{person_id}/reactivate", hr_only(303), of=Objects.person),
    Route("GET", "/people/{person_id}/erase", hr_only(), of=Objects.person),
    Route("POST", "/people/{person_id}/erase", hr_only(422), of=Objects.person),
    Route("GET", "/people/departments", hr_only()),
    Route("POST", "/people/departments", hr_only(422)),
    Route("GET", "/people/departments/{department_id}", hr_only(), of=Objects.department),
    Route("POST", "/people/departments/{department_id}", hr_only(422), of=Objects.department),
    Route("GET", "/people/departments/{department_id}/merge", hr_only(303), of=Objects.department),
    Route("POST", "/people/departments/{department_id}/merge", hr_only(422), of=Objects.department),
    Route(
        "POST", "/people/departments/{department_id}/remove", hr_only(303), of=Objects.department
    ),
    # Surveys
    Route("GET", "/poll", hr_only()),
    Route("POST", "/poll", hr_only(422), {"step": "check"}),
    Route("GET", "/surveys", hr_only()),
    Route("GET", "/surveys/{key}", hr_only(), of=Objects.survey),
    Route("GET", "/surveys/{key}/preview", hr_only(), of=Objects.survey),
    Route("POST", "/surveys/{key}/copy", hr_only(303), {"new_key": "ours"}, Objects.survey),
    Route("GET", "/surveys/{key}/template.toml", hr_only(), of=Objects.survey),
    Route("GET", "/surveys/{key}/edit", hr_only(), of=Objects.own_survey),
    Route("POST", "/surveys/{key}/edit", hr_only(422), of=Objects.own_survey),
    Route("POST", "/surveys/{key}/edit/trust", hr_only(303), of=Objects.own_survey),
    Route("POST", "/surveys/{key}/edit/{part}", hr_only(303), of=Objects.own_survey),
    Route("GET", "/surveys/{key}/edit/{part}/{place}", hr_only(), of=Objects.own_survey),
    Route("POST", "/surveys/{key}/edit/{part}/{place}", hr_only(422), of=Objects.own_survey),
    Route(
        "POST",
        "/surveys/{key}/edit/{part}/{place}/move",
        hr_only(303),
        {"direction": "down"},
        Objects.own_survey,
    ),
    Route("POST", "/surveys/{key}/edit/{part}/{place}/remove", hr_only(303), of=Objects.own_survey),
    Route("POST", "/surveys/{key}/discard", hr_only(303), of=Objects.own_survey),
    Route("GET", "/surveys/{key}/versions", hr_only(), of=Objects.own_survey),
    Route("POST", "/surveys/{key}/versions", hr_only(303), of=Objects.own_survey),
    Route("POST", "/surveys/{key}/restore", hr_only(303), {"number": "1"}, Objects.kept_survey),
    Route("POST", "/surveys/{key}/delete", hr_only(303), of=Objects.own_survey),
    # Rounds
    Route("GET", "/rounds", managers()),
    Route("GET", "/rounds/new", hr_only()),
    Route("POST", "/rounds/new", hr_only(422)),
    Route("GET", "/rounds/drafts/{draft_id}/check", hr_only(), of=Objects.draft),
    Route("GET", "/rounds/drafts/{draft_id}/{step}", hr_only(), of=Objects.draft),
    Route("POST", "/rounds/drafts/{draft_id}/{step}", hr_only(422), of=Objects.draft),
    Route("POST", "/rounds/drafts/{draft_id}/merge", hr_only(303), of=Objects.draft),
    Route("POST", "/rounds/drafts/{draft_id}/test", hr_only(303), of=Objects.draft),
    Route(
        "POST", "/rounds/drafts/{draft_id}/launch", hr_only(303), {"edition": "1"}, Objects.draft
    ),
    # Nobody asked, and there is nobody else to ask.
    Route("POST", "/rounds/drafts/{draft_id}/ask", hr_only(409), {"seen": "x"}, Objects.draft),
    Route("POST", "/rounds/drafts/{draft_id}/approve", hr_only(409), {"seen": "x"}, Objects.draft),
    Route("POST", "/rounds/drafts/{draft_id}/withdraw", hr_only(303), of=Objects.draft),
    Route("POST", "/rounds/drafts/{draft_id}/remove", hr_only(303), of=Objects.draft),
    Route("POST", "/rounds/drafts/{draft_id}/restore", hr_only(303), of=Objects.removed_draft),
    Route("POST", "/rounds/{round_id}/copy", hr_only(303), of=Objects.open_round),
    Route("GET", "/series", hr_only()),
    Route("GET", "/series/new", hr_only()),
    Route("POST", "/series/new", hr_only(422)),
    Route("POST", "/series/{series_id}/pause", hr_only(303), of=Objects.series),
    Route("POST", "/series/{series_id}/resume", hr_only(409), of=Objects.series),
    Route("POST", "/series/{series_id}/remove", hr_only(303), of=Objects.series),
    Route("POST", "/rounds/{round_id}/call-off", hr_only(409), of=Objects.open_round),
    Route("GET", "/rounds/{round_id}", concerned(), of=Objects.open_round),
    Route("POST", "/rounds/{round_id}/close", hr_only(303), of=Objects.open_round),
    Route("POST", "/rounds/{round_id}/release", hr_only(303), of=Objects.ready),
    Route("POST", "/rounds/{round_id}/extend", hr_only(303), {"closes": LATER}, Objects.open_round),
    Route("POST", "/rounds/{round_id}/send-again", hr_only(303), of=Objects.open_round),
    # Nobody has been sent an invitation yet.
    Route("POST", "/rounds/{round_id}/remind", hr_only(409), of=Objects.open_round),
    Route("POST", "/rounds/{round_id}/reminders/{wave}", hr_only(303), of=Objects.reminded),
    Route("GET", "/rounds/{round_id}/deliveries", hr_only(), of=Objects.open_round),
    Route("POST", "/rounds/{round_id}/deliveries/again", hr_only(303), of=Objects.open_round),
    Route("GET", "/mail", hr_only()),
    Route("POST", "/mail/lift", hr_only(303), {"address": "nobody@contoh.example.com"}),
    Route("POST", "/rounds/{round_id}/void", hr_only(303), {"sure": "yes"}, Objects.open_round),
    Route(
        "POST", "/rounds/{round_id}/minimum", hr_only(303), {"min_group": "9"}, Objects.open_round
    ),
    Route("GET", "/rounds/{round_id}/wording", hr_only(), of=Objects.open_round),
    Route("POST", "/rounds/{round_id}/wording", hr_only(422), of=Objects.open_round),
    Route("GET", "/rounds/{round_id}/joining", hr_only(), of=Objects.open_round),
    Route("POST", "/rounds/{round_id}/joining", hr_only(409), of=Objects.open_round),
    Route("GET", "/rounds/{round_id}/slips", hr_only(), of=Objects.open_round),
    # Everybody in it has an address.
    Route("POST", "/rounds/{round_id}/slips", hr_only(409), of=Objects.open_round),
    Route("POST", "/rounds/{round_id}/slips/renew", hr_only(422), of=Objects.open_round),
    Route("GET", "/rounds/{round_id}/sheet", auditors(), of=Objects.open_round),
    Route("GET", "/rounds/{round_id}/departments/{path:path}", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/items/{key}", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/go", concerned(303), of=Objects.released),
    Route("GET", "/rounds/{round_id}/heatmap", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/gaps", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/trend", concerned(), of=Objects.released),
    Route("POST", "/rounds/{round_id}/note", hr_only(303), {"note": "New."}, Objects.released),
    Route("GET", "/rounds/{round_id}/comments", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/conversation", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/method", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/method.json", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/export", concerned(), of=Objects.released),
    Route("POST", "/rounds/{round_id}/export", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/charts/{name}.{kind}", concerned(), of=Objects.drawn),
    Route(
        "POST",
        "/rounds/{round_id}/comments/{place}/hide",
        hr_only(303),
        {"reason": "It names a colleague."},
        Objects.commented,
    ),
    Route("POST", "/rounds/{round_id}/comments/{place}/show", hr_only(303), of=Objects.commented),
    Route("POST", "/rounds/{round_id}/audit", hr_only(), of=Objects.released),
    # Indicators
    Route("GET", "/indicators", managers()),
    Route("GET", "/indicators/charts/{name}.{kind}", concerned(), of=Objects.score_drawn),
    Route("GET", "/indicators/import", hr_only()),
    Route("GET", "/indicators/import/example.csv", hr_only()),
    Route("POST", "/indicators/import", hr_only(422)),
    Route("POST", "/indicators/import/confirm", hr_only(422)),
    Route("GET", "/indicators/new", hr_only()),
    Route("POST", "/indicators/new", hr_only(422), {"key": "New York!"}),
    Route("POST", "/indicators/presets/{key}", hr_only(303), of=Objects.indicator),
    Route("GET", "/indicators/{key}", hr_only(), of=Objects.indicator),
    Route("POST", "/indicators/{key}", hr_only(422), of=Objects.indicator),
    Route("POST", "/indicators/{key}/values", hr_only(422), of=Objects.indicator),
    Route(
        "POST",
        "/indicators/{key}/values/delete",
        hr_only(303),
        {"period": "2026-03", "department": ""},
        Objects.indicator,
    ),
    Route(
        "POST",
        "/indicators/{key}/values/restore",
        hr_only(303),
        {"period": "2026-03", "department": ""},
        Objects.indicator,
    ),
    Route("POST", "/indicators/{key}/delete", hr_only(303), of=Objects.indicator),
    Route("POST", "/indicators/{key}/restore", hr_only(303), of=Objects.indicator),
    # Actions
    Route("GET", "/actions", managers()),
    Route("GET", "/actions/new", managers()),
    Route(
        "POST",
        "/actions/new",
        HIDDEN | dict.fromkeys(("stranger", "manager", "hr"), 422),
        {"what": ""},
    ),
    Route("POST", "/actions", concerned(303), PRACTICE, Objects.practice),
    Route("GET", "/actions/{action_id}", concerned(), of=Objects.action),
    Route("POST", "/actions/{action_id}", concerned(422), {"what": ""}, Objects.action),
    Route("POST", "/actions/{action_id}/done", concerned(303), of=Objects.action),
    Route("POST", "/actions/{action_id}/open", concerned(303), of=Objects.action),
    Route("POST", "/actions/{action_id}/delete", hr_only(303), of=Objects.action_of_all),
    Route("POST", "/actions/{action_id}/restore", hr_only(303), of=Objects.deleted_action),
    # Sharing
    Route("GET", "/rounds/compare", hr_only()),
    Route("GET", "/rounds/{round_id}/diagnosis", concerned(), of=Objects.released),
    Route("GET", "/rounds/{round_id}/share", hr_only(), of=Objects.released),
    Route("POST", "/rounds/{round_id}/share", hr_only(303), of=Objects.released),
    Route("POST", "/rounds/{round_id}/summary/open", hr_only(303), of=Objects.released),
    Route("POST", "/rounds/{round_id}/summary/close", hr_only(303), of=Objects.released),
    Route("GET", "/summary/{token}", EVERYBODY, of=Objects.summary),
    # Accounts
    Route("GET", "/accounts", keepers()),
    Route("POST", "/accounts", keepers(422), {"email": "x"}),
    Route("GET", "/accounts/proposed", hr_only()),
    Route("POST", "/accounts/proposed", hr_only(422)),
    Route("POST", "/accounts/{account_id}/link", keepers(303), of=Objects.account),
    Route("GET", "/accounts/{account_id}/disable", keepers(), of=Objects.account),
    Route("POST", "/accounts/{account_id}/disable", keepers(303), of=Objects.account),
    # Promises and the log
    Route("GET", "/policies", auditors()),
    Route("GET", "/audit", auditors()),
    Route("POST", "/audit", auditors()),
    Route("GET", "/accounts/{account_id}", keepers(), of=Objects.account),
    Route("POST", "/accounts/{account_id}/sessions/end", keepers(303), of=Objects.account),
    Route("POST", "/accounts/{account_id}/deputies", hr_only(422), of=Objects.lender),
    Route("POST", "/accounts/{account_id}/deputies/{deputy_id}/end", hr_only(303), of=Objects.lent),
    # One's own account: nobody has mail-less passwords here, and no session of that name.
    Route("GET", "/account", staff()),
    Route("POST", "/account/sessions/end", dict.fromkeys(ROLES, 303)),
    Route("POST", "/account/sessions/{session_id}/end", HIDDEN, of=Objects.session),
    Route("GET", "/account/password", HIDDEN),
    Route("POST", "/account/password", HIDDEN),
    Route(
        "POST",
        "/account/deputies",
        HIDDEN | {"manager": 422, "stranger": 422},
        {"deputy": cast.DEVI},
    ),
    Route("POST", "/account/deputies/{deputy_id}/end", HIDDEN | {"manager": 303}, of=Objects.lent),
    # Who answers is nobody: a session of staff makes no difference.
    Route("GET", "/s/{token}", EVERYBODY, of=Objects.link),
    Route("POST", "/s/{token}", dict.fromkeys(ROLES, 303), of=Objects.link),
    Route("GET", "/stop/{token}", EVERYBODY, of=Objects.stop),
    Route("POST", "/stop/{token}", EVERYBODY, of=Objects.stop),
    Route("GET", "/kiosk/{round}", EVERYBODY, of=Objects.kiosk),
    Route("POST", "/kiosk/{round}", dict.fromkeys(ROLES, 404), {"code": "2"}, Objects.kiosk),
    Route("POST", "/kiosk/{round}/link", EVERYBODY, {"email": "x@example.com"}, of=Objects.kiosk),
    Route("GET", "/receipt", EVERYBODY),
    Route("POST", "/receipt", dict.fromkeys(ROLES, 404), {"receipt": "2" * 24}),
    # Last: it ends the session it is sent with.
    Route("POST", "/sign-out", dict.fromkeys(ROLES, 303)),
]


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("routes")
    with (
        shared_database(request, "sqlite", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


@pytest.fixture(scope="module")
def larger_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The same on PostgreSQL, which keeps a reading transaction from more than SQLite does."""
    folder = tmp_path_factory.mktemp("larger")
    with (
        shared_database(request, "postgresql", folder) as url,
        running_site(url, folder) as site,
    ):
        yield site.with_people()


def everybody(site: Site) -> dict[str, Browser]:
    """A browser for each role."""
    return {
        "nobody": site.browser(),
        "it": site.signed_in("it@contoh.example.com", "it"),
        "auditor": site.signed_in("auditor@contoh.example.com", "auditor"),
        "stranger": site.signed_in(cast.FARID, "manager", [cast.LOGISTICS]),
        "manager": site.signed_in(cast.BADRUL, "manager", [cast.SALES]),
        "hr": site.signed_in(cast.AMINAH),
    }


@pytest.fixture(scope="module")
def signed_in(site: Site) -> dict[str, Browser]:
    return everybody(site)


@pytest.fixture
def people(site: Site, signed_in: dict[str, Browser]) -> dict[str, Browser]:
    """The same ones for every test; whoever signed out comes back."""
    if site.count("staff_session") < len(ROLES) - 1:
        signed_in |= everybody(site)
    return signed_in


def ask(
    site: Site, browser: Browser, route: Route, named: dict[str, str], **headers: str
) -> httpx.Response:
    """The request as our own page would send it."""
    address = route.path.replace(":path", "").format(**named)
    if route.method != "POST":
        return browser.client.request(route.method, address, headers=headers)
    cookie = browser.client.cookies.get(cookie_name(site.settings))
    token = [("csrf", csrf_token(site.web.form_key, cookie))] if cookie else []
    if route.path.startswith(ANSWERING):
        token = [("answer-goals_shared", "1")]
    # A field may name what was made for the test.
    fields = [(name, value.format(**named)) for name, value in route.fields.items()]
    body = encoded([*token, *fields])
    sent = {"Origin": site.settings.base_url, "Content-Type": FORM} | headers
    return browser.client.post(address, content=body, headers=sent)


def routes_of(site: Site) -> list[tuple[str, str]]:
    return list(flat(application(site).routes))


def application(site: Site) -> FastAPI:
    """A new application without what guards it."""
    return unguarded(create_app(site.web))


def unguarded(asgi: Any) -> FastAPI:
    while not isinstance(asgi, FastAPI):
        asgi = asgi._app
    return asgi


def flat(routes: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            # The API's have keys and a list of their own, in tests/web/api.
            if inner.prefix != API:
                yield from flat(inner.routes, prefix + route.include_context.prefix)
        elif isinstance(route, Mount):
            yield "MOUNT", route.path
        else:
            assert route.methods, f"{route!r}: neither listed nor understood"
            yield from ((method, prefix + route.path) for method in route.methods - {"HEAD"})


def test_every_route_is_in_the_list(site: Site) -> None:
    served = sorted(routes_of(site))
    listed = sorted([(route.method, route.path) for route in ALL] + [("MOUNT", "/static")])
    assert served == listed


@pytest.mark.parametrize("route", ALL, ids=str)
def test_each_role_gets_what_it_may_have(
    site: Site, people: dict[str, Browser], route: Route
) -> None:
    named = route.of(Objects(site))
    got = {}
    # HR last, for what it does may be done once only.
    for role in ROLES:
        reply = ask(site, people[role], route, named)
        got[role] = reply.status_code
        if reply.status_code == TO_SIGN_IN and route.expected[role] == TO_SIGN_IN:
            led = reply.headers["location"].partition("?")[0]
            assert route.path.startswith("/s/") or role != "nobody" or led == "/sign-in"
    assert got == route.expected


def test_every_page_opens_on_postgresql_too(larger_site: Site) -> None:
    people = everybody(larger_site)
    for route in ALL:
        if route.path != "/sign-out":
            named = route.of(Objects(larger_site))
            for role in ("stranger", "hr"):
                got = ask(larger_site, people[role], route, named).status_code
                assert got == route.expected[role], (str(route), role)


@pytest.mark.parametrize("route", [r for r in ALL if "{round_id}" in r.path], ids=str)
def test_a_round_that_does_not_exist_is_like_one_of_others(
    site: Site, people: dict[str, Browser], route: Route
) -> None:
    nothing = {"round_id": "zzzzzz", "path": cast.SALES, "key": "goals_shared", "place": "1"}
    nothing |= {"wave": timing.LAST_DAY, "name": "stances", "kind": "svg"}
    theirs = route.of(Objects(site))
    for role in (one for one in ("it", "auditor", "stranger") if route.expected[one] == NOT_THERE):
        unknown = ask(site, people[role], route, nothing)
        foreign = ask(site, people[role], route, theirs)
        assert unknown.status_code == foreign.status_code == 404
        assert _without_id(unknown) == _without_id(foreign)
    assert ask(site, people["hr"], route, nothing).status_code == 404


def if_missing(route: Route) -> int:
    """Pressed twice, a webhook is gone as well; a file of people waits a day, then it is gone."""
    if route.path == "/webhooks/{hook_id}/delete":
        return 303
    return 410 if "{upload_id}" in route.path else 404


def places_of(route: Route) -> list[str]:
    """What an address names."""
    return [one.partition("}")[0].partition(":")[0] for one in route.path.split("{")[1:]]


def asked_for_nothing(
    site: Site, people: dict[str, Browser], route: Route, names: list[str], missing: int
) -> list[tuple[str, str, object]]:
    """Where what does not exist is told apart from what somebody may not see."""
    theirs = route.of(Objects(site))
    nothing = {**theirs, **dict.fromkeys(names, "z" * 22)}
    wrong: list[tuple[str, str, object]] = []
    for role in ROLES[1:]:
        unknown = ask(site, people[role], route, nothing)
        hidden = route.expected[role] == NOT_THERE
        if unknown.status_code != (NOT_THERE if hidden else missing):
            wrong.append((str(route), role, unknown.status_code))
        if hidden:
            foreign = ask(site, people[role], route, theirs)
            if _without_id(unknown) != _without_id(foreign):
                wrong.append((str(route), role, "tells them apart"))
    return wrong


def test_what_does_not_exist_is_like_what_is_another_s(
    site: Site, people: dict[str, Browser]
) -> None:
    """Every other object that an address names: accounts, deputies, sessions, keys, people."""
    wrong: list[tuple[str, str, object]] = []
    for route in ALL:
        ids = [one for one in places_of(route) if one.endswith("_id") and one != "round_id"]
        if ids and "{round_id}" not in route.path:
            wrong += asked_for_nothing(site, people, route, ids, if_missing(route))
    assert wrong == []


@pytest.mark.parametrize("route", [r for r in ALL if NAMES & set(places_of(r))], ids=str)
def test_a_name_nobody_has_is_like_one_of_others(
    site: Site, people: dict[str, Browser], route: Route
) -> None:
    """Surveys, indicators, pictures and links; the page of a round's codes is the same for all."""
    names = [one for one in places_of(route) if one in NAMES]
    assert asked_for_nothing(site, people, route, names, NOT_THERE) == []


def _without_id(reply: httpx.Response) -> str:
    return reply.text.replace(reply.headers["x-request-id"], "")


@pytest.mark.parametrize("route", [r for r in ALL if r.method == "POST"], ids=str)
def test_nothing_is_changed_from_another_site(
    site: Site, people: dict[str, Browser], route: Route
) -> None:
    named = route.of(Objects(site))
    hostile: list[dict[str, str]] = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ]
    with recorded(site) as statements:
        for role in ("hr", "nobody"):
            for headers in hostile:
                assert ask(site, people[role], route, named, **headers).status_code == 403
        if not route.path.startswith(ANSWERING):
            hr = people["hr"]
            for pairs in ([], [("csrf", "")], [("csrf", "x" * 22)], [("csrf", "é")]):
                body = encoded([*pairs, *route.fields.items()])
                address = route.path.format(**named)
                reply = hr.client.post(address, content=body, headers={"Content-Type": FORM})
                assert reply.status_code == 403, pairs
    assert writes(statements) == []


@pytest.mark.parametrize("route", [r for r in ALL if r.method == "GET"], ids=str)
def test_reading_writes_nothing(site: Site, people: dict[str, Browser], route: Route) -> None:
    named = route.of(Objects(site))
    looking = {method: Route(method, route.path, {}) for method in ("GET", "HEAD", "OPTIONS")}
    with recorded(site) as statements:
        for role in ("nobody", "manager", "hr"):
            got = {method: ask(site, people[role], one, named) for method, one in looking.items()}
            assert got["OPTIONS"].status_code < 500
            assert got["HEAD"].status_code == got["GET"].status_code
            assert not got["HEAD"].content
    assert writes(statements) == []
    assert statements or not route.path.startswith("/rounds"), "the recorder sees what is read"


@contextmanager
def recorded(site: Site) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(site.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(site.database.engine, "before_cursor_execute", note)


def writes(statements: list[str]) -> list[str]:
    """What changes rows, but for the note that a session is in use."""
    kinds = ("insert", "update", "delete", "create", "drop", "alter", "truncate")
    return [
        one
        for one in statements
        if one.lstrip().lower().startswith(kinds)
        and not one.startswith("UPDATE staff_session SET seen_at")
    ]
