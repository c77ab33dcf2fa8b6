"""A survey as the one JSON text a round freezes, and back again."""

import json

from app.surveys.definition import Survey
from app.surveys.plain import canonical, rebuild


def to_json(survey: Survey) -> str:
    return canonical(survey)


def from_json(text: str) -> Survey:
    """The very survey `to_json` was given; ValueError where the text is none."""
    return rebuild(Survey, json.loads(text))
