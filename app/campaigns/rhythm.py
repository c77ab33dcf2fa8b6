"""When a series asks again: by the calendar of its time zone, each occurrence with its number.

A day that a month does not have is its last day, and nine o'clock stays nine o'clock when the
clocks change.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Rhythm(StrEnum):
    """How often a series asks."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3}
# No longer, so that one round has closed before the next opens.
LONGEST_DAYS = {Rhythm.WEEKLY: 7, Rhythm.MONTHLY: 28, Rhythm.QUARTERLY: 89}


@dataclass(frozen=True)
class Pulse:
    """The occurrences of a series: the first is number 0."""

    rhythm: Rhythm
    first_on: date
    at: time
    zone: ZoneInfo

    def occurrence(self, number: int) -> datetime:
        """When the occurrence of that number is due."""
        return self._moment(self._day(number))

    def number_after(self, moment: datetime) -> int:
        """The number of the first occurrence later than this moment."""
        number = max(0, self._about(moment.astimezone(self.zone).date()) - 1)
        while self.occurrence(number) <= moment:
            number += 1
        return number

    def after(self, moment: datetime) -> datetime:
        """The first occurrence later than this moment."""
        return self.occurrence(self.number_after(moment))

    def due(self, since: datetime, until: datetime) -> list[datetime]:
        """The occurrences from one moment to another, both included."""
        start = self.number_after(since - timedelta(microseconds=1))
        return [self.occurrence(number) for number in range(start, self.number_after(until))]

    def days_on(self, occurrence: datetime, days: int) -> datetime:
        """The same time of day, so many days after an occurrence."""
        return self._moment(occurrence.astimezone(self.zone).date() + timedelta(days=days))

    def _moment(self, day: date) -> datetime:
        # A time that the clocks leave out is as much later as they were put forward.
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)

    def _day(self, number: int) -> date:
        if self.rhythm is Rhythm.WEEKLY:
            return self.first_on + timedelta(weeks=number)
        months = self.first_on.month - 1 + number * MONTHS[self.rhythm]
        year, month = self.first_on.year + months // 12, months % 12 + 1
        return date(year, month, min(self.first_on.day, monthrange(year, month)[1]))

    def _about(self, day: date) -> int:
        if self.rhythm is Rhythm.WEEKLY:
            return (day - self.first_on).days // 7
        months = (day.year - self.first_on.year) * 12 + day.month - self.first_on.month
        return months // MONTHS[self.rhythm]
