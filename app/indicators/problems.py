"""What can be wrong with a file of indicator values, said with the remedy."""

from dataclasses import dataclass

from app.kit.language import Language

LONGEST_SHOWN = 60

# Every sentence is the key of its translation; the places in it are filled after translating.
ROW_MESSAGES = {
    "cells": "this row has %(found)s cells and the header has %(expected)s: look for a missing or an extra separator",
    "period_wrong": "this is no month: write it like 2026-03",
    "period_future": "this month has not begun: correct the year or the month",
    "indicator_missing": "the row does not say which figure it is: fill in the key or the name",
    "indicator_unknown": "there is no such indicator: add it first, or write one of %(known)s",
    "value_missing": "the value is missing: fill it in, or leave the row out",
    "value_comma": "a comma can be read in two ways: write the value with a point, like 12.5 or 1250",
    "value_wrong": "this is no number: write digits only, like 12.5",
    "value_large": "this number is too large: write it in thousands or millions, and name the unit so",
    "department_unknown": "there is no such department: write its path, like Commercial/Sales, or leave it empty for the whole company",
    "twice": "row %(first)s has the same month, figure and department: keep one of the two",
}
FILE_MESSAGES = {
    "large": "The file is larger than %(limit)s KiB: divide it, or use the command.",
    "rows": "The file has more than %(limit)s rows: divide it into smaller files.",
    "unreadable": "The file cannot be read as a table: save it as CSV (UTF-8) and try again.",
    "no_column": "The file has no column %(column)s: name it in the first row.",
    "same_name": "The file has two columns named %(name)s: rename or remove one of them.",
    "nobody": "The file has a header and no rows: add the values below it.",
}

Values = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True)
class RowError:
    """One cell that is wrong (or, without a column, one row), under the file's own row number."""

    row: int
    column: str
    value: str
    key: str
    values: Values = ()

    @property
    def message(self) -> str:
        return ROW_MESSAGES[self.key] % dict(self.values)

    def text(self, language: Language) -> str:
        return language.text(ROW_MESSAGES[self.key], **dict(self.values))


class IndicatorFileRefused(Exception):
    """The file as a whole cannot be imported."""

    def __init__(self, key: str, **values: str | int) -> None:
        super().__init__(FILE_MESSAGES[key] % values)
        self.key = key
        self.values = values

    def text(self, language: Language) -> str:
        return language.text(FILE_MESSAGES[self.key], **self.values)


def shown(value: str) -> str:
    """What a cell held, short, and without signs that steer a terminal."""
    text = value.strip()
    short = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in short)
