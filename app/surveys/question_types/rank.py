"""Options put in order by choosing a number for each: one byte an option, its rank from 0.

The form has one select an option, all of one name, whose values are `<option>:<rank>`: each says
for itself what it means, so a page may show the options in any order and leave some unranked.
"""

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
    ranks = bytearray((BLANK,)) * offer.codes
    for value in filter(None, values):
        option, colon, rank = value.partition(":")
        if not colon:
            raise Refused("not_a_code")
        place, at = code(option, offer.codes)[0], code(rank, offer.codes)[0]
        if ranks[place] != BLANK or at in ranks:
            raise Refused("ranked_twice")
        ranks[place] = at
    return bytes(ranks)


def write(kept: bytes) -> tuple[str, ...]:
    return tuple(f"{option}:{rank}" for option, rank in enumerate(kept) if rank != BLANK)


TYPE = QuestionType(read=read, write=write, width=one_byte_an_option, several=True)
