"""The start page: what to do next, and the rounds that concern whoever is signed in."""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session, select

from app.access import accounts, scope
from app.access.accounts import Role
from app.access.sign_in import Viewer
from app.audit.models import AuditEntry
from app.campaigns import rounds
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import Phase
from app.kit import hold, migration, pace
from app.kit.clock import now
from app.kit.language import Language
from app.people import directory
from app.people.tree import Tree
from app.results import backups, release
from app.web import overview
from app.web.dependencies import (
    DbSession,
    Keeping,
    ReadSession,
    SignedIn,
    Staff,
    TheSite,
    see_other,
)

router = APIRouter()

NEWEST = 10
# Written by the launch page when a test mail goes to whoever launches.
TESTED = "round.tested"


@dataclass(frozen=True)
class Step:
    """One line of the checklist."""

    words: str
    address: str
    done: bool


@router.get("/")
def index(viewer: SignedIn, page: Staff, session: ReadSession, site: TheSite) -> HTMLResponse:
    """What there is to do or to read."""
    if viewer.role is Role.AUDITOR:
        return page("home/auditor.html")
    if viewer.role is Role.IT:
        return _for_it(page, session, site)
    shown = _concerning(session, viewer)
    stands = release.phases(session, shown)
    mail = site.transport is not None
    steps = _steps(session, shown, page.language, mail=mail) if viewer.sees_all else []
    today = now().astimezone(site.runtime.settings.zone).date()
    mine = _departments(session, viewer)
    begun = Phase.RELEASED in stands.values() or all(step.done for step in steps)
    return page(
        "home/index.html",
        held=hold.stands(session) if viewer.sees_all else None,
        steps=[] if begun else steps,
        rounds=shown[:NEWEST],
        more=len(shown) > NEWEST,
        stands=stands,
        phases=_phases(page.language),
        hr=viewer.sees_all,
        mail=mail,
        fresh=viewer.sees_all and not any(step.done for step in steps),
        duties=overview.duties(session, viewer, shown, stands, mine, today, page.language),
        results=overview.results(session, viewer, shown, stands, page.language),
        answered=overview.taking_part(session, shown[:NEWEST], stands) if viewer.sees_all else {},
    )


@router.post("/sending/resume")
def resume(viewer: Keeping, session: DbSession) -> RedirectResponse:
    """Let mails go out again after a restore; a second press changes nothing more."""
    backups.confirm(session, viewer.account_id)
    return see_other("/")


def _for_it(page: Staff, session: Session, site: TheSite) -> HTMLResponse:
    """How the installation stands: never who was asked, nor what came of it."""
    settings = site.runtime.settings
    mail = pace.stands(session)
    return page(
        "home/it.html",
        held=hold.stands(session),
        database="SQLite" if settings.embedded else "PostgreSQL",
        schema=migration.newest(),
        mail=site.transport is not None,
        resting=mail is not None and mail.paused_until is not None and mail.paused_until > now(),
        encrypted=settings.base_url.startswith("https://"),
        base_url=settings.base_url,
        hr=len(accounts.with_role(session, Role.HR)),
    )


def _departments(session: Session, viewer: Viewer) -> frozenset[str] | None:
    """Whose actions are the viewer's; None for all."""
    if viewer.sees_all:
        return None
    tree = Tree.read(session)
    return scope.own_departments(viewer, {node.id: node.parent_id for node in tree.nodes})


def _concerning(session: Session, viewer: Viewer) -> list[SurveyRound]:
    rows = rounds.listed(session)
    if viewer.sees_all:
        return list(rows)
    return [row for row in rows if scope.may_open(viewer, _parents(session, row.id))]


def _parents(session: Session, round_id: str) -> dict[str, str | None]:
    return {node.id: node.parent_id for node in rounds.tree_of(session, round_id)}


def _steps(
    session: Session, launched: list[SurveyRound], language: Language, *, mail: bool
) -> list[Step]:
    text = language.text
    tested = session.exec(select(AuditEntry).where(AuditEntry.action == TESTED).limit(1)).first()
    return [
        Step(text("Add people"), "/people/import", directory.people_count(session) > 0),
        Step(text("Pick a survey"), "/surveys", bool(launched) or tested is not None),
        Step(
            text("Send yourself a test"),
            "/rounds/new",
            tested is not None or bool(launched and not mail),
        ),
        Step(text("Launch a round"), "/rounds/new", bool(launched)),
    ]


def _phases(language: Language) -> dict[Phase, tuple[str, str]]:
    """The word for each state, and the kind of its tag."""
    text = language.text
    return {
        Phase.SCHEDULED: (text("scheduled"), ""),
        Phase.OPEN: (text("open"), "success"),
        Phase.READY: (text("closed, results not released yet"), "warning"),
        Phase.RELEASED: (text("results are out"), "success"),
        Phase.VOID: (text("voided"), ""),
    }
