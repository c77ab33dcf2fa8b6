"""The one sentence that says it all: which way a group leans, its weak spot, whether it moved."""

from collections.abc import Mapping
from typing import Any

from app.kit.language import Language
from app.results import report, theme_lines, wording
from app.surveys.definition import Survey

# An interval of a change wider than this says nothing: too few answered, now or then.
WIDE = 60

Json = Mapping[str, Any]


def sentence(release: Json, group: Json, survey: Survey, language: Language) -> str:
    """Three short clauses, each only as far as the figures carry it."""
    if release["method"]["rule"] == "none":
        return ""
    name = report.title(group, language)
    leaning = report.leaning(group, language)
    parts = [
        language.text("%(name)s %(leaning)s", name=name, leaning=leaning),
        _weak_spot(release, group, survey, language),
        _moved(release, group, language),
    ]
    return "; ".join(part for part in parts if part) + "."


def _weak_spot(release: Json, group: Json, survey: Survey, language: Language) -> str:
    themes = theme_lines.themes_of(release, group, survey, language)
    if len(themes) < 2:
        return ""
    best, worst = themes[0], themes[-1]
    if best.score == worst.score:
        return language.text("all themes are alike")
    if stands_out(group, worst.key):
        return language.text("%(worst)s is the clear weak spot", worst=worst.name)
    return language.text(
        "%(best)s is the strongest theme and %(worst)s the weakest",
        best=best.name,
        worst=worst.name,
    )


def stands_out(group: Json, key: str) -> bool:
    """Whether a theme is clearly weak: its whole interval lies below the group's own score."""
    [theme] = [one for one in group["themes"] if one["key"] == key]
    high: float | None = theme["process_high"]
    return high is not None and high < group["score_exact"]


def _moved(release: Json, group: Json, language: Language) -> str:
    row = wording.change_of(release, group)
    if row is None:
        return ""
    name = row["round_name"]
    if row["verdict"] == "higher":
        return language.text("clearly up since “%(round)s”", round=name)
    if row["verdict"] == "lower":
        return language.text("clearly down since “%(round)s”", round=name)
    if row["high"] - row["low"] > WIDE:
        return language.text("too few answers to say whether it has moved")
    return language.text("no clear change since “%(round)s”", round=name)
