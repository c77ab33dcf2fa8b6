"""Editing a survey of one's own: a draft of its tables, saved as a version once nothing is wrong."""

import json
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from app.kit.clock import now
from app.kit.language import Refusal
from app.surveys import library, shelf
from app.surveys.checking import honest_minutes
from app.surveys.definition import Survey
from app.surveys.frozen import freeze, thawed
from app.surveys.loading import TemplateErrors, TemplateProblem, read_data
from app.surveys.shelf import SurveyDraft, SurveyVersion
from app.surveys.writing import Data, as_data

PARTS = ("scales", "sides", "themes", "items", "practices")
# As long as a name in a message; what is longer no page of ours has made.
LONGEST_KEY = 40


class EditRefused(Refusal):
    """The survey cannot be edited like this; the text says what to do."""


def copy(session: Session, source: str, key: str, by: str) -> None:
    """Begin a survey of one's own from another. Raises EditRefused, UnknownSurvey."""
    survey = shelf.find(session, source)
    taken = {*shelf.keys(session), *(one.key for one in shelf.drafts(session))}
    if key in taken:
        raise EditRefused("there is a survey of this key already: choose another", field="new_key")
    data = as_data(survey) | {"key": key, "version": 1}
    if any(one.field == "key" for one in problems(data)):
        raise EditRefused(
            "use small letters a-z, digits and _, a letter first, at most 40 signs",
            field="new_key",
        )
    _keep(session, key, data, by)


def draft(session: Session, key: str) -> Data | None:
    """What is being edited; of a survey that nobody edits its newest version."""
    row = session.get(SurveyDraft, key)
    if row is not None:
        data: Data = json.loads(row.document)
        return data
    saved = shelf.versions(session, key)
    return as_data(thawed(session, saved[0].hash)) if saved else None


def keep(session: Session, key: str, data: Data, by: str) -> None:
    """Keep what was typed, right or wrong."""
    _keep(session, key, data, by)


def discard(session: Session, key: str) -> None:
    """Go back to the newest version."""
    row = session.get(SurveyDraft, key)
    if row is not None:
        session.delete(row)


def save(session: Session, key: str, by: str) -> Survey:
    """Make the draft the newest version. Raises TemplateErrors, EditRefused."""
    row = session.get(SurveyDraft, key)
    if row is None:
        raise EditRefused("nothing has been changed since the newest version")
    saved = shelf.versions(session, key)
    number = saved[0].number + 1 if saved else 1
    survey = read_data(json.loads(row.document) | {"version": number}, key)
    _add(session, survey, by)
    session.delete(row)
    return survey


def restore(session: Session, key: str, number: int, by: str) -> Survey:
    """Take an earlier version again, as a new one: nothing in between is lost."""
    saved = shelf.versions(session, key)
    wanted = next((one for one in saved if one.number == number), None)
    if wanted is None:
        raise EditRefused("there is no such version")
    data = as_data(thawed(session, wanted.hash)) | {"version": saved[0].number + 1}
    survey = read_data(data, key)
    _add(session, survey, by)
    discard(session, key)
    return survey


def delete(session: Session, key: str) -> None:
    """Take a survey off the shelf; what rounds have frozen stays with them."""
    for row in shelf.versions(session, key):
        session.delete(row)
    discard(session, key)


def problems(data: Mapping[str, Any]) -> tuple[TemplateProblem, ...]:
    try:
        read_data(data, str(data.get("key", "")))
    except TemplateErrors as errors:
        return errors.problems
    return ()


def minutes(data: Mapping[str, Any]) -> int | None:
    """How long it takes to answer, once nothing is wrong."""
    try:
        return honest_minutes(read_data(data, ""))
    except TemplateErrors:
        return None


def add(data: Data, part: str, **first: object) -> int:
    """A new empty part at the end; returns its place."""
    blank = dict.fromkeys(data["languages"], "")
    if part == "scales":
        key = _free(data[part], "scale")
        data[part][key] = {
            "points": 5,
            "not_applicable": True,
            "max_detractor": 1,
            "min_promoter": 3,
            "labels": {language: [""] * 5 for language in data["languages"]},
        }
        return len(data[part]) - 1
    rows = data.setdefault(part, [])
    key = _free([row["key"] for row in rows], part.removesuffix("s"))
    name = "name" if part in {"sides", "themes"} else "text"
    rows.append({"key": key, **first, name: blank})
    return len(rows) - 1


def move(data: Data, part: str, place: int, by: int) -> None:
    rows = data[part]
    to = place + by
    if part != "scales" and 0 <= place < len(rows) and 0 <= to < len(rows):
        rows[place], rows[to] = rows[to], rows[place]


def remove(data: Data, part: str, place: int) -> None:
    if part == "scales":
        data[part].pop(list(data[part])[place])
    else:
        data[part].pop(place)


def parts(data: Mapping[str, Any], part: str) -> list[Data]:
    """The tables of one kind in their order; a scale with its key as the others have theirs."""
    if part == "scales":
        return [{"key": key, **table} for key, table in data.get(part, {}).items()]
    return list(data.get(part, ()))


def put(data: Data, part: str, place: int, table: Data) -> None:
    """This table instead of the one at its place."""
    if part != "scales":
        data[part][place] = table
        return
    rows = list(data[part].items())
    rows[place] = (table["key"], {name: one for name, one in table.items() if name != "key"})
    data[part] = dict(rows)


def _add(session: Session, survey: Survey, by: str) -> None:
    row = SurveyVersion(key=survey.key, number=survey.version, hash=freeze(session, survey), by=by)
    session.add(row)


def _keep(session: Session, key: str, data: Data, by: str) -> None:
    if key in library.keys():  # noqa: SIM118 - a function, no dict
        raise EditRefused("a survey that comes with Selaras cannot be changed: copy it first")
    document = json.dumps(data, ensure_ascii=False)
    row = session.get(SurveyDraft, key) or SurveyDraft(key=key, document=document, by=by)
    row.document, row.by, row.at = document, by, now()
    session.add(row)


def _free(taken: Any, stem: str) -> str:
    number = len(taken) + 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"
