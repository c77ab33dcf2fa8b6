"""What can be wrong with a people file, said in a sentence that names the remedy."""

import unicodedata
from dataclasses import dataclass

from app.kit.language import Language

LONGEST_SHOWN = 100

# Every sentence is the key of its translation; the places in it are filled after translating.
ROW_MESSAGES = {
    "cells": "this row has %(found)s cells and the header has %(expected)s: look for a missing or an extra separator",
    "control": "it holds an invisible control character: type it again without copying",
    "long": "it is longer than %(limit)s characters: shorten it",
    "id_missing": "everybody needs an employee id: fill it in",
    "id_rounded": "a spreadsheet has rounded this employee id: set the column to text and enter it again",
    "id_twice": "row %(first)s has the same employee id: keep one of the two rows",
    "email_wrong": "this is no e-mail address: write it like name@example.com or leave it empty",
    "email_twice": "row %(first)s has the same e-mail address: give one of the two another or none",
    "email_taken": "the e-mail address belongs to employee id %(other)s: check which of the two is right",
    "ids_swapped": "employee ids %(first)s and %(second)s have exchanged their e-mail addresses: check whose id is whose",
    "department_missing": "everybody needs a department: fill it in, such as Commercial/Sales",
    "department_level": "a level of this department path has no name: write it like Commercial/Sales",
    "department_deep": "this department path has more than %(limit)s levels: leave some out",
    "department_long": "a department name is longer than %(limit)s characters: shorten it",
    "code_two_paths": "row %(first)s uses this department code for %(path)s: give each department its own code",
    "path_two_codes": "row %(first)s gives this department the code %(code)s: keep one of the two",
    "code_taken": "this code belongs to %(known)s and %(path)s is another department: use that department's own code",
    "code_kept": "%(path)s keeps the code %(code)s, which another row uses wrongly: correct that row first",
    "manager_unknown": "nobody has this employee id, so the manager stays as it was: correct it or add the manager",
    "manager_self": "nobody is their own manager: name another or leave it empty",
    "manager_loop": "these managers are above each other in a circle (%(loop)s): correct one of them",
    "language_unknown": "this language is not known: write one of %(known)s or leave it empty",
    "date_wrong": "this is no date: write it like 2024-01-31",
    "date_unclear": "this date can be read in two ways: write it like 2024-01-31",
}
# What a form for one person may find besides.
FORM_MESSAGES = {
    "id_taken": "somebody has this employee id already: look for them in the list",
    "manager_missing": "nobody here has this employee id or address: correct it or leave it empty",
}
FILE_MESSAGES = {
    "large": "The file is larger than %(limit)s MiB: divide it, or import it by the command, which takes more.",
    "rows": "The file has more than %(limit)s rows: divide it, or import it by the command, which takes more.",
    "columns": "The file has more than %(limit)s columns, or one with a very long name: leave out what is not needed.",
    "unreadable": "The file cannot be read as a table: save it as CSV (UTF-8) and try again.",
    "no_column": "The file has no column %(column)s: name it in the first row.",
    "same_name": "The file has two columns named %(name)s: rename or remove one of them.",
    "same_meaning": "The columns %(first)s and %(second)s both mean %(field)s: remove one of them.",
    "nobody": "The file has a header and no rows: add the people below it.",
    "too_many": "The import would deactivate %(count)s people, more than a tenth of all: give exactly %(count)s to confirm.",
    "outdated": "The people have changed since this file was checked: check it again.",
}
MESSAGES = ROW_MESSAGES | FORM_MESSAGES | FILE_MESSAGES

Values = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True)
class RowError:
    """One cell (or, without a column, one row) that is wrong, under the file's own row number.

    `column` is our name of the column and `header` the file's. Where `left_out` is false the
    person is imported all the same, without what the cell says.
    """

    row: int
    column: str
    header: str
    value: str
    key: str
    values: Values = ()
    left_out: bool = True

    @property
    def message(self) -> str:
        return ROW_MESSAGES[self.key] % dict(self.values)

    def text(self, language: Language) -> str:
        return language.text(ROW_MESSAGES[self.key], **dict(self.values))


class _Refused(Exception):
    def __init__(self, key: str, **values: str | int) -> None:
        super().__init__(FILE_MESSAGES[key] % values)
        self.key = key
        self.values = values

    def text(self, language: Language) -> str:
        return language.text(FILE_MESSAGES[self.key], **self.values)


class ImportRefused(_Refused):
    """The file as a whole cannot be imported."""


class TooManyDeactivated(_Refused):
    """A full import would deactivate so many people that their exact number must be given."""

    def __init__(self, count: int) -> None:
        super().__init__("too_many", count=count)
        self.count = count


class PlanOutdated(_Refused):
    """What the plan was made from has changed, so it would do something nobody has seen."""

    def __init__(self) -> None:
        super().__init__("outdated")


def shown(value: str) -> str:
    """What a cell held, safe to print: shortened, and without signs that steer a terminal."""
    text = value.strip()
    short = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return short if short.isprintable() else "".join(_visible(sign) for sign in short)


def _visible(sign: str) -> str:
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign)[0] == "C" else sign
