"""A comment in the respondent's own words, kept apart from the ballot."""

import re
from collections.abc import Sequence

from app.kit.text import TooManyMarks, composed
from app.surveys.question_types.kind import Offer, QuestionType, Refused, only

LIMIT = 5_000  # characters, counted after normalising

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def read(_: Offer, values: Sequence[str]) -> bytes:
    """The comment as UTF-8, composed (NFC) and with `\\n` line ends; only spaces is blank."""
    words = only(values)
    if not words or words.isspace():
        return b""
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    if _SURROGATE.search(words):
        raise Refused("not_text")
    if control := _CONTROL.search(words):
        raise Refused("control_character", position=control.start() + 1)
    try:
        words = composed(words)
    except TooManyMarks:
        raise Refused("control_character", position=1) from None
    if len(words) > LIMIT:
        raise Refused("too_long", limit=LIMIT, length=len(words))
    return words.encode()


def write(kept: bytes) -> tuple[str, ...]:
    return (kept.decode(),) if kept else ()


def width(_: int) -> int:
    return 0


TYPE = QuestionType(read=read, write=write, width=width, apart=True)
