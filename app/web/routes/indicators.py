"""The indicators page: business figures under the alignment score, on one time axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.access import scope
from app.access.accounts import Role
from app.access.sign_in import Viewer
from app.indicators import registry
from app.indicators.models import IndicatorValue
from app.indicators.registry import COMPANY
from app.kit.language import Language
from app.people.tree import Node, Tree
from app.results import shelf, trend
from app.results.export import offer
from app.results.sameness import WHOLE
from app.results.shelf import Released
from app.results.trend import Moment
from app.web import figures, pictures
from app.web.charts import Chart
from app.web.charts.timeline import scores_chart, values_chart
from app.web.dependencies import Reader, ReadSession, SignedIn, Site, Staff, TheSite
from app.web.figures import Figure
from app.web.routes.pictures import Kind, Theme, as_file

router = APIRouter()

# The picture that is no indicator's; a key of one has no hyphen.
SCORE = "alignment-score"


@dataclass(frozen=True)
class Choice:
    """Whose figures are looked at, beside which survey, and around which of its rounds."""

    department: str
    survey: str
    moments: tuple[Moment, ...]
    around: Moment | None


@dataclass(frozen=True)
class Watched:
    """What the page shows: whose figures, and the one time axis of all its pictures."""

    nodes: Sequence[Node]
    surveys: Mapping[str, str]
    chosen: Choice
    figures: Sequence[Figure]
    axis: tuple[str, str] | None

    def scores(self, language: Language) -> Chart | None:
        if self.axis is None or not self.chosen.moments:
            return None
        return scores_chart(self.chosen.moments, self.axis, language)

    def values(self, one: Figure, language: Language) -> Chart | None:
        if self.axis is None or not one.lines:
            return None
        return values_chart(one, self.chosen.moments, self.axis, language)


@router.get("/indicators")
def index(
    request: Request, viewer: SignedIn, page: Staff, session: ReadSession, site: TheSite
) -> HTMLResponse:
    """Every indicator with its values, what was agreed, and the alignment score above."""
    query = request.query_params
    watched = _watched(session, viewer, site, query, page.language)
    return page(
        "indicators/index.html",
        hr=viewer.sees_all,
        departments=watched.nodes,
        surveys=watched.surveys,
        chosen=watched.chosen,
        figures=watched.figures,
        scores=watched.scores(page.language),
        charts_of={one.row.id: watched.values(one, page.language) for one in watched.figures},
        words=figures,
        stored=_stored(query),
        deleted=_deleted(session, query.get("deleted", "")) if viewer.sees_all else None,
    )


@router.get("/indicators/charts/{name}.{kind}")
def draw(
    request: Request,
    name: str,
    kind: Kind,
    viewer: SignedIn,
    session: ReadSession,
    site: TheSite,
    reader: Reader,
    theme: Theme = "light",
) -> Response:
    """A picture of the page as a file: the score over the rounds, or an indicator by its key."""
    offer.require(kind)
    watched = _watched(session, viewer, site, request.query_params, reader)
    by_key = {one.row.key: watched.values(one, reader) for one in watched.figures}
    chart = (by_key | {SCORE: watched.scores(reader)}).get(name)
    if chart is None:
        raise HTTPException(404)
    return as_file(chart, f"selaras_{pictures.safe(name)}", kind, theme)


def _watched(
    session: Session, viewer: Viewer, site: Site, query: Mapping[str, str], language: Language
) -> Watched:
    nodes = departments_of(session, viewer)
    released = [one for one in shelf.every(session, viewer) if one.own]
    surveys = _surveys(session, released, language.code)
    zone = site.runtime.settings.zone
    chosen = _chosen(session, viewer, query, nodes, released, surveys, zone)
    indicators = registry.listed(session)
    stored = registry.values(session, [row.id for row in indicators], {chosen.department})
    series = _series(stored, chosen.department)
    shown = [
        figures.figure(row, series.get(row.id, {}), chosen.moments, chosen.around, language)
        for row in indicators
    ]
    every = [line.period for one in shown for line in one.lines]
    days = [one.on for one in chosen.moments]
    axis = figures.span(every, days) if every or days else None
    return Watched(nodes, surveys, chosen, shown, axis)


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


def _surveys(session: Session, released: Sequence[Released], code: str) -> Mapping[str, str]:
    """The surveys that have results, the one with the most rounds first."""
    keys = [one.row.survey_key for one in released]
    newest = {one.row.survey_key: one for one in released}
    ordered = sorted(newest, key=lambda key: (-keys.count(key), key))
    return {key: shelf.standing(session, newest[key]).survey.title.in_(code) for key in ordered}


def _chosen(
    session: Session,
    viewer: Viewer,
    query: Mapping[str, str],
    nodes: Sequence[Node],
    released: Sequence[Released],
    surveys: Mapping[str, str],
    zone: ZoneInfo,
) -> Choice:
    department = query.get("department", "")
    if department not in {node.id for node in nodes}:
        department = COMPANY
    survey = query.get("survey", "")
    survey = survey if survey in surveys else next(iter(surveys), "")
    of_survey = [one for one in released if one.row.survey_key == survey]
    moments = trend.over_time(session, viewer, of_survey, department, WHOLE, zone)
    wanted = query.get("round", "")
    around = next((one for one in moments if one.round_id == wanted), None)
    return Choice(department, survey, moments, around or (moments[0] if moments else None))


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
