"""The release's views as the table a reader may see: who says it, about whom, how favourably."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.kit.language import Language
from app.surveys.definition import Survey

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One department's view of another; `kind` is "seen", "self" or "apart" (not asked)."""

    kind: str
    index: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class Line:
    """One department as the one who says it."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """One theme, or the whole."""

    name: str
    about: tuple[str, ...]
    lines: tuple[Line, ...]


def matrices(rows: Sequence[Json], survey: Survey, language: Language) -> tuple[Matrix, ...]:
    """Of these views: the whole first, then each theme."""
    themes = dict.fromkeys(row["theme"] for row in rows)
    return tuple(_matrix(theme, rows, survey, language) for theme in themes)


def _matrix(theme: str | None, rows: Sequence[Json], survey: Survey, language: Language) -> Matrix:
    cells = {
        tuple(row["sides"]): Cell("seen", row["index"], row["n"])
        for row in rows
        if row["theme"] == theme
    }
    sides = [side for side in survey.sides if any(side.key in pair for pair in cells)]
    names = tuple(side.name.in_(language.code) for side in sides)
    return Matrix(
        survey.theme(theme).name.in_(language.code) if theme else language.text("All themes"),
        names,
        tuple(
            Line(
                name,
                tuple(
                    Cell("self") if one == about else cells.get((one.key, about.key), Cell("apart"))
                    for about in sides
                ),
            )
            for one, name in zip(sides, names, strict=True)
            if any(one.key == pair[0] for pair in cells)
        ),
    )
