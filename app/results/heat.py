"""The heat map: every department beside every theme, coloured by bands that never move."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.kit.language import Language
from app.results import report
from app.results.sameness import WHOLE
from app.results.summary import Measured, Summary
from app.surveys.definition import Survey

# The borders of the seven bands: absolute, so that a colour means the same everywhere.
BORDERS = (-60, -30, -10, 10, 30, 60)
ANSWERED = "answered"
# Figures with their words that are kept for the next reader.
DIFFERENT = 10_000


@dataclass(frozen=True)
class Cell:
    """One figure with its band, 1 to 7; where there is none `said` stands, and `why` behind it."""

    score: str = ""
    step: int = 0
    interval: str = ""
    said: str = ""
    why: str = ""


@dataclass(frozen=True)
class Row:
    """One group with a cell for each column; a hidden one has none and says nothing more."""

    path: str
    place: str
    level: int
    took_part: str
    cells: tuple[Cell, ...]
    whole: bool


@dataclass(frozen=True)
class Column:
    """A measure, its name, and the way a press on its head sorts next."""

    measure: str
    name: str
    sort: str
    sorted: str  # for aria-sort


def columns(survey: Survey, language: Language, sort: str) -> tuple[Column, ...]:
    """The score and every theme that is scored."""
    own = {item.theme for item in survey.composite}
    named = [(WHOLE, language.text("Score"))] if survey.classification.rule != "none" else []
    named += [
        (f"theme:{theme.key}", theme.name.in_(language.code))
        for theme in survey.themes
        if theme.key in own
    ]
    return tuple(
        Column(measure, name, *_direction(measure or "score", sort)) for measure, name in named
    )


def rows(
    groups: Iterable[Summary],
    shown: Sequence[Column],
    sort: str,
    language: Language,
    *,
    interval: bool,
) -> tuple[Row, ...]:
    """The whole on top, the others in the order of the tree or as they are sorted."""
    every = list(groups)
    first = [one for one in every if one.path == ""]
    others = _sorted([one for one in every if one.path != ""], sort)
    measures = [column.measure for column in shown]
    return tuple(_row(one, measures, language, interval=interval) for one in (*first, *others))


def band(score: float) -> int:
    """The band of a score, 1 the least favourable and 7 the most; a border belongs to the middle."""
    return 1 + sum(score >= border if border > 0 else score > border for border in BORDERS)


def _direction(measure: str, sort: str) -> tuple[str, str]:
    if sort == f"-{measure}":
        return measure, "descending"
    return f"-{measure}", "ascending" if sort == measure else "none"


def _sorted(groups: list[Summary], sort: str) -> list[Summary]:
    """By a measure; who has none stays behind, in the order of the tree."""
    if not sort:
        return groups
    measure = sort.removeprefix("-")
    values = {one.department_id: _value(one, measure) for one in groups}
    known = [one for one in groups if values[one.department_id] is not None]
    known.sort(key=lambda one: values[one.department_id] or 0, reverse=sort.startswith("-"))
    return known + [one for one in groups if values[one.department_id] is None] if known else groups


def _value(group: Summary, measure: str) -> float | None:
    if measure == ANSWERED:
        return group.answered
    measured = group.of(WHOLE if measure == "score" else measure)
    return measured.score_exact if measured else None


def _row(group: Summary, measures: Sequence[str], language: Language, *, interval: bool) -> Row:
    return Row(
        path=group.path,
        place=_place(group, language),
        level=max(0, group.level - 1),
        took_part=language.text(
            "%(answered)s of %(invited)s", answered=group.answered, invited=group.invited
        )
        if group.disclosed
        else "",
        cells=tuple(_cell(group.of(one), language, interval=interval) for one in measures)
        if group.disclosed
        else (),
        whole=not group.path,
    )


def _place(group: Summary, language: Language) -> str:
    if not group.path:
        return language.text("Everyone asked")
    return language.text("Other departments") if group.path.endswith("*") else group.name


@lru_cache(DIFFERENT)
def _cell(measured: Measured | None, language: Language, *, interval: bool) -> Cell:
    if measured is not None and measured.band:
        return Cell(said=report.band({"band": measured.band}, language))
    if measured is None or measured.score_exact is None:
        why = language.text("too few answers, or protected")
        return Cell(said=language.text("hidden"), why=why)
    low, high = measured.score_low, measured.score_high
    return Cell(
        score=report.signed(measured.score_exact),
        step=band(measured.score_exact),
        interval=""
        if low is None or not interval
        else f"{report.signed(low)} … {report.signed(high)}",
    )
