"""One cell of a people file: its text to a checked value, or what is wrong with it."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache

import email_validator

from app.kit.language import LANGUAGES
from app.kit.text import TooManyMarks, composed
from app.people.tree import SEPARATOR, folded

LONGEST_ID = 64
LONGEST_TEXT = 200
LONGEST_DEPARTMENT = 120
DEEPEST = 10

LANGUAGE_NAMES = {
    "en": ("English", "EN", "Inggeris", "Bahasa Inggeris", "BI", "eng"),
    "ms": ("Malay", "Melayu", "Bahasa Melayu", "Bahasa Malaysia", "BM", "Bahasa", "msa", "may"),
}

# The joiners are part of how some scripts spell names; every other format sign only hides.
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
_REFUSED = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
_ROUNDED = re.compile(r"[0-9]([.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")


class Wrong(Exception):
    """The cell is wrong: the key of the sentence that says why, and what fills its places."""

    def __init__(self, key: str, **values: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.values = tuple(values.items())


def text(value: str, limit: int = LONGEST_TEXT) -> str:
    """The text in one normal form with single spaces; refuses what cannot be seen."""
    clean = value.strip()
    if clean.isascii() and clean.isprintable() and "  " not in clean:
        normal = clean
    else:
        _refuse_invisible(clean)
        try:
            normal = " ".join(composed(clean).split())
        except TooManyMarks:
            raise Wrong("control") from None
    if len(normal) > limit:
        raise Wrong("long", limit=limit)
    return normal


def employee_id(value: str) -> str:
    clean = text(value, LONGEST_ID)
    if not clean:
        raise Wrong("id_missing")
    if _ROUNDED.fullmatch(clean):
        raise Wrong("id_rounded")
    return clean


def code(value: str) -> str:
    return text(value, LONGEST_ID)


def email(value: str) -> str:
    """The address with its domain in one normal form; whether it exists is not asked."""
    clean = text(value, 254)
    if not clean:
        return ""
    local, _, domain = clean.rpartition("@")
    if not _PLAIN_LOCAL.fullmatch(local) or len(local) > 64:
        return _address(clean)
    # A company has few domains and thousands of people: each domain is checked once.
    return f"{local}@{_address(f'a@{domain}').removeprefix('a@')}"


# A file names few departments many times.
@lru_cache(maxsize=10_000)
def department(value: str) -> str:
    """A path with nothing around its separators."""
    # The path as a whole has no limit of its own: its levels have.
    whole = text(value, len(value))
    if not whole:
        raise Wrong("department_missing")
    levels = [level.strip() for level in whole.split(SEPARATOR)]
    if len(levels) > DEEPEST:
        raise Wrong("department_deep", limit=DEEPEST)
    if any(len(level) > LONGEST_DEPARTMENT for level in levels):
        raise Wrong("department_long", limit=LONGEST_DEPARTMENT)
    # A star stands for what is left over of a department on results pages.
    if not all(folded(level) and folded(level) != "*" for level in levels):
        raise Wrong("department_level")
    return SEPARATOR.join(levels)


def language(value: str) -> str:
    """The code of a language named by its code, a locale or its name."""
    wanted = folded(text(value))
    if not wanted:
        return ""
    tag = re.split("[-_]", wanted)[0]
    for known in LANGUAGES:
        names = {folded(name) for name in LANGUAGE_NAMES.get(known, ())}
        if wanted in names or known in {wanted, tag}:
            return known
    raise Wrong("language_unknown", known=", ".join(LANGUAGES))


def start_date(value: str) -> str:
    """The day as 2024-01-31; of other notations only those that mean one day to everybody."""
    clean = text(value)
    if not clean:
        return ""
    if found := _ISO.fullmatch(clean):
        return _day(*found.groups())
    if found := _DAY_FIRST.fullmatch(clean):
        day, _, month, year = found.groups()
        if int(day) != int(month) and int(day) <= 12 and int(month) <= 12:
            raise Wrong("date_unclear")
        return _day(year, month, day)
    raise Wrong("date_wrong")


# What checks the column of that name; every other column is plain text.
CHECKS: dict[str, Callable[[str], str]] = {
    "employee_id": employee_id,
    "email": email,
    "department": department,
    "department_code": code,
    "manager_id": text,
    "language": language,
    "start_date": start_date,
}


@lru_cache(maxsize=1024)
def _address(clean: str) -> str:
    try:
        # An address that only a test network knows is an address too.
        checked = email_validator.validate_email(
            clean, check_deliverability=False, test_environment=True
        )
    except email_validator.EmailNotValidError:
        raise Wrong("email_wrong") from None
    return checked.normalized


def _day(year: str, month: str, day: str) -> str:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise Wrong("date_wrong") from None
    if not 1900 <= found.year <= 2100:
        raise Wrong("date_wrong")
    return found.isoformat()


def _refuse_invisible(clean: str) -> None:
    if any(unicodedata.category(sign) in _REFUSED and sign not in _JOINERS for sign in clean):
        raise Wrong("control")
