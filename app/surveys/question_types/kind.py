"""What every question type knows: reading a posted value, its bytes in a ballot, and back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

BLANK = 255
NOT_APPLICABLE = 254

ErrorKind = Literal[
    "required",  # nothing was answered
    "not_a_code",  # not the code of any answer
    "out_of_range",  # a number beyond the last code; parameter: last
    "not_offered",  # "does not apply", where the scale has no such answer
    "several",  # more than one value where one belongs
    "ranked_twice",  # two options at one rank, or one option at two
    "too_long",  # parameters: limit, length
    "control_character",  # parameter: position
    "not_text",  # half a character (a lone surrogate)
]


class Refused(Exception):
    """A posted value no answer of this type can have."""

    def __init__(self, kind: ErrorKind, **parameters: int) -> None:
        super().__init__(kind)
        self.kind: ErrorKind = kind
        self.parameters = tuple(parameters.items())


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be answered: codes 0..codes-1, and perhaps "does not apply"."""

    codes: int
    not_applicable: bool = False


@dataclass(frozen=True, slots=True)
class QuestionType:
    """How one type of item is answered and kept.

    `read` turns posted values into the bytes to keep, or raises `Refused`; `write` turns the
    bytes back into the values a form would post. An `apart` type keeps its bytes outside the
    ballot, so its width there is 0.
    """

    read: Callable[[Offer, Sequence[str]], bytes]
    write: Callable[[bytes], tuple[str, ...]]
    width: Callable[[int], int]
    several: bool = False  # one field may come more than once
    apart: bool = False


_BYTES = {str(code): bytes((code,)) for code in range(NOT_APPLICABLE)}


def code(value: str, codes: int) -> bytes:
    """The byte of a posted code.

    Looked up, not converted: `int()` would take " 1", "+1", "1_0" and "٣" for numbers.
    """
    byte = _BYTES.get(value)
    if byte is None:
        raise Refused("not_a_code")
    if byte[0] >= codes:
        raise Refused("out_of_range", last=codes - 1)
    return byte


def only(values: Sequence[str]) -> str:
    """The one posted value; an absent field is an empty one."""
    if len(values) > 1:
        raise Refused("several")
    return values[0] if values else ""


def one_byte(_: int) -> int:
    return 1


def one_byte_an_option(codes: int) -> int:
    return codes
