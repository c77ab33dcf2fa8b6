"""One option out of a list."""

from collections.abc import Sequence

from app.surveys.question_types import scale
from app.surveys.question_types.kind import BLANK, Offer, QuestionType, code, one_byte, only


def read(offer: Offer, values: Sequence[str]) -> bytes:
    value = only(values)
    return code(value, offer.codes) if value else bytes((BLANK,))


TYPE = QuestionType(read=read, write=scale.write, width=one_byte)
