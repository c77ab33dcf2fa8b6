"""A share of people is drawn each time, and nobody is asked more often than set."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from app.campaigns import erasing, held, joining, sampling, series
from app.campaigns.audience import Asked
from app.campaigns.models import Invitation, SeriesAsked, SurveyRound
from app.campaigns.rhythm import LONGEST_DAYS, Pulse, Rhythm
from app.campaigns.rounds import RoundRefused
from app.campaigns.series_plan import SeriesPlan
from app.kit.runtime import Runtime
from app.people.models import Employee
from tests import cast
from tests.campaigns.post_room import PostRoom

ZONE = ZoneInfo("Asia/Kuala_Lumpur")
FIRST = datetime(2027, 3, 2, 10, tzinfo=ZONE).astimezone(UTC)
WEEK = timedelta(weeks=1)


def people(sizes: list[int]) -> list[Asked]:
    return [
        Asked(f"{department}-{n}", f"{department}-{n}@x.example", "", str(department))
        for department, size in enumerate(sizes)
        for n in range(size)
    ]


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    rhythm=st.sampled_from(Rhythm),
    rest_weeks=st.integers(0, 26),
    part=st.integers(1, 100),
    comings=st.lists(st.integers(0, 12), min_size=12, max_size=12),
    seed=st.integers(0, 2**32),
)
def test_nobody_is_asked_again_within_the_weeks_while_people_come_and_go(
    sizes: list[int], rhythm: Rhythm, rest_weeks: int, part: int, comings: list[int], seed: int
) -> None:
    """Whatever the share that may be set, the people and the calendar."""
    share = max(1, sampling.largest_share(rhythm, rest_weeks) * part // 100)
    pulse = Pulse(rhythm, date(2027, 1, 31), datetime.min.time().replace(hour=9), ZONE)
    chance, here = Random(seed), people(sizes)
    asked: dict[str, date] = {}
    for number, coming in enumerate(comings):
        day = pulse.occurrence(number).astimezone(ZONE).date()
        since = day - rest_weeks * WEEK
        resting = {one for one, when in asked.items() if when > since}
        drawn = sampling.drawn(here, share, resting, chance)
        assert not resting & {one.employee_id for one in drawn}
        wanted = max(1, len(here) * share // 100)
        free = [one for one in here if one.employee_id not in resting]
        assert len(drawn) == min(wanted, len(free)), "as many as can be, and no more"
        assert len(set(drawn)) == len(drawn)
        assert set(drawn) <= set(here)
        asked |= dict.fromkeys([one.employee_id for one in drawn], day)
        # Some leave and some come, so that shares do not always come out even.
        here = here[: max(1, len(here) - coming // 3)]
        here += [Asked(f"new-{number}-{n}", "", "", str(n % 3)) for n in range(coming)]


@given(rhythm=st.sampled_from(Rhythm), rest_weeks=st.integers(0, 52), start=st.integers(0, 400))
def test_with_the_largest_share_there_are_always_enough_who_have_rested(
    rhythm: Rhythm, rest_weeks: int, start: int
) -> None:
    share = sampling.largest_share(rhythm, rest_weeks)
    first = date(2027, 1, 1) + timedelta(days=start)
    pulse = Pulse(rhythm, first, datetime.min.time(), ZONE)
    here, asked = people([100]), dict[str, date]()
    for number in range(14):
        day = pulse.occurrence(number).astimezone(ZONE).date()
        resting = {one for one, when in asked.items() if when > day - rest_weeks * WEEK}
        drawn = sampling.drawn(here, share, resting, Random(number))
        assert len(drawn) == max(1, share)
        asked |= dict.fromkeys([one.employee_id for one in drawn], day)
    assert min(LONGEST_DAYS.values()) == 7


@given(sizes=st.lists(st.integers(1, 30), min_size=2, max_size=9), share=st.integers(1, 99))
def test_every_department_has_its_share(sizes: list[int], share: int) -> None:
    drawn = sampling.drawn(people(sizes), share, ())
    total = max(1, sum(sizes) * share // 100)
    for department, size in enumerate(sizes):
        n = sum(one.department_id == str(department) for one in drawn)
        assert abs(n - total * size / sum(sizes)) < 1


def test_everybody_has_the_same_chance_and_it_is_the_system_s() -> None:
    here = people([1, 2, 3, 10, 24])
    counts = dict.fromkeys([one.employee_id for one in here], 0)
    for _ in range(2000):
        for one in sampling.drawn(here, 25, ()):
            counts[one.employee_id] += 1
    # 500 of 2,000 expected; six standard deviations are 116 for each of 40 people.
    assert all(384 < n < 616 for n in counts.values()), counts


@pytest.fixture
def post(company: Runtime, tmp_path: Path) -> Iterator[PostRoom]:
    """A weekly pulse of half of Sales and Marketing, each person at most every second week."""
    plan = SeriesPlan(
        survey="team_pulse",
        name="Pulse {date}",
        rhythm=Rhythm.WEEKLY,
        first=FIRST,
        zone=ZONE,
        min_group=5,
        departments=(cast.SALES, cast.MARKETING),
        share=50,
        rest_weeks=2,
        auto_release=False,
    )
    with time_machine.travel(FIRST - WEEK, tick=False) as clock:
        with company.database.writing() as session:
            series.add(session, plan, "aminah", 4)
        yield PostRoom(company, clock, tmp_path / "mail")


def asked(post: PostRoom) -> list[set[str]]:
    with post.runtime.database.reading() as session:
        rows = session.exec(select(SurveyRound).order_by(col(SurveyRound.opens_at))).all()
        return [
            set(session.exec(select(Invitation.employee_id).where(Invitation.round_id == row.id)))
            for row in rows
        ]


def test_the_halves_of_a_department_take_turns(post: PostRoom) -> None:
    for week in range(3):
        post.work(FIRST + week * WEEK)
    first, second, third = asked(post)
    assert len(first) == len(second) == len(third) == 16
    assert not first & second
    assert first == third, "who was not asked last week rested"
    with post.runtime.database.reading() as session:
        kept = session.exec(select(SeriesAsked)).all()
    assert len(kept) == 32, "only how long they rest is kept"


def test_nobody_joins_a_round_of_a_share_later(post: PostRoom) -> None:
    post.work(FIRST)
    with post.runtime.database.writing() as session:
        [row] = session.exec(select(SurveyRound)).all()
        with pytest.raises(RoundRefused, match="drawn at random"):
            joining.join(session, post.runtime.keyring, row.id, {}, "aminah")


def test_when_somebody_was_asked_is_told_them_and_erased(post: PostRoom) -> None:
    post.work(FIRST)
    with post.runtime.database.reading() as session:
        one = session.exec(select(SeriesAsked)).first()
        assert one is not None
        employee = session.get_one(Employee, one.employee_id)
        (told,) = held.held(session, employee.email)["people"]
        assert told["asked_by_series"] == [{"series": "Pulse {date}", "on": "2027-03-02"}]
        who = employee.email
    with post.runtime.database.writing() as session:
        erasing.erase(session, post.runtime.keyring, who, "aminah")
    with post.runtime.database.reading() as session:
        left = session.exec(select(SeriesAsked.employee_id)).all()
    assert one.employee_id not in left
    assert len(left) == 15
