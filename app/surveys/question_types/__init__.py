"""The question types: one module each, all in this one mapping."""

from collections.abc import Mapping
from types import MappingProxyType

from app.surveys.question_types import choice, choices, rank, recommend, scale, text
from app.surveys.question_types.kind import QuestionType

TYPES: Mapping[str, QuestionType] = MappingProxyType(
    {
        "scale": scale.TYPE,
        "recommend": recommend.TYPE,
        "choice": choice.TYPE,
        "choices": choices.TYPE,
        "rank": rank.TYPE,
        "text": text.TYPE,
    }
)
