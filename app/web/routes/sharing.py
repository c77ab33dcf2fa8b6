"""Sharing results: the link by mail to managers, and a summary everybody with its address reads."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import accounts
from app.campaigns import rounds
from app.campaigns.models import SurveyRound
from app.results import (
    headline,
    release,
    report,
    sharing,
    theme_lines,
    wording,
)
from app.web.dependencies import (
    DbSession,
    Hr,
    Reader,
    ReadSession,
    Site,
    Staff,
    TheSite,
    see_other,
)
from app.web.forms import Fields

router = APIRouter()


@router.get("/rounds/{round_id}/share")
def show(
    round_id: str, request: Request, _: Hr, staff: Staff, session: ReadSession, site: TheSite
) -> HTMLResponse:
    """Who may read the results, and by which address."""
    row = rounds.get(session, round_id)
    whole = release.read(session, round_id)["groups"][0]
    summary = sharing.summary_of(session, round_id)
    paths = {one.account.id: one.departments for one in accounts.listed(session)}
    sent = request.query_params.get("sent", "")
    return staff(
        "rounds/share.html",
        row=row,
        managers=[
            (one.id, f"{one.email} ({', '.join(paths.get(one.id, ()))})")
            for one in sharing.managers_of(session, round_id)
        ],
        mail=site.transport is not None,
        address=f"{site.runtime.settings.base_url}/summary/{summary.token}" if summary else "",
        printable=whole["disclosed"] and not whole["band"],
        sent=int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 5 else None,
    )


@router.post("/rounds/{round_id}/share")
def send(round_id: str, request: Request, viewer: Hr, staff: Staff, session: DbSession) -> Response:
    """Mail the link to the managers who were ticked."""
    rounds.get(session, round_id)
    fields = Fields.of(request, staff.language)
    known = [one.id for one in sharing.managers_of(session, round_id)]
    chosen = fields.many("manager", known)
    count = sharing.send(session, round_id, chosen if fields.done() else [], viewer.account_id)
    return see_other(f"/rounds/{round_id}/share?sent={count}")


@router.post("/rounds/{round_id}/summary/open")
def open_(round_id: str, viewer: Hr, session: DbSession) -> Response:
    """Let everybody with the address read the summary."""
    rounds.get(session, round_id)
    sharing.open_summary(session, round_id, viewer.account_id)
    return see_other(f"/rounds/{round_id}/share#summary")


@router.post("/rounds/{round_id}/summary/close")
def close(round_id: str, viewer: Hr, session: DbSession) -> Response:
    """The address leads nowhere from now on."""
    rounds.get(session, round_id)
    sharing.close_summary(session, round_id, viewer.account_id)
    return see_other(f"/rounds/{round_id}/share#summary")


@router.get("/summary/{token}")
def summary(
    token: str, request: Request, language: Reader, session: ReadSession, site: TheSite
) -> HTMLResponse:
    """The whole's figures and themes: no department, no comment, nobody signed in."""
    row = rounds.get(session, sharing.by_token(session, token).round_id)
    return HTMLResponse(_summary(session, site, row, language, request.url.query))


def _summary(session: Session, site: Site, row: SurveyRound, language: Reader, query: str) -> str:
    content = release.read(session, row.id)
    survey = rounds.survey_of(session, row)
    whole = report.group_of(content, "")
    assert whole is not None
    return site.pages.render(
        "results/summary.html",
        language,
        query=query,
        row=row,
        survey=survey,
        release=content,
        group=whole,
        sentence=headline.sentence(content, whole, survey, language),
        themes=theme_lines.themes_of(content, whole, survey, language),
        stances=report.stances(whole, language),
        report=report,
        wording=wording,
    )
