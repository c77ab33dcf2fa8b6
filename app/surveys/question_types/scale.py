"""A point on a labelled scale, or "does not apply" where the scale offers it."""

from collections.abc import Sequence

from app.surveys.question_types.kind import (
    BLANK,
    NOT_APPLICABLE,
    Offer,
    QuestionType,
    Refused,
    code,
    one_byte,
    only,
)


def read(offer: Offer, values: Sequence[str]) -> bytes:
    value = only(values)
    if not value:
        return bytes((BLANK,))
    if value == "na":
        if not offer.not_applicable:
            raise Refused("not_offered")
        return bytes((NOT_APPLICABLE,))
    return code(value, offer.codes)


def write(kept: bytes) -> tuple[str, ...]:
    if kept[0] == BLANK:
        return ()
    return ("na",) if kept[0] == NOT_APPLICABLE else (str(kept[0]),)


TYPE = QuestionType(read=read, write=write, width=one_byte)
