"""The indicators page: business figures under the alignment score, on one time axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app.access import scope
from app.access.accounts import Role
from app.access.sign_in import Viewer
from app.campaigns import rounds
from app.campaigns.models import SurveyRound
from app.indicators import registry
from app.indicators.models import IndicatorValue
from app.indicators.registry import COMPANY
from app.people.tree import Node, Tree
from app.results import timeline
from app.results.timeline import Stop
from app.web import figures
from app.web.charts.timeline import scores_chart, values_chart
from app.web.dependencies import ReadSession, SignedIn, Staff

router = APIRouter()


@dataclass(frozen=True)
class Choice:
    """Whose figures are looked at, beside which survey, and around which of its rounds."""

    department: str
    survey: str
    stops: tuple[Stop, ...]
    around: Stop | None


@router.get("/indicators")
def index(request: Request, viewer: SignedIn, page: Staff, session: ReadSession) -> HTMLResponse:
    """Every indicator with its values, what was agreed, and the alignment score above."""
    nodes = departments_of(session, viewer)
    query = request.query_params
    rows = [row for row in timeline.released(session) if _concerns(session, viewer, row)]
    surveys = _surveys(session, rows, page.language.code)
    chosen = _chosen(session, query, nodes, rows, surveys)
    indicators = registry.listed(session)
    stored = registry.values(session, [row.id for row in indicators], {chosen.department})
    series = _series(stored, chosen.department)
    shown = [
        figures.figure(row, series.get(row.id, {}), chosen.stops, chosen.around, page.language)
        for row in indicators
    ]
    every = [line.period for one in shown for line in one.lines]
    days = [stop.on for stop in chosen.stops]
    axis = figures.span(every, days) if every or days else None
    return page(
        "indicators/index.html",
        hr=viewer.sees_all,
        departments=nodes,
        surveys=surveys,
        chosen=chosen,
        figures=shown,
        scores=scores_chart(chosen.stops, axis, page.language) if axis and days else None,
        charts_of={
            one.row.id: values_chart(one, chosen.stops, axis, page.language)
            for one in shown
            if axis and one.lines
        },
        words=figures,
        stored=_stored(query),
        deleted=_deleted(session, query.get("deleted", "")) if viewer.sees_all else None,
    )


def departments_of(session: Session, viewer: Viewer) -> Sequence[Node]:
    """The departments whose figures are the viewer's to read; raises 404 for who reads none."""
    if viewer.role not in (Role.HR, Role.MANAGER):
        raise HTTPException(404)
    tree = Tree.read(session)
    if viewer.sees_all:
        return tree.nodes
    parents = {node.id: node.parent_id for node in tree.nodes}
    own = scope.own_departments(viewer, parents)
    return [node for node in tree.nodes if node.id in own]


def _concerns(session: Session, viewer: Viewer, row: SurveyRound) -> bool:
    if viewer.sees_all:
        return True
    tree = rounds.tree_of(session, row.id)
    return scope.may_open(viewer, {node.id: node.parent_id for node in tree})


def _surveys(session: Session, rows: Sequence[SurveyRound], code: str) -> Mapping[str, str]:
    """The surveys that have results, the one with the most rounds first."""
    keys = [row.survey_key for row in rows]
    newest = {row.survey_key: row for row in rows}
    ordered = sorted(newest, key=lambda key: (-keys.count(key), key))
    return {key: rounds.survey_of(session, newest[key]).title.in_(code) for key in ordered}


def _chosen(
    session: Session,
    query: Mapping[str, str],
    nodes: Sequence[Node],
    rows: Sequence[SurveyRound],
    surveys: Mapping[str, str],
) -> Choice:
    department = query.get("department", "")
    if department not in {node.id for node in nodes}:
        department = COMPANY
    survey = query.get("survey", "")
    survey = survey if survey in surveys else next(iter(surveys), "")
    of_survey = [row for row in rows if row.survey_key == survey]
    stops = timeline.stops(session, of_survey, department)
    wanted = query.get("round", "")
    around = next((stop for stop in stops if stop.round_id == wanted), None)
    return Choice(department, survey, stops, around or (stops[0] if stops else None))


def _series(stored: Sequence[IndicatorValue], department: str) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for one in stored:
        if one.department_id == department:
            found.setdefault(one.indicator_id, {})[one.period] = one.value
    return found


def _stored(query: Mapping[str, str]) -> tuple[int, int] | None:
    """How many values an import has just stored and replaced."""
    numbers = [query.get(name, "") for name in ("new", "replaced")]
    if not all(one.isascii() and one.isdigit() and len(one) < 7 for one in numbers):
        return None
    return int(numbers[0]), int(numbers[1])


def _deleted(session: Session, key: str) -> str | None:
    """The key of an indicator that was just deleted and can be brought back."""
    if not key:
        return None
    try:
        row = registry.get(session, key, deleted=True)
    except registry.UnknownIndicator:
        return None
    return row.key if row.deleted_at is not None else None
