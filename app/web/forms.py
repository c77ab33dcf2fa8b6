"""Reads the fields of a staff form into typed values, and says of each what to mend."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.kit.language import Language
from app.kit.text import TooManyMarks, composed
from app.web.errors import msgid
from app.web.ingress import PAIRS
from app.web.security import FIELD

LOCAL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)
CALENDAR_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WHOLE_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
FIRST_YEAR, LAST_YEAR = 2000, 2199
MOST_VALUES = 200

EMPTY = msgid("Fill this in.")
TOO_LONG = msgid("Use at most %(n)s characters.")
NO_OPTION = msgid("Choose one of the options.")
NO_NUMBER = msgid("Enter a whole number from %(low)s to %(high)s.")
NO_TIME = msgid("Enter a date and a time.")
NO_DAY = msgid("Choose a day, such as 2026-12-31.")
SKIPPED_TIME = msgid("This time does not exist on that day: the clocks change. Choose another.")
UNSTORABLE = msgid("This holds characters that cannot be stored.")


class Fields:
    """The fields of one form; each is asked for by name, and `done` tells whether all were fine.

    A wrong field gives its error and a harmless value, so that one look finds every mistake. A
    field that comes twice, or that nobody asked for, was made by no page of ours.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], language: Language) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)
        self._asked = {FIELD}
        self._secrets: set[str] = set()
        self._language = language
        self.errors: dict[str, str] = {}

    @classmethod
    def of(cls, request: Request, language: Language) -> "Fields":
        return cls(request.scope.get(PAIRS, ()), language)

    @property
    def typed(self) -> dict[str, str]:
        """What the person typed, to show it again beside the errors."""
        unsaid = {FIELD, *self._secrets}
        return {name: values[0] for name, values in self._values.items() if name not in unsaid}

    def text(self, name: str, max: int, *, required: bool = True, lines: bool = False) -> str:  # noqa: A002
        """Text in its composed form without spaces round it; in one line unless `lines`."""
        try:
            value = composed(self._one(name).replace("\r\n", "\n")).strip()
        except TooManyMarks:
            return self._wrong(name, UNSTORABLE)
        if any(_is_control(character, lines=lines) for character in value):
            return self._wrong(name, UNSTORABLE)
        if len(value) > max:
            return self._wrong(name, TOO_LONG, n=max)
        if required and not value:
            return self._wrong(name, EMPTY)
        return value

    def secret(self, name: str, max: int) -> str:  # noqa: A002
        """A password, exactly as it was typed."""
        self._secrets.add(name)
        value = self._one(name)
        if not value or len(value) > max:
            return self._wrong(name, TOO_LONG if value else EMPTY, n=max)
        return value

    def choice(self, name: str, options: Collection[str], *, required: bool = True) -> str:
        """One of the options, or nothing where it may be left out."""
        value = self._one(name)
        if value in options or (not value and not required):
            return value
        return self._wrong(name, NO_OPTION)

    def many(self, name: str, options: Collection[str]) -> list[str]:
        """All that were ticked, in the order of the form, each once."""
        self._asked.add(name)
        values = list(dict.fromkeys(self._values.get(name, ())))
        if len(values) > MOST_VALUES or not all(value in options for value in values):
            self._wrong(name, NO_OPTION)
            return []
        return values

    def checked(self, name: str) -> bool:
        """Whether a single box was ticked."""
        return self._one(name) == "yes"

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number within bounds; `low` where it is wrong."""
        value = self._one(name).strip()
        if WHOLE_NUMBER.fullmatch(value) and low <= int(value) <= high:
            return int(value)
        self._wrong(name, NO_NUMBER, low=low, high=high)
        return low

    def moment(self, name: str, zone: ZoneInfo, *, required: bool = True) -> datetime | None:
        """A local date and time as a moment in UTC; of a doubled hour the first."""
        value = self._one(name).strip()
        if not value and not required:
            return None
        local = _local(value)
        if local is None:
            self._wrong(name, NO_TIME)
            return None
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) != local:
            self._wrong(name, SKIPPED_TIME)
            return None
        return moment

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A day of the calendar."""
        value = self._one(name).strip()
        if not value and not required:
            return None
        try:
            day = date.fromisoformat(value) if CALENDAR_DAY.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            self._wrong(name, NO_DAY)
            return None
        return day

    def done(self) -> bool:
        """Whether every field was fine; asked once all have been read."""
        if self._values.keys() - self._asked:
            raise HTTPException(422)
        return not self.errors

    def refuse(self, name: str, message: str) -> None:
        """Add what a rule of the domain has against a field; `message` is already translated."""
        self.errors.setdefault(name, message)

    def _one(self, name: str) -> str:
        self._asked.add(name)
        values = self._values.get(name, [""])
        if len(values) > 1:
            raise HTTPException(400)
        return values[0]

    def _wrong(self, name: str, message: str, **values: object) -> str:
        self.refuse(name, self._language.text(message, **values))
        return ""


def _local(value: str) -> datetime | None:
    if not LOCAL_TIME.fullmatch(value):
        return None
    try:
        local = datetime.fromisoformat(value)
    except ValueError:
        return None
    return local if FIRST_YEAR <= local.year <= LAST_YEAR else None


def _is_control(character: str, *, lines: bool) -> bool:
    if lines and character in "\n\t":
        return False
    return unicodedata.category(character) in {"Cc", "Cs"}
