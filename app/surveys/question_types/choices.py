"""Any number of options out of a list: one byte an option, 1 where it was ticked."""

from collections.abc import Sequence

from app.surveys.question_types.kind import (
    BLANK,
    Offer,
    QuestionType,
    Refused,
    code,
    one_byte_an_option,
)


def read(offer: Offer, values: Sequence[str]) -> bytes:
    """Ticked options by code; nothing ticked is blank, for a form cannot tell the two apart."""
    ticked = [code(value, offer.codes)[0] for value in values if value]
    if not ticked:
        return bytes((BLANK,)) * offer.codes
    if len(set(ticked)) < len(ticked):
        raise Refused("several")
    return bytes(option in ticked for option in range(offer.codes))


def write(kept: bytes) -> tuple[str, ...]:
    return tuple(str(option) for option, tick in enumerate(kept) if tick == 1)


TYPE = QuestionType(read=read, write=write, width=one_byte_an_option, several=True)
