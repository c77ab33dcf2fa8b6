"""What an author hears about a template file: its problems, its size, and doubts about it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.surveys.definition import Side, Survey
from app.surveys.loading import LIMIT, TemplateErrors, TemplateProblem, read_template
from app.surveys.paper import Question, paper
from app.surveys.text import Text

# What answering takes: measured times of rated items in surveys on phones, and of typing a comment.
SECONDS_CLOSED = 7.5
SECONDS_OPEN = 30

_SOMEBODY = (Side("one", Text.same("")), Side("other", Text.same("")))


@dataclass(frozen=True, slots=True)
class Checked:
    """A file after the check; `survey` is None where it has problems."""

    survey: Survey | None
    problems: tuple[TemplateProblem, ...] = ()
    warnings: tuple[str, ...] = ()
    summary: str = ""


def check_file(path: Path) -> Checked:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        message = f"it cannot be read ({error.strerror}) - give the path of a template file"
        return Checked(None, (TemplateProblem(path.name, 1, "", message),))
    try:
        survey = read_template(content, path.name)
    except TemplateErrors as errors:
        return Checked(None, errors.problems)
    return Checked(survey, (), tuple(warnings(survey, path.stem)), summary(survey))


def summary(survey: Survey) -> str:
    """`20 items and 2 comments, 6 themes, 2 languages, about 4 minutes`"""
    open_items = sum(item.type == "text" for item in survey.items)
    parts = [
        _count(len(survey.items) - open_items, "item")
        + (f" and {_count(open_items, 'comment')}" if open_items else ""),
        _count(len(survey.themes), "theme") if survey.themes else "",
        _count(len(survey.languages), "language"),
        f"about {_count(survey.minutes, 'minute')}",
    ]
    return ", ".join(part for part in parts if part)


def warnings(survey: Survey, stem: str | None = None) -> Iterator[str]:
    """What is allowed and yet probably not meant."""
    if stem is not None and stem != survey.key:
        yield f'the file is named "{stem}", the survey "{survey.key}"'
    needed = honest_minutes(survey)
    if survey.minutes < needed:
        yield f"minutes = {survey.minutes} promises too much: it takes about {needed}"
    if survey.minutes > 2 * needed:
        yield f"minutes = {survey.minutes} frightens people off: it takes about {needed}"
    yield from _idle(survey)


def honest_minutes(survey: Survey) -> int:
    """Whole minutes the longest paper takes, counting every question that may be shown."""
    if survey.needs_pairs:  # of one counterpart; a round says how many there are
        survey = replace(survey, sides=_SOMEBODY)
    sides: list[str | None] = [side.key for side in survey.sides] or [None]
    seconds = max(sum(map(_seconds, paper(survey, side))) for side in sides)
    return max(1, math.ceil(seconds / 60))


def _seconds(question: Question) -> float:
    return SECONDS_OPEN if question.item.type in {"text", "rank"} else SECONDS_CLOSED


def _idle(survey: Survey) -> Iterator[str]:
    """Parts nothing else uses."""
    views = {"own", "other"} if survey.needs_pairs else {"own"}
    for theme in survey.themes:
        if not any(item.about in views and item.rated for item in survey.items_of(theme.key)):
            yield f'the theme "{theme.key}" has no item that gives it a score'
    used = {item.scale for item in survey.items}
    for scale in survey.scales:
        if scale.key not in used:
            yield f'no item uses the scale "{scale.key}"'
    attached = {key for theme in survey.themes for key in theme.practices}
    for practice in survey.practices:
        if practice.key not in attached:
            yield f'no theme names the practice "{practice.key}"'


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
