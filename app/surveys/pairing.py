"""A survey about other departments, made ready for a round: the sides it compares, and who rates whom."""

from collections.abc import Mapping
from dataclasses import replace

from app.surveys.checking import honest_minutes
from app.surveys.definition import Side, Survey
from app.surveys.text import Text


def paired(survey: Survey, names: Mapping[str, str], asks: Mapping[str, tuple[str, ...]]) -> Survey:
    """The survey with these sides, by key, each asked about the ones it is paired with.

    The round freezes it like that; how long it takes follows from the longest paper.
    """
    sides = tuple(
        Side(key, Text(tuple((language, name) for language in survey.languages)), asks[key])
        for key, name in names.items()
    )
    longer = replace(survey, sides=sides)
    return replace(longer, minutes=honest_minutes(longer))
