"""Catalogues, choosing a language, and dates and numbers as its readers write them."""

import gettext
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as calendar_day
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import langcodes
from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

CATALOGUES = Path(__file__).parent.parent / "locale"
LANGUAGES = ("en", "ms")
NAMES = {"en": "English", "ms": "Bahasa Melayu"}
LOCALES = {"en": "en_MY", "ms": "ms_MY"}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
# Indonesian is at distance 14 from Malay: near, and not the same.
FARTHEST = 10
# One entry of an Accept-Language header; a weight is 0 to 1 with at most three digits.
ENTRY = re.compile(
    r"\s*([A-Za-z0-9-]{1,35})\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class Language:
    """One language of the pages: its words, and how it writes dates and numbers."""

    code: str

    @property
    def name(self) -> str:
        return NAMES[self.code]

    @property
    def locale(self) -> str:
        return LOCALES[self.code]

    @property
    def direction(self) -> str:
        """The way its lines run, as a page says it."""
        return "rtl" if self.code in RIGHT_TO_LEFT else "ltr"

    @property
    def translations(self) -> gettext.GNUTranslations:
        return _catalogue(self.code)

    def text(self, message: str, /, **values: object) -> str:
        """The message in this language, its named places filled."""
        translated = self.translations.gettext(message)
        return translated % values if values else translated

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The form of the message that fits `n`, which fills the place named n."""
        return self.translations.ngettext(one, many, n) % {"n": n, **values}

    def date(self, moment: datetime, zone: ZoneInfo) -> str:
        """A day with its month in words: all-digit dates mean different days to different people."""
        return format_date(moment.astimezone(zone), "d MMM y", locale=self.locale)

    def day(self, day: calendar_day) -> str:
        """A day that is in the right zone already."""
        return format_date(day, "d MMM y", locale=self.locale)

    def month(self, moment: datetime) -> str:
        """A month and its year, of a moment that is in the right zone already."""
        return format_date(moment, "MMMM y", locale=self.locale)

    def short_month(self, day: calendar_day) -> str:
        """A month as a table writes it."""
        return format_date(day, "MMM y", locale=self.locale)

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """A day and a time, with the zone's name."""
        local = moment.astimezone(zone)
        day = format_datetime(local, "EEEE, d MMMM y", locale=self.locale)
        return f"{day}, {format_time(local, 'HH:mm', locale=self.locale)} ({zone.key})"

    def stamp(self, moment: datetime, zone: ZoneInfo) -> str:
        """A day and a time as a list writes them."""
        local = moment.astimezone(zone)
        return f"{self.date(moment, zone)}, {format_time(local, 'HH:mm', locale=self.locale)}"

    def number(self, value: float, digits: int = 0) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        # Halves away from zero, as every figure of a release is rounded.
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        return format_decimal(rounded, pattern, locale=self.locale)


class Refusal(Exception):
    """A refusal people read: an English sentence with named places, told in any language."""

    def __init__(self, message: str, /, **values: object) -> None:
        sentence = message % values if values else message
        # A page shows the sentence beside its field; a command has to name it.
        super().__init__(f"{values['field']}: {sentence}" if "field" in values else sentence)
        self._message = message
        self.values = values

    def told(self, language: Language) -> str:
        """The sentence in the reader's language."""
        return language.text(self._message, **self.values)


def language(code: str) -> Language:
    """The language of that code, English where we do not have it."""
    return Language(code if code in LANGUAGES else "en")


def closest(wanted: Sequence[str], available: Sequence[str], default: str) -> str:
    """The first wanted language that we have, or one so near that its readers would not mind."""
    for tag in wanted:
        match = _match(tag, tuple(available))
        if match is not None:
            return match
    return default


def accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, most wanted first; rubbish is passed over."""
    entries = [ENTRY.fullmatch(part) for part in header[:500].split(",")[:20]]
    weighted = [(float(entry[2] or 1), entry[1]) for entry in entries if entry]
    wanted = sorted(weighted, key=lambda pair: -pair[0])
    return [tag for weight, tag in wanted if weight > 0]


# Bounded: the tags come from strangers.
@lru_cache(maxsize=1024)
def _match(tag: str, available: tuple[str, ...]) -> str | None:
    if not tag.replace("-", "").replace("_", "").isalnum() or not tag.isascii():
        return None
    try:
        match, _ = langcodes.closest_match(tag, list(available), max_distance=FARTHEST)
    except (ValueError, LookupError):
        return None
    return None if match == "und" else match


@cache
def _catalogue(code: str) -> gettext.GNUTranslations:
    # Read from the text people edit: a compiled copy beside it could be stale.
    with (CATALOGUES / code / "LC_MESSAGES" / "selaras.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
