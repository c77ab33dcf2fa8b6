"""When reminders go: half-way and for the last day, by daylight, across changes of the clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.campaigns.timing import (
    APART,
    HALF_WAY,
    LAST_DAY,
    LAST_NOTICE,
    Hours,
    Reminding,
    TimingRefused,
    moments,
    parsed,
)

BERLIN, KUALA_LUMPUR = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kuala_Lumpur")
SUNDAY_TO_THURSDAY = frozenset({7, 1, 2, 3, 4})


def local(zone: ZoneInfo, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def planned(zone: ZoneInfo, opens: str, closes: str, **given: object) -> dict[str, str]:
    hours = Hours(zone, **given)  # type: ignore[arg-type]
    found = moments(Reminding(hours), local(zone, opens), local(zone, closes))
    return {wave: f"{at.astimezone(zone):%a %d %H:%M}" for wave, at in found.items()}


def test_half_way_and_the_morning_of_the_last_day() -> None:
    # Tuesday to Tuesday two weeks later.
    assert planned(KUALA_LUMPUR, "2027-03-02T10:00", "2027-03-16T18:00") == {
        HALF_WAY: "Tue 09 14:00",
        LAST_DAY: "Tue 16 09:00",
    }


@pytest.mark.parametrize(
    ("closes", "last"),
    [
        ("2027-03-15T12:00", "Fri 12 09:00"),  # Monday noon: its morning leaves three hours only
        ("2027-03-15T13:00", "Mon 15 09:00"),
        ("2027-03-14T23:00", "Fri 12 09:00"),  # a Sunday
    ],
)
def test_the_last_reminder_leaves_time_and_keeps_to_working_days(closes: str, last: str) -> None:
    assert planned(KUALA_LUMPUR, "2027-03-02T10:00", closes)[LAST_DAY] == last


def test_where_people_work_from_sunday_on() -> None:
    found = planned(
        KUALA_LUMPUR, "2027-03-01T10:00", "2027-03-14T18:00", weekdays=SUNDAY_TO_THURSDAY
    )
    assert found[LAST_DAY] == "Sun 14 09:00"


def test_a_night_becomes_the_next_morning() -> None:
    # The middle is a Saturday at 4 in the morning.
    assert planned(KUALA_LUMPUR, "2027-03-01T04:00", "2027-03-11T04:00")[HALF_WAY] == "Mon 08 09:00"


def test_a_short_round_has_fewer_and_a_very_short_one_none() -> None:
    assert planned(KUALA_LUMPUR, "2027-03-02T10:00", "2027-03-04T18:00") == {
        LAST_DAY: "Thu 04 09:00"
    }
    assert planned(KUALA_LUMPUR, "2027-03-02T10:00", "2027-03-03T12:00") == {}


@pytest.mark.parametrize("change", ["2027-03-28", "2027-10-31"])
def test_nine_is_nine_on_both_sides_of_a_change_of_the_clocks(change: str) -> None:
    day = datetime.fromisoformat(change)
    opens, closes = day - timedelta(days=7), day + timedelta(days=6, hours=18)
    every_day = frozenset(range(1, 8))
    found = moments(
        Reminding(Hours(BERLIN, weekdays=every_day)),
        opens.replace(tzinfo=BERLIN).astimezone(UTC),
        closes.replace(tzinfo=BERLIN).astimezone(UTC),
    )
    assert {at.astimezone(BERLIN).hour for at in found.values()} == {9}
    assert found[LAST_DAY].hour in {7, 8}, "another hour of UTC than before"


def test_an_hour_that_does_not_exist_is_the_one_after() -> None:
    hours = Hours(BERLIN, time(2, 30), time(5), frozenset(range(1, 8)))
    begin = hours.next(local(BERLIN, "2027-03-28T00:10"))
    assert begin.astimezone(BERLIN).strftime("%d %H:%M") == "28 03:30"
    assert hours.contain(begin)


@given(
    after=st.timedeltas(timedelta(0), timedelta(days=365)),
    length=st.timedeltas(timedelta(hours=1), timedelta(days=60)),
    days=st.sets(st.integers(1, 7), min_size=1),
    begins=st.integers(0, 22),
)
def test_whatever_the_dates_a_day_lies_between_and_the_hours_are_kept(
    after: timedelta, length: timedelta, days: set[int], begins: int
) -> None:
    hours = Hours(BERLIN, time(begins), time(begins + 1), frozenset(days))
    start = datetime(2027, 1, 1, tzinfo=UTC) + after
    found = sorted(moments(Reminding(hours), start, start + length).values())
    for before, after in zip([start, *found], found, strict=False):
        assert after - before >= APART
    for at in found:
        # Where the hour was skipped, the mail goes in the one after.
        assert at.astimezone(BERLIN).isoweekday() in days
        assert hours.contain(at) or not hours.contain(at + timedelta(hours=24))
        assert at <= start + length - LAST_NOTICE


def test_what_is_no_time_is_refused_by_its_field() -> None:
    for typed, wrong in (
        (("weekly", "09:00-17:00", "12345"), "reminders"),
        (("none,last-day", "09:00-17:00", "12345"), "reminders"),
        (("none", "17:00-09:00", "12345"), "mail_hours"),
        (("none", "nine to five", "12345"), "mail_hours"),
        (("none", "09:00-17:00", "8"), "mail_days"),
        (("none", "09:00-17:00", ""), "mail_days"),
    ):
        with pytest.raises(TimingRefused) as refused:
            parsed(BERLIN, *typed)
        assert refused.value.values["field"] == wrong
    assert not parsed(BERLIN, "none", "09:00-17:00", "12345").half_way
