"""The release, or a table, as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.kit.csv import Cell
from app.kit.text import storable
from app.results.export.table import Column, Table


def release(content: Mapping[str, Any]) -> Iterator[bytes]:
    """The release as the command and the API give it."""
    yield _text(content, indent=2).encode() + b"\n"


def records(table: Table) -> Iterator[bytes]:
    """A list of objects, one a row, as they come."""
    before = b"[\n"
    for row in table.rows:
        yield before + _text(_record(table.columns, row)).encode()
        before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def _record(columns: Sequence[Column], row: Sequence[Cell]) -> dict[str, Any]:
    return {
        column.name: value == "true" if column.kind == "boolean" and value is not None else value
        for column, value in zip(columns, row, strict=True)
    }


def _text(content: object, indent: int | None = None) -> str:
    return storable(json.dumps(content, ensure_ascii=False, indent=indent, allow_nan=False))
