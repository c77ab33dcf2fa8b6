"""When reminders go out: half-way and for the last day, on working days, by daylight.

Wall-clock times of a day are turned into moments by the zone itself, so that nine o'clock is nine
o'clock on both sides of a change of the clocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.kit.language import Refusal

HALF_WAY, LAST_DAY, NONE = "half-way", "last-day", "none"
PLANNED = (HALF_WAY, LAST_DAY)
# Between any two mails that ask the same person.
APART = timedelta(days=1)
# The last reminder leaves at least this long to answer.
LAST_NOTICE = timedelta(hours=4)
USUAL_HOURS, USUAL_DAYS = "09:00-17:00", "12345"
WORKING_DAYS = frozenset({1, 2, 3, 4, 5})
WEEK = 7


class TimingRefused(Refusal):
    """These are no times for reminders; the text says which field and what to write."""


@dataclass(frozen=True)
class Hours:
    """From `earliest` to `latest` on these days of the week (Monday is 1)."""

    zone: ZoneInfo
    earliest: time = time(9)
    latest: time = time(17)
    weekdays: frozenset[int] = WORKING_DAYS

    def contain(self, moment: datetime) -> bool:
        """Whether a mail may go out at this moment."""
        local = moment.astimezone(self.zone)
        return (
            local.isoweekday() in self.weekdays
            and self.earliest <= local.time().replace(tzinfo=None) < self.latest
        )

    def next(self, moment: datetime) -> datetime:
        """This moment where mails may go out at it, else the next morning they may."""
        if self.contain(moment):
            return moment
        return self.mornings(moment)[0]

    def mornings(self, since: datetime) -> list[datetime]:
        """The beginning of each allowed day of the week from this moment on."""
        day = since.astimezone(self.zone).date()
        days = [day + timedelta(days=n) for n in range(WEEK + 1)]
        return [one for one in self._begins(days) if one >= since]

    def morning_before(self, moment: datetime) -> datetime:
        """The beginning of the last allowed day that begins at this moment or before."""
        day = moment.astimezone(self.zone).date()
        days = [day - timedelta(days=n) for n in range(WEEK + 1)]
        return next(one for one in self._begins(days) if one <= moment)

    def _begins(self, days: Sequence[date]) -> list[datetime]:
        return [
            datetime.combine(one, self.earliest, self.zone).astimezone(UTC)
            for one in days
            if one.isoweekday() in self.weekdays
        ]


@dataclass(frozen=True)
class Reminding:
    """Which reminders a round sends by itself, and when mails may go out."""

    hours: Hours
    half_way: bool = True
    last_day: bool = True


def parsed(zone: ZoneInfo, waves: str, hours: str, days: str) -> Reminding:
    """A plan as it is typed; raises TimingRefused naming what to write."""
    named = {one.strip() for one in waves.split(",") if one.strip()}
    if not named <= {*PLANNED, NONE} or (NONE in named and len(named) > 1):
        raise TimingRefused(
            "choose %(offered)s or none", offered=", ".join(PLANNED), field="reminders"
        )
    earliest, _, latest = hours.partition("-")
    try:
        between = time.fromisoformat(earliest.strip()), time.fromisoformat(latest.strip())
    except ValueError:
        between = time.max, time.min
    if between[0] >= between[1] or between[0].tzinfo or between[1].tzinfo:
        raise TimingRefused("write hours such as 09:00-17:00", field="mail_hours")
    if not days or not set(days) <= set("1234567"):
        raise TimingRefused(
            "write days of the week such as 12345, Monday being 1", field="mail_days"
        )
    allowed = Hours(zone, *between, frozenset(map(int, days)))
    return Reminding(allowed, half_way=HALF_WAY in named, last_day=LAST_DAY in named)


def usual(zone: ZoneInfo) -> Reminding:
    """The plan of a round nobody has chosen anything for."""
    return Reminding(Hours(zone))


def moments(plan: Reminding, opens_at: datetime, closes_at: datetime) -> dict[str, datetime]:
    """When each planned reminder goes, none of them within a day of another mail.

    A round too short for both has the one for the last day; a shorter one has none.
    """
    found: dict[str, datetime] = {}
    until = closes_at - LAST_NOTICE
    if plan.last_day:
        last = plan.hours.morning_before(until)
        if last >= opens_at + APART:
            found[LAST_DAY] = last
            until = last - APART
    if plan.half_way:
        middle = plan.hours.next(opens_at + (closes_at - opens_at) / 2)
        if opens_at + APART <= middle <= until:
            found[HALF_WAY] = middle
    return found
