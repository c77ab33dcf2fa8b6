"""The ballot record: every closed answer of a round in the same fixed place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from app.surveys.answering import Answers
from app.surveys.definition import Item, Side, Survey
from app.surveys.paper import column_key
from app.surveys.question_types import TYPES
from app.surveys.question_types.kind import BLANK


@dataclass(frozen=True, slots=True)
class Column:
    """Where one answer stands in the record."""

    key: str
    item: Item
    counterpart: str | None  # a side's key, where the item is asked about several sides
    offset: int
    width: int

    @property
    def end(self) -> int:
        return self.offset + self.width


@dataclass(frozen=True, slots=True)
class Layout:
    """One record for everybody, so that nothing about a ballot's shape tells whose it is."""

    columns: tuple[Column, ...]
    size: int
    _blanks: tuple[tuple[str, bytes], ...]
    _keys: frozenset[str]

    @classmethod
    def of(cls, survey: Survey) -> Self:
        """The layout of a round of this survey."""
        columns = tuple(_columns(survey, survey.sides))
        return cls(
            columns=columns,
            size=columns[-1].end if columns else 0,
            _blanks=tuple((c.key, bytes((BLANK,)) * c.width) for c in columns),
            _keys=frozenset(c.key for c in columns),
        )

    def pack(self, answers: Answers) -> bytes:
        """The record; whatever was not asked or not answered is blank."""
        codes = answers.codes
        if not codes.keys() <= self._keys:
            raise ValueError("an answer has no place in this layout")
        record = b"".join([codes.get(key, blank) for key, blank in self._blanks])
        if len(record) != self.size:
            raise ValueError("an answer has the wrong width for its place")
        return record

    def unpack(self, record: bytes) -> Mapping[str, bytes]:
        """The codes of every column, by its key."""
        if len(record) != self.size:
            raise ValueError(f"a record has {self.size} bytes, not {len(record)}")
        return {c.key: record[c.offset : c.offset + c.width] for c in self.columns}


def _columns(survey: Survey, sides: tuple[Side, ...]) -> Iterator[Column]:
    offset = 0
    for item in survey.items:
        width = TYPES[item.type].width(survey.codes_of(item))
        if width == 0:
            continue
        for counterpart in _counterparts(item, sides):
            about = counterpart.key if counterpart else None
            yield Column(column_key(item, counterpart, sides), item, about, offset, width)
            offset += width


def _counterparts(item: Item, sides: tuple[Side, ...]) -> tuple[Side | None, ...]:
    """Every side an item may be about; with two, one column does: it is the other one."""
    return sides if item.about != "own" and len(sides) > 2 else (None,)
