"""Posted form fields to answers, or everything that is wrong with them at once."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from app.surveys.paper import PREFIX, Question
from app.surveys.question_types.kind import BLANK, ErrorKind, Refused


@dataclass(frozen=True, slots=True)
class Answers:
    """What one person answered.

    `codes` holds a column's ballot bytes by its key, `comments` the texts by theirs; a question
    that was not asked is in neither, a comment that was not written is not there.
    """

    codes: Mapping[str, bytes]
    comments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ItemError:
    """What is wrong with one field: a kind the page puts into words, and its numbers."""

    field: str
    kind: ErrorKind
    parameters: tuple[tuple[str, int], ...] = ()


class ItemErrors(Exception):
    """A form that cannot be stored; nothing of it was clipped or guessed."""

    def __init__(
        self,
        errors: tuple[ItemError, ...],
        unknown: tuple[str, ...] = (),
        duplicates: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{len(errors)} errors, {len(unknown)} unknown fields")
        self.errors = errors
        self.unknown = unknown
        self.duplicates = duplicates


def read(questions: Sequence[Question], pairs: Sequence[tuple[str, str]]) -> Answers:
    """The answers in these decoded (name, value) pairs; `ItemErrors` where one is not valid.

    Answers to a question its `show_if` hides are dropped, for it was not asked.
    """
    posted = _posted(pairs)
    unknown = tuple(posted.keys() - {question.field for question in questions})
    duplicates = tuple(
        question.field
        for question in questions
        if not question.type.several and len(posted.get(question.field, ())) > 1
    )
    codes: dict[str, bytes] = {}
    comments: dict[str, str] = {}
    errors: list[ItemError] = []
    for question in questions:
        if question.condition is not None and not _holds(question, codes):
            continue
        try:
            kept = _kept(question, posted.get(question.field, ()))
        except Refused as refused:
            errors.append(ItemError(question.field, refused.kind, refused.parameters))
            continue
        if not question.type.apart:
            codes[question.column] = kept
        elif kept:
            comments[question.column] = kept.decode()
    if errors or unknown or duplicates:
        raise ItemErrors(tuple(errors), tuple(sorted(unknown)), duplicates)
    return Answers(MappingProxyType(codes), MappingProxyType(comments))


def brought(questions: Sequence[Question], pairs: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The fields of the questions that the answers to earlier ones bring."""
    posted = _posted(pairs)
    codes: dict[str, bytes] = {}
    found = set()
    for question in questions:
        if question.condition is not None:
            if not _holds(question, codes):
                continue
            found.add(question.field)
        with suppress(Refused):
            codes[question.column] = question.type.read(
                question.offer, posted.get(question.field, ())
            )
    return frozenset(found)


def write(questions: Sequence[Question], answers: Answers) -> tuple[tuple[str, str], ...]:
    """The pairs a form would post to give these answers: `read` of them is the same again."""
    pairs: list[tuple[str, str]] = []
    for question in questions:
        if question.type.apart:
            kept = answers.comments.get(question.column, "").encode()
        else:
            kept = answers.codes.get(question.column, b"")
        values = question.type.write(kept) if kept else ()
        pairs.extend((question.field, value) for value in values)
    return tuple(pairs)


def _posted(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    posted: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.startswith(PREFIX):
            posted.setdefault(name, []).append(value)
    return posted


def _holds(question: Question, codes: Mapping[str, bytes]) -> bool:
    """Whether the answer that brings this question was given: a code, or one of the ticks."""
    condition = question.condition
    assert condition is not None
    kept = codes.get(condition.column, b"")
    if len(kept) == 1:
        return kept[0] in condition.codes
    return any(kept[code] == 1 for code in condition.codes if code < len(kept))


def _kept(question: Question, values: Sequence[str]) -> bytes:
    kept = question.type.read(question.offer, values)
    if question.item.required and _is_blank(kept):
        raise Refused("required")
    return kept


def _is_blank(kept: bytes) -> bool:
    return all(byte == BLANK for byte in kept)
