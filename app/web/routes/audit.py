"""The log of acts: read, narrowed, and taken along as a file; and the promises of every round."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlmodel import Session, select

from app.access.accounts import Role
from app.access.models import Account
from app.access.sign_in import Viewer
from app.audit import log, reading
from app.audit.models import AuditEntry
from app.audit.reading import Wanted
from app.campaigns import policy, rounds
from app.campaigns.models import SurveyRound
from app.kit import csv
from app.kit.clock import beginning, now
from app.kit.language import Language
from app.results import release
from app.web import audit_words
from app.web.dependencies import Auditing, DbSession, ReadSession, Site, Staff, TheSite
from app.web.forms import Fields
from app.web.stepping_up import require_fresh

router = APIRouter()

COLUMNS = ("at", "actor", "action", "subject", "detail")
LONGEST_NAME = 60


@dataclass(frozen=True)
class Line:
    """One act as it is read."""

    at: datetime
    who: str
    act: str
    about: str
    address: str
    detail: str


@router.get("/audit")
def show(
    request: Request, viewer: Auditing, page: Staff, site: TheSite, session: ReadSession
) -> HTMLResponse:
    """The newest acts first."""
    fields = Fields(request.query_params.multi_items(), page.language)
    before = fields.text("before", LONGEST_NAME, required=False)
    wanted = _wanted(fields, session, site)
    # Links of other pages bring the language and the like along.
    typed = {name: fields.typed.get(name, "") for name in ("area", "actor", "from", "to")}
    found, after = reading.page(session, wanted, before)
    names = _Names(session, viewer, page.language)
    more = urlencode({name: value for name, value in typed.items() if value} | {"before": after})
    return page(
        "audit/index.html",
        422 if fields.errors else 200,
        errors=fields.errors,
        typed=typed,
        lines=[names.line(entry) for entry in found],
        areas=[(one, audit_words.area(one, page.language)) for one in reading.areas(session)],
        actors=[(one, names.who(one)) for one in reading.actors(session)],
        filtered=any(typed.values()) or bool(before),
        next=f"/audit?{more}" if after else "",
    )


@router.post("/audit")
def download(
    request: Request, viewer: Auditing, page: Staff, site: TheSite, session: DbSession
) -> Response:
    """The same acts as a file, which is an act itself."""
    require_fresh(session, viewer, "/audit")
    fields = Fields.of(request, page.language)
    wanted = _wanted(fields, session, site)
    if not fields.done():
        # The page it was sent from has the fields: back to it, with what is wrong.
        return show(request, viewer, page, site, session)
    names = _Names(session, viewer, page.language)
    log.record(session, viewer.account_id, "audit.exported", "audit", area=wanted.area)
    session.flush()
    text = "".join(csv.write(COLUMNS, names.rows(session, wanted), excel=True))
    name = f"selaras_audit_{now():%Y-%m-%d}.csv"
    return StreamingResponse(
        iter([text]),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/policies")
def policies(_: Auditing, page: Staff, session: ReadSession) -> HTMLResponse:
    """What every round promised, frozen at its launch."""
    rows = rounds.listed(session)
    return page(
        "audit/policies.html",
        rows=[(row, policy.frozen(session, row.id)) for row in rows],
        phases=release.phases(session, rows),
    )


def _wanted(fields: Fields, session: Session, site: Site) -> Wanted:
    area = fields.choice("area", reading.areas(session), required=False)
    actor = fields.choice("actor", reading.actors(session), required=False)
    zone = site.runtime.settings.zone
    since, last = fields.day("from"), fields.day("to")
    return Wanted(
        area,
        actor,
        beginning(since, zone) if since else None,
        beginning(last + timedelta(days=1), zone) if last else None,
    )


class _Names:
    """Who and what the ids of the log stand for, as far as the viewer may know."""

    def __init__(self, session: Session, viewer: Viewer, language: Language) -> None:
        self._language = language
        accounts = session.exec(select(Account))
        # Whoever reads no addresses tells accounts apart by their role and a piece of the id.
        plain = viewer.role is Role.HR
        self._accounts = {
            one.id: one.email if plain else f"{one.role} {one.id[:6]}" for one in accounts
        }
        self._rounds = {row.id: row.name for row in session.exec(select(SurveyRound))}
        self._may_open = plain

    def who(self, actor: str) -> str:
        text = self._language.text
        if actor in self._accounts:
            return self._accounts[actor]
        known = {
            "command line": text("the command line"),
            "worker": text("the service itself"),
            "set-up": text("the set-up link"),
            "demo": text("the demo"),
            "nobody": text("somebody not signed in"),
        }
        if actor.startswith("key:"):
            return text("the program with key %(key)s", key=actor.removeprefix("key:"))
        return known.get(actor) or text("a former account")

    def line(self, entry: AuditEntry) -> Line:
        about = self._accounts.get(entry.subject) or self._rounds.get(entry.subject) or ""
        is_round = entry.subject in self._rounds
        page = f"/rounds/{entry.subject}" + ("" if self._may_open else "/sheet")
        return Line(
            at=entry.at,
            who=self.who(entry.actor),
            act=audit_words.act(entry.action, self._language),
            about=about or (entry.subject if entry.subject != entry.actor else ""),
            address=page if is_round else "",
            detail=", ".join(f"{name}: {value}" for name, value in self._detail(entry)),
        )

    def rows(self, session: Session, wanted: Wanted) -> Iterator[tuple[str, ...]]:
        for entry in reading.every(session, wanted):
            about = self._accounts.get(entry.subject) or entry.subject
            yield (
                entry.at.isoformat(timespec="seconds"),
                self._accounts.get(entry.actor, entry.actor),
                entry.action,
                about,
                json.dumps(dict(self._detail(entry)), ensure_ascii=False),
            )

    def _detail(self, entry: AuditEntry) -> list[tuple[str, object]]:
        return [(name, value) for name, value in json.loads(entry.detail).items() if value != ""]
