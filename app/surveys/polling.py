"""A quick poll: one to five questions in one language, made into a survey like any other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.surveys import library
from app.surveys.checking import honest_minutes
from app.surveys.definition import Survey
from app.surveys.loading import read_data

Kind = Literal["scale", "recommend", "choice", "choices", "text"]
MOST_QUESTIONS = 5
MOST_ANSWERS = 10
_SCALE = "team_pulse"  # whose scale of agreement a poll borrows, in every language


@dataclass(frozen=True)
class Asked:
    """One question as it was typed; `answers` of a choice only."""

    kind: Kind
    text: str
    answers: tuple[str, ...] = ()


def poll(title: str, language: str, questions: Sequence[Asked]) -> Survey:
    """The survey; the same questions make the same key. Raises TemplateErrors."""
    items = [_item(number, one, language) for number, one in enumerate(questions, start=1)]
    data: dict[str, object] = {
        "key": "poll",
        "version": 1,
        "languages": [language],
        "title": {language: title},
        "minutes": 1,
        "items": items,
    }
    if any(one.kind == "scale" for one in questions):
        data["scales"] = {"agreement": _agreement(language)}
    survey = read_data(data, "poll")
    # Another poll is another survey: its rounds are never compared with those of this one.
    survey = replace(survey, minutes=honest_minutes(survey))
    return replace(
        survey, key=f"poll_{replace(survey, title=survey.items[0].text).content_hash[:10]}"
    )


def _item(number: int, one: Asked, language: str) -> dict[str, object]:
    item: dict[str, object] = {"key": f"q{number}", "type": one.kind, "text": {language: one.text}}
    if one.kind == "scale":
        item["scale"] = "agreement"
    if one.kind in {"choice", "choices"}:
        item["options"] = [
            {"key": f"a{place}", "text": {language: words}}
            for place, words in enumerate(one.answers, start=1)
        ]
    return item


def _agreement(language: str) -> dict[str, object]:
    scale = library.template(_SCALE).scales[0]
    return {
        "points": scale.points,
        "max_detractor": scale.max_detractor,
        "min_promoter": scale.min_promoter,
        "labels": {language: [label.in_(language) for label in scale.labels]},
    }
