"""A table of a file: its columns with their types, and its rows as they come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.kit.csv import Cell

Kind = Literal["string", "integer", "number", "boolean"]


@dataclass(frozen=True)
class Column:
    """One column: the name it keeps for good, and what its cells hold."""

    name: str
    kind: Kind = "string"


@dataclass(frozen=True)
class Table:
    """A named table; the rows are read once."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Cell]]

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def truth(value: object) -> str:
    """A yes or no as it stands in a file."""
    return "true" if value else "false"
