"""A streaming CSV writer that defuses formulas, and a tolerant reader that says what it found."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from app.kit.text import storable

Cell = str | int | float | None

BOM = "\ufeff"
DELIMITERS = (",", ";", "\t")
# What a spreadsheet may take for a formula, also behind spaces and in full width.
INVISIBLE = " \u00a0\u3000\u200b\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


class NotCsv(Exception):
    """The bytes are not a table; the text says why and what to do."""


@dataclass(frozen=True)
class Table:
    """A file as read: its encoding and delimiter, its header, and rows with their own numbers."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def defused(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet could run it."""
    return f"'{text}" if text.lstrip(INVISIBLE).startswith(FORMULA_STARTS) else text


def write(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, excel: bool) -> Iterator[str]:
    """CSV per RFC 4180, piece by piece: the Excel profile has a BOM and defused text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    if excel:
        buffer.write(BOM)
    written = _harmless if excel else storable
    for row in chain([header], rows):
        # What is no text is written by the library, None as nothing.
        writer.writerow([written(cell) if isinstance(cell, str) else cell for cell in row])
        if buffer.tell() > 16_384:
            yield _taken(buffer)
    yield _taken(buffer)


def read(content: bytes, *, keep_blank: bool = False) -> Table:
    """Read a file as people save them: UTF-8 with or without BOM, or cp1252; `,` `;` or tab.

    Rows of nothing but separators are left out unless they are to be kept; empty lines always.
    """
    text, encoding = _decoded(content)
    if "\0" in text:
        raise NotCsv("the file holds NUL characters: save it as CSV (UTF-8) and try again")
    delimiter = _delimiter(text)
    lines = _numbered(text, delimiter)
    try:
        numbered = [
            (number, row)
            for number, row in lines
            if any(map(str.strip, row)) or (keep_blank and len(row) > 1)
        ]
    except csv.Error as error:
        raise NotCsv(f"the file is not a table: {error}") from None
    if not numbered:
        raise NotCsv("the file is empty: the first row must name the columns")
    return Table(
        encoding=encoding,
        delimiter=delimiter,
        header=tuple(cell.strip() for cell in numbered[0][1]),
        rows=tuple((number, tuple(row)) for number, row in numbered[1:]),
    )


def _harmless(text: str) -> str:
    return defused(storable(text))


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(content, "utf-16"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return _strictly(content, "cp1252"), "Windows-1252"


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise NotCsv("the file is no text: save it as CSV (UTF-8) and try again") from None


def _delimiter(text: str) -> str:
    # A delimiter inside quotes is part of a column's name.
    first = re.split(r"[\r\n]", re.sub(r'"[^"]*"', "", text).lstrip(" \r\n"), maxsplit=1)[0]
    return max(DELIMITERS, key=first.count)


def _numbered(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows under the number a person sees in a spreadsheet: the header is row 1."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    yield from enumerate(reader, start=1)
