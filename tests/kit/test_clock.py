from datetime import UTC, datetime, timedelta

import time_machine

from app.kit.clock import now


def test_the_clock_is_aware_in_utc_and_can_be_moved():
    assert now().tzinfo is UTC
    with time_machine.travel("2027-03-28T02:30:00+08:00", tick=False):
        assert now() == datetime(2027, 3, 27, 18, 30, tzinfo=UTC)
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)
