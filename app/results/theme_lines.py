"""The themes of one group of a release, beside those of everybody asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.kit.language import Language
from app.results import workings
from app.results.report import likely
from app.surveys.definition import Survey

Json = Mapping[str, Any]


@dataclass(frozen=True)
class ThemeLine:
    """A theme of a group beside the whole organisation's figure."""

    key: str
    name: str
    score: int | None
    company: int | None
    sure: str
    working: tuple[str, str]


def themes_of(
    release: Json, group: Json, survey: Survey, language: Language
) -> tuple[ThemeLine, ...]:
    """The group's printed themes, the strongest first."""
    company = {theme["key"]: theme for theme in release["groups"][0].get("themes", ())}
    # By the exact score; equal ones stay in the survey's order, in every language.
    ranked = sorted(
        (theme for theme in group.get("themes", ()) if theme["disclosed"]),
        key=lambda theme: -(theme["score_exact"] or 0),
    )
    names = [survey.theme(theme["key"]).name.in_(language.code) for theme in ranked]
    return tuple(
        ThemeLine(
            key=theme["key"],
            name=name,
            score=theme["score"],
            company=company.get(theme["key"], {}).get("score"),
            sure=likely(theme, language),
            working=(name, workings.score(theme)),
        )
        for theme, name in zip(ranked, names, strict=True)
    )


def protected_themes(group: Json, survey: Survey, language: Language) -> tuple[str, ...]:
    """The names of the themes this group has no figure for."""
    return tuple(
        survey.theme(theme["key"]).name.in_(language.code)
        for theme in group.get("themes", ())
        if not theme["disclosed"]
    )
