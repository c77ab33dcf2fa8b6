"""The comments of a release as they are read."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.campaigns.mentions import MARKS, NAME
from app.kit.contacts import ADDRESS, PHONE
from app.kit.language import Language
from app.results.report import item_text
from app.surveys.definition import Survey
from app.surveys.paper import open_columns

Json = Mapping[str, Any]


def comments_by_item(
    release: Json, path: str, survey: Survey, language: Language
) -> tuple[tuple[str, str, Sequence[Json]], ...]:
    """For each open question its key, its words, and the comments shown with this group."""
    return tuple(
        (column, item_text(column, survey, language, None), comments_of(release, path, column))
        for column in open_columns(survey)
    )


def comments_of(release: Json, path: str, item: str | None = None) -> Sequence[Json]:
    """The comments shown with this group, in the order drawn at release."""
    return [
        comment
        for comment in release["comments"]
        if comment["department"] == path and item in {None, comment["item"]}
    ]


def words(comment: Json, language: Language) -> str:
    """What is read of a comment: what was replaced in it is named in the reader's language."""
    if comment["hidden"]:
        return language.text("Hidden by HR.")
    names = {
        ADDRESS: language.text("[e-mail]"),
        PHONE: language.text("[phone]"),
        NAME: language.text("[name]"),
    }
    text = str(comment["text"])
    for kind, mark in MARKS.items():
        text = text.replace(mark, names[kind])
    return text
