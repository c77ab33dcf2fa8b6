"""A round as its readers see it: participation while it is open, the release afterwards."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlmodel import Session

from app.access.sign_in import Viewer
from app.campaigns import breakdown, deliveries, forecast, policy, reminders, rounds
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import Phase
from app.kit.clock import now
from app.results import (
    comment_lines,
    headline,
    matrix,
    mirrors,
    participation,
    prompts,
    release,
    report,
    theme_lines,
    wording,
    workings,
)
from app.results.export.facts import day
from app.surveys.definition import Survey
from app.web.around import OVERVIEW, VIEWS, address, around
from app.web.dependencies import ReadSession, SignedIn, Staff, TheSite, see_other
from app.web.sight import NotYet, Results, Sight, results_of, seen, sight_of

router = APIRouter()

EXTENSION = timedelta(days=7)


@router.get("/rounds/{round_id}")
def show(
    round_id: str, staff: Staff, viewer: SignedIn, session: ReadSession, site: TheSite
) -> HTMLResponse:
    """Results once released; before that, how far the round is."""
    try:
        results = results_of(session, viewer, round_id)
    except NotYet as under_way:
        row, stands = under_way.row, release.phase(session, under_way.row)
        return _progress(staff, session, site, viewer, row, under_way.sight, stands)
    return _group_page(staff, session, viewer, results, results.sight.first)


@router.get("/rounds/{round_id}/departments/{path:path}")
def show_department(
    round_id: str,
    path: str,
    staff: Staff,
    viewer: SignedIn,
    session: ReadSession,
    stack: str = "",
) -> HTMLResponse:
    """One department's results; for who may not see it, it does not exist."""
    results = results_of(session, viewer, round_id)
    if not results.sight.may_read(path):
        raise HTTPException(404)
    return _group_page(staff, session, viewer, results, path, whole=stack == "whole")


@router.get("/rounds/{round_id}/go")
def go(
    round_id: str,
    viewer: SignedIn,
    session: ReadSession,
    department: str = "",
    round: str = "",  # noqa: A002 - the field's name
    view: str = OVERVIEW,
) -> Response:
    """Where the pickers lead: the same view of another department or round.

    A department is found again by its stable id; where a round has none of it, the trend says so.
    """
    row, sight = seen(session, viewer, round_id)
    view = view if view in VIEWS else OVERVIEW
    if not sight.may_read(department):
        raise HTTPException(404)
    if round in {"", row.id}:
        return see_other(address(row.id, department, view))
    seen(session, viewer, round)
    path = _there(session, row.id, round, department)
    if path is None or not sight_of(session, viewer, round).may_read(path):
        return see_other(address(row.id, department, "trend"))
    return see_other(address(round, path, view))


@router.get("/rounds/{round_id}/method")
def show_method(
    round_id: str, staff: Staff, viewer: SignedIn, session: ReadSession
) -> HTMLResponse:
    """The method card: how every answer of this round was read and every figure worked out."""
    row, _ = seen(session, viewer, round_id)
    content = release.read(session, round_id)
    return staff(
        "results/method.html",
        row=row,
        method=content["method"],
        label=wording.method_label(content, staff.language),
        neutral=wording.without_neutral(content, staff.language),
        survey=rounds.survey_of(session, row),
        report=report,
    )


@router.get("/rounds/{round_id}/method.json")
def download_method(round_id: str, viewer: SignedIn, session: ReadSession) -> JSONResponse:
    """The method card as a file; it holds rules and no answers."""
    seen(session, viewer, round_id)
    name = f"selaras_{round_id}_method.json"
    return JSONResponse(
        release.read(session, round_id)["method"],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _there(session: Session, here: str, there: str, path: str) -> str | None:
    """The path a department has in another round's tree; None where it is not in it."""
    if not path:
        return path
    plain = path.removesuffix("/*")
    ids = {node.path: node.id for node in rounds.tree_of(session, here)}
    paths = {node.id: node.path for node in rounds.tree_of(session, there)}
    found = paths.get(ids.get(plain, ""))
    return found if found is None or plain == path else f"{found}/*"


def _progress(
    staff: Staff,
    session: Session,
    site: TheSite,
    viewer: Viewer,
    row: SurveyRound,
    sight: Sight,
    stands: Phase,
) -> HTMLResponse:
    frozen = policy.frozen(session, row.id)
    groups = [] if stands is Phase.VOID else participation.so_far(session, row.id, frozen.min_group)
    later = (max(row.closes_at, now()) + EXTENSION).astimezone(site.runtime.settings.zone)
    return staff(
        "rounds/progress.html",
        row=row,
        phase=stands,
        policy=frozen,
        groups=[group for group in groups if sight.may_read(group.path)],
        report=report,
        hr=viewer.sees_all,
        deliveries=deliveries.progress(session, row.id),
        failures=deliveries.failures(session, row.id) if viewer.sees_all else (),
        parked=deliveries.parked(session, row.id) if viewer.sees_all else (),
        kiosk=f"{site.runtime.settings.base_url}/kiosk/{row.id}",
        waves=reminders.waves(session, row.id) if viewer.sees_all else (),
        left=_minutes_left(session, site, row.id),
        later=f"{later:%Y-%m-%dT%H:%M}",
        survey=rounds.survey_of(session, row),
    )


def _minutes_left(session: Session, site: TheSite, round_id: str) -> int:
    queued = forecast.queued(session, round_id)
    return ceil(forecast.lasts(queued, site.runtime.settings.mail_per_minute) / forecast.MINUTE)


def _group_page(
    staff: Staff,
    session: Session,
    viewer: Viewer,
    results: Results,
    path: str,
    *,
    whole: bool = False,
) -> HTMLResponse:
    sight, survey = results.sight, results.survey
    content = release.read(session, results.row.id)
    group = _reported(content, path)
    if group is None:
        raise HTTPException(404)
    values = {
        **around(viewer, staff.language, results, group["department"], OVERVIEW),
        "release": content,
        "group": group,
        "groups": [one for one in content["groups"] if sight.may_read(one["department"])],
        "company": content["groups"][0],
        "report": report,
        "wording": wording,
        "workings": workings,
        "breakdown": breakdown,
        "whole": whole,
        "closed": day(content["round"]["closed_on"], staff.language),
    }
    if not group["disclosed"]:
        shown = _nearest(content, path)
        return staff(
            "results/protected.html", **values, shown=shown, **_words(staff, content, shown, survey)
        )
    if group["band"]:
        return staff("results/banded.html", **values, said=report.band(group, staff.language))
    return staff(
        "results/group.html",
        **values,
        **_words(staff, content, group, survey),
        **_gaps(staff, content, group, sight, survey),
    )


def _gaps(
    staff: Staff, content: Mapping[str, Any], group: Mapping[str, Any], sight: Sight, survey: Survey
) -> dict[str, Any]:
    """The gaps this group's side takes part in, of those in which a side of the viewer's does.

    And how departments see each other, with the same restriction.
    """

    def readable(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        mine = mirrors.readable(rows, sight.sides)
        return [row for row in mine if group["side"] in {None, *row["sides"]}]

    clear, unclear = wording.gaps(readable(content["gaps"]), survey, staff.language)
    return {
        "clear_gaps": clear,
        "unclear_gaps": unclear,
        "readable_sides": sight.sides,
        "matrices": matrix.matrices(readable(content.get("views", ())), survey, staff.language),
    }


def _reported(content: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """The group at a path; of a department reported with others, the group it is in."""
    group = report.group_of(content, path)
    while group is None and "/" in path:
        path = path.rpartition("/")[0]
        group = report.group_of(content, path)
    return group


def _nearest(content: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The smallest group above a hidden one that has a result; the whole where none has."""
    while path:
        path = path.rpartition("/")[0]
        group = report.group_of(content, path)
        if group is not None and group["disclosed"] and not group["band"]:
            return group
    whole: Mapping[str, Any] = content["groups"][0]
    return whole


def _words(
    staff: Staff, content: Mapping[str, Any], group: Mapping[str, Any], survey: Survey
) -> dict[str, Any]:
    """The group's figures in words, for the template to lay out."""
    reader = staff.language
    if not group["disclosed"]:
        return {
            "headline": "",
            "themes": (),
            "items": (),
            "stances": (),
            "comments": (),
            "next_step": "",
            "talk": (),
        }
    themes = theme_lines.themes_of(content, group, survey, reader)
    return {
        "headline": headline.sentence(content, group, survey, reader),
        "themes": themes,
        "withheld": theme_lines.protected_themes(group, survey, reader),
        "items": report.items_of(group, survey, reader),
        "stances": report.stances(group, reader),
        "comments": comment_lines.comments_by_item(content, group["department"], survey, reader),
        "next_step": prompts.next_step(themes, survey, reader),
        "talk": prompts.prompts(content, group, survey, reader),
    }
