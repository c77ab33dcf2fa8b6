"""The paper put before one person: which questions, about whom, under which field names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.surveys.definition import Item, Scale, Side, Survey
from app.surveys.question_types import TYPES
from app.surveys.question_types.kind import Offer, QuestionType
from app.surveys.text import Text

PREFIX = "answer-"


@dataclass(frozen=True, slots=True)
class Condition:
    """The question is asked once that column holds one of these codes."""

    column: str
    codes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Question:
    """One item as asked of one person, about at most one other side."""

    item: Item
    counterpart: Side | None
    column: str  # the item's key, with the side's where several sides are asked about
    field: str
    scale: Scale | None
    type: QuestionType
    offer: Offer
    condition: Condition | None

    def text(self, language: str) -> str:
        return self._filled(self.item.text, language)

    def help(self, language: str) -> str:
        return self._filled(self.item.help, language) if self.item.help else ""

    def _filled(self, text: Text, language: str) -> str:
        if self.counterpart is None:
            return text.in_(language)
        return text.about(self.counterpart.name, language)


def paper(survey: Survey, side: str | None = None) -> tuple[Question, ...]:
    """What a person of this side is asked, in order.

    People outside every side are asked the items about their own view only. Where several sides
    are asked about, questions that follow each other are put together by whom they are about.
    """
    if side is None:
        return tuple(_question(survey, item, None) for item in survey.items if item.about == "own")
    return tuple(_questions(survey, survey.counterparts(side)))


def open_columns(survey: Survey) -> tuple[str, ...]:
    """The names of all answers in one's own words, of whatever side somebody is."""
    sides = (None, *(side.key for side in survey.sides))
    papers = [paper(survey, side) for side in sides]
    return tuple(
        dict.fromkeys(one.column for questions in papers for one in questions if one.type.apart)
    )


def column_key(item: Item, counterpart: Side | None, sides: tuple[Side, ...]) -> str:
    """The name of an answer: the item's key, and whom it is about where that is not plain."""
    if counterpart is None or len(sides) <= 2:
        return item.key
    return f"{item.key}--{counterpart.key}"


def _questions(survey: Survey, others: Sequence[Side]) -> Iterator[Question]:
    for own, items in groupby(survey.items, key=lambda item: item.about == "own"):
        run = tuple(items)
        for counterpart in (None,) if own else others:
            yield from (_question(survey, item, counterpart) for item in run)


def _question(survey: Survey, item: Item, counterpart: Side | None) -> Question:
    column = column_key(item, counterpart, survey.sides)
    scale = survey.scale_of(item)
    return Question(
        item=item,
        counterpart=counterpart,
        column=column,
        field=PREFIX + column,
        scale=scale,
        type=TYPES[item.type],
        offer=Offer(survey.codes_of(item), scale.not_applicable if scale else False),
        condition=_condition(survey, item, counterpart),
    )


def _condition(survey: Survey, item: Item, counterpart: Side | None) -> Condition | None:
    if item.show_if is None:
        return None
    asked = survey.item(item.show_if.item)
    about = None if asked.about == "own" else counterpart
    return Condition(column_key(asked, about, survey.sides), frozenset(item.show_if.codes))
