"""The only reader of time, so that a test can move it, and the demo make up its past."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


class _Clock:
    """How far this process lives from the real time."""

    ahead = timedelta()


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC) + _Clock.ahead


def beginning(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins there."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """For a while it is another time in every thread of this process; only where nobody else is."""
    before, _Clock.ahead = _Clock.ahead, by
    try:
        yield
    finally:
        _Clock.ahead = before
