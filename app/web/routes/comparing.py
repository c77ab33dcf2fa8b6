"""Results beside each other: departments, sides, two departments, and rounds."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from app.results import (
    heat,
    matrix,
    mirrors,
    notes,
    pairs,
    release,
    report,
    trend,
    wording,
    workings,
)
from app.surveys.definition import Survey
from app.web import lines
from app.web.around import HEAT, SIDES, TREND, address, around
from app.web.dependencies import DbSession, Hr, ReadSession, SignedIn, Staff, TheSite, see_other
from app.web.forms import Fields
from app.web.sight import results_of

router = APIRouter()

Json = Mapping[str, Any]


@router.get("/rounds/{round_id}/heatmap")
def heatmap(
    round_id: str,
    staff: Staff,
    viewer: SignedIn,
    session: ReadSession,
    department: str | None = None,
    sort: str = "",
    interval: str = "",
) -> HTMLResponse:
    """Every department beside every theme."""
    results = results_of(session, viewer, round_id)
    sight = results.sight
    shown = heat.columns(results.survey, staff.language, sort)
    path = sight.first if department is None or not sight.may_read(department) else department
    groups = [one for one in results.standing.groups if sight.may_read(one.path)]
    return staff(
        "results/heatmap.html",
        **around(viewer, staff.language, results, path, HEAT),
        columns=shown,
        heat_rows=heat.rows(groups, shown, sort, staff.language, interval=interval == "on"),
        borders=heat.BORDERS,
        sort=sort,
        interval=interval == "on",
        min_group=results.standing.min_group,
    )


@router.get("/rounds/{round_id}/gaps")
def gaps(
    round_id: str,
    staff: Staff,
    viewer: SignedIn,
    session: ReadSession,
    one: str | None = None,
    other: str | None = None,
) -> HTMLResponse:
    """Who misjudges whom: the survey's sides, and any two departments the viewer may see."""
    results = results_of(session, viewer, round_id)
    sight, survey = results.sight, results.survey
    content = release.read(session, round_id)
    rows = mirrors.readable(content["gaps"], sight.sides)
    directions = mirrors.directions(content, rows, survey, staff.language)
    means = wording.gaps([r for r in rows if r["kind"] == "means"], survey, staff.language)
    mutual = [row for row in rows if row["kind"] == "reciprocity"]
    views = mirrors.readable(content.get("views", ()), sight.sides)
    return staff(
        "results/gaps.html",
        **around(viewer, staff.language, results, sight.first, SIDES),
        **_pair(content, sight, survey, staff, one, other),
        directions=directions,
        finding=mirrors.finding(directions, survey, staff.language),
        sides=tuple(mirrors.sides_of(directions)),
        by_pair={(found.one, found.other): found for found in directions},
        clear_means=means[0],
        unclear_means=means[1],
        mutual=sum(wording.gaps(mutual, survey, staff.language), ()),
        matrices=matrix.matrices(views, survey, staff.language),
        readable_sides=sight.sides,
        release=content,
        mirrors=mirrors,
        subject=wording.subject,
        report=report,
        workings=workings,
    )


@router.get("/rounds/{round_id}/trend")
def over_time(
    round_id: str,
    staff: Staff,
    viewer: SignedIn,
    session: ReadSession,
    site: TheSite,
    department: str | None = None,
    measure: str = "",
) -> HTMLResponse:
    """One measure of one department over all rounds of the survey."""
    results = results_of(session, viewer, round_id)
    sight = results.sight
    path = sight.first if department is None else department
    if not sight.may_read(path):
        raise HTTPException(404)
    measures = _measures(results.survey, staff)
    if measure not in measures:
        raise HTTPException(404)
    zone = site.runtime.settings.zone
    rest = path.endswith("/*")
    department_id = results.standing.id_of(path)
    moments = trend.over_time(session, viewer, results.released, department_id, measure, zone)
    return staff(
        "results/trend.html",
        **around(viewer, staff.language, results, path, TREND),
        place=report.place(path, staff.language) if rest or not path else path.rpartition("/")[2],
        moments=moments,
        line=lines.chart(moments, staff.language),
        lines=lines,
        measure=measure,
        measures=measures,
        here=next((one for one in moments if one.round_id == round_id), None),
        report=report,
        longest=notes.LONGEST,
    )


@router.post("/rounds/{round_id}/note")
def note(round_id: str, staff: Staff, viewer: Hr, session: DbSession, request: Request) -> Response:
    """HR says what was different about a round; an empty note takes it away."""
    fields = Fields.of(request, staff.language)
    text = fields.text("note", notes.LONGEST, required=False)
    if not fields.done():
        raise HTTPException(422)
    notes.attach(session, round_id, text, viewer.account_id)
    return see_other(address(round_id, "", TREND))


def _pair(
    content: Json, sight: Any, survey: Survey, staff: Staff, one: str | None, other: str | None
) -> dict[str, Any]:
    """Two departments of the viewer's own beside each other, where both have results."""
    own = {
        group["department"]: group
        for group in map(report.named, content["groups"])
        if group["disclosed"]
        and not group["band"]
        and group["department"]
        and not group["department"].endswith("*")
        and group["department"] in sight.own
    }
    if one not in own or other not in own or one == other:
        return {"own": own, "pair": (one, other), "pair_gaps": None}
    found = wording.gaps(pairs.gaps(own[one], own[other], survey), survey, staff.language)
    return {"own": own, "pair": (one, other), "pair_gaps": found}


def _measures(survey: Survey, staff: Staff) -> dict[str, str]:
    """What can be followed: the score, every theme that is scored, and every rated item."""
    code = staff.language.code
    own = {item.theme for item in survey.composite}
    themes = {
        f"theme:{theme.key}": theme.name.in_(code) for theme in survey.themes if theme.key in own
    }
    items = {
        f"item:{item.key}": report.item_text(item.key, survey, staff.language, None)
        for item in survey.items
        if item.rated and (item.about == "own" or len(survey.sides) <= 2)
    }
    return {"": staff.language.text("Score"), **themes, **items}
