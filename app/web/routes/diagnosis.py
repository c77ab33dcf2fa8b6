"""The diagnosis of one group: the signs of misalignment with their evidence, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from app.indicators import reading, registry
from app.indicators.models import Indicator
from app.kit.language import Language
from app.results import diagnosis, release, report, signs
from app.results.diagnosis import State
from app.surveys.definition import Survey
from app.web import figures
from app.web.around import SIGNS, around
from app.web.dependencies import ReadSession, SignedIn, Staff
from app.web.sight import results_of

router = APIRouter()

KINDS = {"present": "error", "possible": "warning", "absent": "success", "unknown": ""}


@dataclass(frozen=True)
class Practice:
    """One entry of the playbook, offered for a sign; and the theme it is to move."""

    key: str
    theme: str
    words: str


@dataclass(frozen=True)
class SignLine:
    """A sign of one group as the page tells it."""

    sign: str
    title: str
    state: State
    word: str
    kind: str
    evidence: tuple[str, ...]
    practices: tuple[Practice, ...]


@router.get("/rounds/{round_id}/diagnosis")
def show(
    round_id: str, staff: Staff, viewer: SignedIn, session: ReadSession, department: str = ""
) -> HTMLResponse:
    """Every sign the survey asks about, the worst first, in one group of the round."""
    results = results_of(session, viewer, round_id)
    sight, survey = results.sight, results.survey
    if not sight.may_read(department):
        raise HTTPException(404)
    content = release.read(session, round_id)
    group = report.group_of(content, department)
    if group is None:
        raise HTTPException(404)
    department_id = results.standing.ids.get(department, "")
    heard = _heard(session, department_id, staff.language)
    lines = _lines(content, group, survey, heard, staff.language)
    return staff(
        "results/diagnosis.html",
        **around(viewer, staff.language, results, department, SIGNS),
        group=group,
        lines=lines,
        asked=bool(diagnosis.signs_of(survey)),
        may_act=viewer.sees_all or department in sight.own,
        department_id=department_id,
        report=report,
    )


Heard = Mapping[str, Sequence[tuple[str, str]]]


def _heard(session: Session, department_id: str, language: Language) -> Heard:
    """For each sign what its indicators of this department say: met or missed, and in words."""
    rows = [row for row in registry.listed(session) if row.sign]
    stored = registry.values(session, [row.id for row in rows], {department_id})
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        values = {
            one.period: one.value
            for one in stored
            if (one.indicator_id, one.department_id) == (row.id, department_id)
        }
        said = reading.lately(row, values)
        if said is not None:
            found.setdefault(row.sign, []).append((said, _said(row, said, language)))
    return found


def _said(row: Indicator, said: str, language: Language) -> str:
    name, level = figures.name_of(row, language), reading.promised(row)
    shown = figures.written(level or 0.0, row.unit, language)
    if said == "missed":
        return language.text(
            "%(name)s: three months in a row missed what was agreed (%(level)s)",
            name=name,
            level=shown,
        )
    return language.text(
        "%(name)s: three months in a row met what was agreed (%(level)s)", name=name, level=shown
    )


def _lines(
    content: Mapping[str, Any],
    group: Mapping[str, Any],
    survey: Survey,
    heard: Heard,
    language: Language,
) -> list[SignLine]:
    rows = [one for one in content["diagnosis"] if one["department"] == group["department"]]
    lines = [_line(one, group, survey, heard.get(one["sign"], ()), language) for one in rows]
    return sorted(lines, key=lambda line: diagnosis.STATES.index(line.state))


def _line(
    row: Mapping[str, Any],
    group: Mapping[str, Any],
    survey: Survey,
    heard: Sequence[tuple[str, str]],
    language: Language,
) -> SignLine:
    state = diagnosis.with_indicators(row["sign"], row["state"], [said for said, _ in heard])
    told = [_evidence(one, group, survey, language) for one in row["evidence"]]
    practices = row["practices"] or diagnosis.practices_of(survey, row["sign"])
    return SignLine(
        row["sign"],
        signs.title(row["sign"], state, language),
        state,
        signs.state_word(state, language),
        KINDS[state],
        (*told, *(words for _, words in heard)),
        tuple(_practices(row["sign"], practices, survey, language))
        if state in ("present", "possible")
        else (),
    )


def _evidence(named: str, group: Mapping[str, Any], survey: Survey, language: Language) -> str:
    kind, _, key = named.partition(":")
    measured = next(one for one in group[f"{kind}s"] if one["key"] == key)
    if kind == "theme":
        name = survey.theme(key).name.in_(language.code)
    else:
        name = f"“{report.item_text(key, survey, language, group['side']).rstrip('.')}”"
    if measured.get("band"):
        return f"{name}: {report.band(measured, language)}"
    sure = report.likely(measured, language)
    return f"{name}: {report.signed(measured['score'])} ({sure})"


def _practices(
    sign: str, keys: Sequence[str], survey: Survey, language: Language
) -> list[Practice]:
    pointing = [theme for theme in survey.themes if sign in theme.signs]
    return [
        Practice(
            key,
            next((theme.key for theme in pointing if key in theme.practices), ""),
            survey.practice(key).text.in_(language.code),
        )
        for key in keys
    ]
