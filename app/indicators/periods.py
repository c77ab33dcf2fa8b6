"""Months as values that sort: "2026-03"."""

import re
from datetime import date

MONTH = re.compile(r"(\d{4})-(\d{1,2})(?:-\d{1,2})?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 2000, 2199
MONTHS = 12


def read(text: str) -> str | None:
    """The month of "2026-3", "2026-03" or "2026-03-31"; None where it is none."""
    found = MONTH.fullmatch(text.strip())
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= MONTHS):
        return None
    return f"{year:04}-{month:02}"


def of(day: date) -> str:
    """The month a day is in."""
    return f"{day:%Y-%m}"


def first_day(period: str) -> date:
    return date.fromisoformat(f"{period}-01")


def place(period: str) -> int:
    """Months counted through, so that two of them can be subtracted."""
    day = first_day(period)
    return MONTHS * day.year + day.month


def between(first: str, last: str) -> list[str]:
    """Every month from the one to the other."""
    return [
        f"{number // MONTHS:04}-{number % MONTHS + 1:02}"
        for number in range(place(first) - 1, place(last))
    ]
