"""What stands around every page of a round's results: which department, which round, which view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from app.access.sign_in import Viewer
from app.kit.language import Language
from app.results import diagnosis, report
from app.results.summary import Summary
from app.surveys.definition import Survey
from app.web.sight import Results, Sight

OVERVIEW, HEAT, SIDES, TREND, SIGNS, COMMENTS, TALK = (
    "overview",
    "heatmap",
    "gaps",
    "trend",
    "diagnosis",
    "comments",
    "conversation",
)
VIEWS = (OVERVIEW, HEAT, SIDES, TREND, SIGNS, COMMENTS, TALK)


@dataclass(frozen=True)
class Tab:
    """One view of a round's results."""

    view: str
    label: str
    address: str
    current: bool


def around(
    viewer: Viewer, language: Language, results: Results, path: str, view: str
) -> dict[str, Any]:
    """The values that `results/around.html` reads."""
    row, sight, survey = results.row, results.sight, results.survey
    return {
        "row": row,
        "survey": survey,
        "hr": viewer.sees_all,
        "path": path,
        "view": view,
        "places": _places(results.standing.groups, sight, language),
        "rounds": [one.row for one in reversed(results.released) if one.own],
        "tabs": _tabs(row.id, path, view, survey, sight, language),
        "address": address(row.id, path, view),
        "address_of": address,
    }


def address(round_id: str, path: str, view: str = OVERVIEW, **more: str) -> str:
    """Where a view of a department is."""
    if view == OVERVIEW:
        here = f"/rounds/{round_id}/departments/{quote(path)}"
        return f"{here}?{urlencode(more)}" if more else here
    named = {} if view == SIDES else {"department": path}
    query = urlencode({**named, **more})
    return f"/rounds/{round_id}/{view}?{query}" if query else f"/rounds/{round_id}/{view}"


def _places(
    groups: Sequence[Summary], sight: Sight, language: Language
) -> list[tuple[str, str, int]]:
    return [
        (
            one.path,
            report.place(one.path, language) if one.path.endswith("*") else one.name,
            one.level,
        )
        if one.path
        else ("", language.text("Everyone asked"), 0)
        for one in groups
        if sight.may_read(one.path)
    ]


def _tabs(
    round_id: str, path: str, view: str, survey: Survey, sight: Sight, language: Language
) -> list[Tab]:
    labels = {
        OVERVIEW: language.text("Overview"),
        HEAT: language.text("Departments"),
        SIDES: language.text("Gaps"),
        TREND: language.text("Trend"),
        SIGNS: language.text("Signs"),
        COMMENTS: language.text("Comments"),
        TALK: language.text("Team talk"),
    }
    if not any(item.type == "text" for item in survey.items):
        del labels[COMMENTS]
    if not diagnosis.signs_of(survey):
        del labels[SIGNS]
    return [
        Tab(name, label, address(round_id, path, name), name == view)
        for name, label in labels.items()
    ]
