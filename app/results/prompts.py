"""Notes for the conversation of a team: questions to ask, drawn from what its results say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.kit.language import Language
from app.results import report, theme_lines
from app.results.theme_lines import ThemeLine
from app.surveys.definition import Survey

# A statement on which people differ this much of the most they could is worth a question.
DIVIDED = 0.6
SENTENCE = re.compile(r"(?<=[.?!]) ")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Prompt:
    """One thing to talk about: what the results say, what to ask, and what others do about it."""

    about: str
    ask: str
    practices: tuple[str, ...] = ()


def next_step(themes: Sequence[ThemeLine], survey: Survey, language: Language) -> str:
    """What the playbook offers for the weakest theme, in one sentence; the whole is a link away."""
    practices = _practices(themes[-1].key, survey, language) if themes else ()
    return SENTENCE.split(practices[0])[0] if practices else ""


def prompts(content: Json, group: Json, survey: Survey, language: Language) -> tuple[Prompt, ...]:
    """The strongest theme first, then the weakest, then what divides the team."""
    if not group["disclosed"] or group["band"]:
        return ()
    return tuple(_prompts(content, group, survey, language))


def _prompts(content: Json, group: Json, survey: Survey, language: Language) -> Iterator[Prompt]:
    themes = theme_lines.themes_of(content, group, survey, language)
    if themes:
        best = themes[0]
        yield Prompt(
            language.text("%(theme)s is what works best here.", theme=best.name),
            language.text("What do we do that makes it work, and where else could we do it?"),
        )
    if len(themes) > 1:
        worst = themes[-1]
        yield Prompt(
            language.text("%(theme)s is what works least.", theme=worst.name),
            language.text("When did it last go wrong, and what would have helped?"),
            _practices(worst.key, survey, language),
        )
    divided = _divided(group, survey)
    if divided:
        yield Prompt(
            language.text(
                "People answer “%(item)s” very differently.",
                item=report.item_text(divided, survey, language, group.get("side")).rstrip("."),
            ),
            language.text(
                "What do some of us see that others do not? Nobody has to say their answer."
            ),
        )


def _practices(theme: str, survey: Survey, language: Language) -> tuple[str, ...]:
    keys = survey.theme(theme).practices
    return tuple(survey.practice(key).text.in_(language.code) for key in keys)


def _divided(group: Json, survey: Survey) -> str:
    """The own item with the widest spread, where it is wide."""
    spreads = {
        item["key"]: _spread(item["counts"])
        for item in group["items"]
        if item["disclosed"] and item.get("score") is not None and item["about"] == "own"
    }
    widest = max(spreads, key=lambda key: spreads[key], default="")
    return widest if widest and spreads[widest] >= DIVIDED else ""


def _spread(counts: Sequence[int]) -> float:
    """Variance of the answers beside the most it can be: half at either end."""
    n = sum(counts)
    if n < 2 or len(counts) < 2:
        return 0.0
    mean = sum(code * count for code, count in enumerate(counts)) / n
    variance = sum(count * (code - mean) ** 2 for code, count in enumerate(counts)) / n
    return variance / ((len(counts) - 1) / 2) ** 2
