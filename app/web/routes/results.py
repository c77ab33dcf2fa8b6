"""A round as its readers see it: participation while it is open, the release afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, JSONResponse
from sqlmodel import Session

from app.access import scope
from app.access.sign_in import Viewer
from app.campaigns import breakdown, deliveries, policy, reminders, rounds
from app.campaigns.models import RoundDepartment, SurveyRound
from app.campaigns.rounds import Phase, UnknownRound
from app.kit.clock import now
from app.results import hiding, matrix, participation, release, report, wording, workings
from app.surveys.definition import Survey
from app.web.dependencies import ReadSession, SignedIn, Staff, TheSite

router = APIRouter()

EXTENSION = timedelta(days=7)


@dataclass(frozen=True)
class Sight:
    """What of a round's tree the viewer may see: his own departments, and totals above them."""

    own: frozenset[str]
    visible: frozenset[str]
    top: tuple[RoundDepartment, ...]
    sides: frozenset[str]

    def may_read(self, path: str) -> bool:
        """Whether the group at this path of the release is his to read."""
        whole = path.removesuffix("*").removesuffix("/") if path.endswith("/*") else path
        return whole in (self.own if path.endswith("/*") else self.visible)


@router.get("/rounds/{round_id}")
def show(
    round_id: str, staff: Staff, viewer: SignedIn, session: ReadSession, site: TheSite
) -> HTMLResponse:
    """Results once released; before that, how far the round is."""
    row, sight = _seen(session, viewer, round_id)
    stands = release.phase(session, row)
    if stands is not Phase.RELEASED:
        return _progress(staff, session, site, viewer, row, sight, stands)
    first = "" if viewer.sees_all or not sight.top else sight.top[0].path
    return _group_page(staff, session, viewer, row, sight, first)


@router.get("/rounds/{round_id}/departments/{path:path}")
def show_department(
    round_id: str, path: str, staff: Staff, viewer: SignedIn, session: ReadSession
) -> HTMLResponse:
    """One department's results; for who may not see it, it does not exist."""
    row, sight = _seen(session, viewer, round_id)
    if not sight.may_read(path):
        raise HTTPException(404)
    return _group_page(staff, session, viewer, row, sight, path)


@router.get("/rounds/{round_id}/method")
def show_method(
    round_id: str, staff: Staff, viewer: SignedIn, session: ReadSession
) -> HTMLResponse:
    """The method card: how every answer of this round was read and every figure worked out."""
    row, _ = _seen(session, viewer, round_id)
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
    _seen(session, viewer, round_id)
    name = f"selaras_{round_id}_method.json"
    return JSONResponse(
        release.read(session, round_id)["method"],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/rounds/{round_id}/items/{key}")
def show_item(
    round_id: str, key: str, staff: Staff, viewer: SignedIn, session: ReadSession
) -> HTMLResponse:
    """One item in every group the viewer may see, with its comments if it is an open one."""
    row, sight = _seen(session, viewer, round_id)
    content = release.read(session, round_id)
    survey = rounds.survey_of(session, row)
    asked = next((one for one in survey.items if one.key == key.partition("--")[0]), None)
    if asked is None:
        raise HTTPException(404)
    groups = [group for group in content["groups"] if sight.may_read(group["department"])]
    lines = [
        (group, line)
        for group in groups
        for line in report.items_of(group, survey, staff.language)
        if line.key == key
    ]
    comments = [(group, report.comments_of(content, group["department"], key)) for group in groups]
    return staff(
        "results/item.html",
        row=row,
        key=key,
        text=lines[0][1].text if lines else asked.text.in_(staff.language.code),
        lines=lines,
        comments=[(group, some) for group, some in comments if some],
        hidden=hiding.hidden(session, round_id) if viewer.sees_all else None,
        min_comments=content["policy"]["min_comments"],
        is_open=asked.type == "text",
        report=report,
        wording=wording,
        workings=workings,
        release=content,
    )


def sight_of(session: Session, viewer: Viewer, round_id: str) -> Sight:
    """What the viewer may see of this round, by paths of its frozen tree."""
    tree = rounds.tree_of(session, round_id)
    parents = {node.id: node.parent_id for node in tree}
    own = scope.own_departments(viewer, parents)
    seen = scope.visible_departments(viewer, parents)
    root = frozenset({""} if viewer.sees_all else ())
    return Sight(
        own=frozenset(node.path for node in tree if node.id in own) | root,
        visible=frozenset(node.path for node in tree if node.id in seen) | {""},
        top=tuple(node for node in tree if node.id in own and parents[node.id] not in own),
        sides=frozenset(node.side for node in tree if node.id in own and node.side is not None),
    )


def _seen(session: Session, viewer: Viewer, round_id: str) -> tuple[SurveyRound, Sight]:
    row = rounds.get(session, round_id)
    sight = sight_of(session, viewer, round_id)
    if not viewer.sees_all and not sight.own:
        raise UnknownRound(round_id)
    return row, sight


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
        waves=reminders.waves(session, row.id) if viewer.sees_all else (),
        later=f"{later:%Y-%m-%dT%H:%M}",
        survey=rounds.survey_of(session, row),
    )


def _group_page(
    staff: Staff, session: Session, viewer: Viewer, row: SurveyRound, sight: Sight, path: str
) -> HTMLResponse:
    content = release.read(session, row.id)
    group = _reported(content, path)
    if group is None:
        raise HTTPException(404)
    survey = rounds.survey_of(session, row)
    groups = [one for one in content["groups"] if sight.may_read(one["department"])]
    values = {
        "row": row,
        "release": content,
        "group": group,
        "groups": groups,
        "company": content["groups"][0],
        "hr": viewer.sees_all,
        "report": report,
        "wording": wording,
        "workings": workings,
        "breakdown": breakdown,
        "survey": survey,
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

    def readable(row: Mapping[str, Any]) -> bool:
        mine = sight.sides.intersection(row["sides"])
        return bool(mine) and group["side"] in {None, *row["sides"]}

    rows = list(filter(readable, content["gaps"]))
    clear, unclear = wording.gaps(rows, survey, staff.language)
    seen = list(filter(readable, content.get("views", ())))
    return {
        "clear_gaps": clear,
        "unclear_gaps": unclear,
        "readable_sides": sight.sides,
        "matrices": matrix.matrices(seen, survey, staff.language),
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
        }
    themes = report.themes_of(content, group, survey, reader)
    return {
        "headline": report.headline(content, group, survey, reader),
        "themes": themes,
        "withheld": report.protected_themes(group, survey, reader),
        "banded": report.banded_themes(group, survey, reader),
        "items": report.items_of(group, survey, reader),
        "stances": report.stances(group, reader),
        "comments": report.comments_by_item(content, group["department"], survey, reader),
        "next_step": _next_step(themes, survey, reader.code),
    }


def _next_step(themes: tuple[report.ThemeLine, ...], survey: Survey, code: str) -> str:
    """What the playbook offers for the weakest theme."""
    if not themes:
        return ""
    practices = survey.theme(themes[-1].key).practices
    return survey.practice(practices[0]).text.in_(code) if practices else ""
