"""A table as CSV, piece by piece."""

from collections.abc import Iterator

from app.kit import csv
from app.results.export.table import Table


def pieces(table: Table, *, excel: bool) -> Iterator[bytes]:
    """For spreadsheets with a mark and defused text, for programs as it is."""
    return (piece.encode() for piece in csv.write(table.header, table.rows, excel=excel))
