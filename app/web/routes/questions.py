"""One question of a round: its answers here and elsewhere, its trend, and what people wrote."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from app.kit.language import Language
from app.results import (
    comment_lines,
    hiding,
    prompts,
    release,
    report,
    trend,
    wording,
    workings,
)
from app.surveys.definition import Survey
from app.web import lines
from app.web.around import COMMENTS, OVERVIEW, TALK, around
from app.web.dependencies import ReadSession, SignedIn, Staff, TheSite
from app.web.sight import results_of

router = APIRouter()

LONGEST_SEARCH = 100

Json = Mapping[str, Any]


@router.get("/rounds/{round_id}/items/{key}")
def show(
    round_id: str,
    key: str,
    staff: Staff,
    viewer: SignedIn,
    session: ReadSession,
    site: TheSite,
    department: str | None = None,
) -> HTMLResponse:
    """One item of one group beside the whole, over time, and in every group to be seen."""
    results = results_of(session, viewer, round_id)
    sight, survey = results.sight, results.survey
    path = sight.first if department is None else department
    content = release.read(session, round_id)
    asked = next((one for one in survey.items if one.key == key.partition("--")[0]), None)
    if asked is None or not sight.may_read(path):
        raise HTTPException(404)
    groups = [one for one in content["groups"] if sight.may_read(one["department"])]
    group = report.group_of(content, path) or groups[0]
    mine = _line(group, key, survey, staff.language)
    moments = (
        trend.over_time(
            session,
            viewer,
            results.released,
            results.standing.id_of(group["department"]),
            f"item:{key}",
            site.runtime.settings.zone,
        )
        if asked.rated
        else ()
    )
    comments = [(one, comment_lines.comments_of(content, one["department"], key)) for one in groups]
    return staff(
        "results/item.html",
        **around(viewer, staff.language, results, path, OVERVIEW),
        key=key,
        group=group,
        text=report.item_text(key, survey, staff.language, group.get("side")),
        mine=mine,
        company=_line(content["groups"][0], key, survey, staff.language),
        table_rows=[(one, _line(one, key, survey, staff.language)) for one in groups],
        moments=moments,
        line=lines.chart(moments, staff.language),
        comments=[(one, some) for one, some in comments if some],
        hidden=hiding.hidden(session, round_id) if viewer.sees_all else None,
        min_comments=content["policy"]["min_comments"],
        is_open=asked.type == "text",
        release=content,
        report=report,
        wording=wording,
        workings=workings,
        lines=lines,
    )


@router.get("/rounds/{round_id}/comments")
def comments(
    round_id: str,
    staff: Staff,
    viewer: SignedIn,
    session: ReadSession,
    department: str | None = None,
    q: str = "",
) -> HTMLResponse:
    """What people wrote, question by question in the order drawn by lot; searched for some words."""
    results = results_of(session, viewer, round_id)
    sight, survey = results.sight, results.survey
    path = sight.first if department is None else department
    if not sight.may_read(path):
        raise HTTPException(404)
    content = release.read(session, round_id)
    group = report.group_of(content, path)
    wanted = " ".join(q[:LONGEST_SEARCH].split())
    found = [
        (key, text, len(some), _holding(some, wanted, staff.language))
        for key, text, some in comment_lines.comments_by_item(content, path, survey, staff.language)
    ]
    return staff(
        "results/comments.html",
        **around(viewer, staff.language, results, path, COMMENTS),
        heading=report.title(group, staff.language) if group else path,
        found=found,
        wanted=wanted,
        min_comments=content["policy"]["min_comments"],
        report=report,
    )


@router.get("/rounds/{round_id}/conversation")
def conversation(
    round_id: str,
    staff: Staff,
    viewer: SignedIn,
    session: ReadSession,
    department: str | None = None,
) -> HTMLResponse:
    """Notes to print and take to the team: what to say, what to ask, what to decide."""
    results = results_of(session, viewer, round_id)
    sight, survey = results.sight, results.survey
    path = sight.first if department is None else department
    if not sight.may_read(path):
        raise HTTPException(404)
    content = release.read(session, round_id)
    group = report.group_of(content, path)
    return staff(
        "results/conversation.html",
        **around(viewer, staff.language, results, path, TALK),
        group=group,
        talk=prompts.prompts(content, group, survey, staff.language) if group else (),
        release=content,
        report=report,
    )


def _line(group: Json, key: str, survey: Survey, language: Language) -> report.ItemLine | None:
    lines_ = report.items_of(group, survey, language)
    return next((one for one in lines_ if one.key == key), None)


def _holding(some: Sequence[Json], wanted: str, language: Language) -> list[Json]:
    """The comments in which those words stand as they are read; all where none are wanted."""
    folded = wanted.casefold()
    return [
        one
        for one in some
        if not folded
        or (
            not one["hidden"]
            and folded in " ".join(comment_lines.words(one, language).split()).casefold()
        )
    ]
