"""Series: each occurrence opens exactly once, whoever looks and whatever the clock does."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from app.campaigns import rounds, series
from app.campaigns.audience import AudienceRefused
from app.campaigns.models import Series, SurveyRound
from app.campaigns.pulsing import Pulsing
from app.campaigns.rhythm import Pulse, Rhythm
from app.campaigns.rounds import Phase, RoundPlan, RoundRefused
from app.campaigns.series import (
    SERIES,
    Became,
    Told,
    UnknownSeries,
)
from app.campaigns.series_plan import Late, SeriesPlan, SeriesRefused
from app.kit import jobs, leasing
from app.kit.jobs import Kind, Lease, State
from app.people.models import Employee
from app.responses import submission
from app.results import release
from app.surveys.library import UnknownSurvey
from tests import cast
from tests.campaigns.post_room import PostRoom

ZONE = ZoneInfo("Asia/Kuala_Lumpur")
NEW_YORK = ZoneInfo("America/New_York")
# A Tuesday; the clocks of Kuala Lumpur never change.
FIRST = datetime(2027, 3, 2, 10, tzinfo=ZONE).astimezone(UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
TEN_PEOPLE = (cast.HR, cast.LOGISTICS)


class Office:
    """HR with a series, and the post room that works for it."""

    def __init__(self, post: PostRoom) -> None:
        self.post = post
        self.runtime = post.runtime
        self.database = post.runtime.database

    def add(self, **given: Any) -> str:
        plan = {
            "survey": "team_pulse",
            "name": "Pulse {date}",
            "rhythm": Rhythm.WEEKLY,
            "first": FIRST,
            "zone": ZONE,
            "min_group": 4,
            "departments": TEN_PEOPLE,
            **given,
        }
        with self.database.writing() as session:
            return series.add(session, SeriesPlan(**plan), "aminah", 4).id

    def told(self) -> Told:
        with self.database.reading() as session:
            (one,) = series.listed(session)
            return one

    def became(self) -> list[tuple[date, str]]:
        """What became of each occurrence, the oldest first."""
        runs = reversed(self.told().runs)
        return [(one.occurrence_at.astimezone(ZONE).date(), one.outcome) for one in runs]

    def rounds(self) -> list[SurveyRound]:
        with self.database.reading() as session:
            return list(reversed(rounds.listed(session)))

    def act(self, what: Callable[[Session, str, str], object], series_id: str) -> None:
        with self.database.writing() as session:
            what(session, series_id, "aminah")

    def handler(self, launch: Callable[..., SurveyRound] | None = None) -> Pulsing:
        return Pulsing(self.database, launch or self.launch)

    def launch(self, session: Session, plan: RoundPlan, actor: str) -> SurveyRound:
        return submission.launch(session, self.runtime.keyring, plan, actor, 4)

    def claimed(self, owner: str = "worker") -> list[Lease]:
        with self.database.engine.begin() as connection:
            return leasing.claim(connection, {SERIES: Kind(lambda _: [])}, owner)

    def audited(self, action: str) -> int:
        return self.post.count("audit_entry", f"action = '{action}'")


@pytest.fixture
def office(company: Any, tmp_path: Path) -> Iterator[Office]:
    with time_machine.travel(FIRST - DAY, tick=False) as clock:
        yield Office(PostRoom(company, clock, tmp_path / "mail"))


def test_a_pulse_opens_invites_reminds_closes_and_releases_by_itself(office: Office) -> None:
    office.add()
    assert office.post.work() == []
    assert len(office.post.work(FIRST)) == 10
    (row,) = office.rounds()
    assert row.name == "Pulse 2027-03-02"
    assert row.closes_at == FIRST + 5 * DAY
    for one in cast.members(cast.LOGISTICS)[:5]:
        office.post.answer(row, one.email)
    reminded = office.post.work(FIRST + 3 * DAY)
    assert 0 < len(reminded) <= 10
    office.post.work(FIRST + 5 * DAY)
    with office.database.reading() as session:
        assert release.phase(session, row) is Phase.RELEASED
    office.post.work(FIRST + WEEK)
    assert [one.name for one in office.rounds()] == ["Pulse 2027-03-02", "Pulse 2027-03-09"]
    assert office.audited("series.opened") == 2


def test_held_rounds_wait_for_hr(office: Office) -> None:
    office.add(auto_release=False, open_days=1)
    office.post.work(FIRST)
    office.post.work(FIRST + DAY)
    with office.database.reading() as session:
        assert release.phase(session, office.rounds()[0]) is Phase.READY


def test_each_round_asks_who_is_there_then(office: Office) -> None:
    office.add()
    office.post.work(FIRST)
    with office.database.writing() as session:
        person = session.exec(select(Employee).where(Employee.email == cast.FARID)).one()
        person.deactivated_at = FIRST
    office.post.work(FIRST + WEEK)
    first, second = (
        office.post.count("invitation", f"round_id = '{one.id}'") for one in office.rounds()
    )
    assert second == first - 1


def test_two_handlers_at_once_open_one_round(office: Office) -> None:
    office.add()
    office.post.clock.move_to(FIRST)
    leases = office.claimed()
    assert office.claimed("another") == []
    together = threading.Barrier(2)

    def work() -> None:
        together.wait()
        # Where one had to wait too long for the other, its job is tried again.
        with suppress(Exception):
            list(office.handler()(leases))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(office.rounds()) == 1
    assert office.became() == [(date(2027, 3, 2), Became.OPENED)]


def test_two_workers_over_many_weeks_open_each_round_once(office: Office) -> None:
    office.add()
    for week in range(4):
        office.post.clock.move_to(FIRST + week * WEEK)
        both = [threading.Thread(target=office.post.work) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        office.post.work()
    assert office.became() == [(date(2027, 3, day), Became.OPENED) for day in (2, 9, 16, 23)]
    assert len({one.launch_key for one in office.rounds()}) == 4


@pytest.mark.parametrize("late", list(Late))
def test_a_clock_that_jumps_over_several_runs_late_once_or_not_at_all(
    office: Office, late: Late
) -> None:
    office.add(late=late)
    office.post.work(FIRST + 2 * WEEK + DAY)
    newest = Became.OPENED if late is Late.ONCE else Became.MISSED
    assert office.became() == [
        (date(2027, 3, 2), Became.MISSED),
        (date(2027, 3, 9), Became.MISSED),
        (date(2027, 3, 16), newest),
    ]
    assert len(office.rounds()) == (late is Late.ONCE)
    office.post.work(FIRST + 3 * WEEK)
    assert office.became()[-1] == (date(2027, 3, 23), Became.OPENED)


def test_a_late_round_closes_before_the_next_and_is_left_out_just_before_it(
    office: Office,
) -> None:
    office.add()
    office.post.work(FIRST + 4 * DAY)
    assert office.rounds()[0].closes_at == FIRST + WEEK
    office.post.work(FIRST + 2 * WEEK - timedelta(hours=3))
    assert office.became()[-1] == (date(2027, 3, 9), Became.MISSED)


def test_a_clock_put_back_opens_nothing_again(office: Office) -> None:
    office.add()
    office.post.work(FIRST + WEEK)
    before = [one.id for one in office.rounds()]
    for moment in (FIRST - DAY, FIRST, FIRST + DAY, FIRST + WEEK, FIRST + WEEK + DAY):
        office.post.work(moment)
    assert [one.id for one in office.rounds()] == before
    office.post.work(FIRST + 2 * WEEK)
    assert len(office.rounds()) == len(before) + 1


def test_a_clock_put_back_while_a_worker_holds_the_job_loses_nothing(office: Office) -> None:
    office.add()
    office.post.clock.move_to(FIRST)
    leases = office.claimed()
    office.post.clock.move_to(FIRST - DAY)
    (outcome,) = office.handler()(leases)
    assert (outcome.state, outcome.due_at) == (State.WAITING, FIRST)
    office.runtime.writer.call_all(leasing.finish, [outcome])
    office.post.work(FIRST)
    assert office.became() == [(date(2027, 3, 2), Became.OPENED)]


def test_a_worker_killed_before_the_end_leaves_nothing_and_another_does_it_once(
    office: Office,
) -> None:
    office.add()
    office.post.clock.move_to(FIRST)
    leases = office.claimed()

    def die(*given: Any) -> SurveyRound:
        office.launch(*given)
        raise SystemExit

    with pytest.raises(SystemExit):
        list(office.handler(die)(leases))
    assert office.rounds() == []
    office.post.work()
    assert office.rounds() == [], "its lease has not run out"
    office.post.work(FIRST + timedelta(minutes=3))
    assert office.became() == [(date(2027, 3, 2), Became.OPENED)]


def test_a_worker_killed_after_the_end_leaves_a_job_that_finds_it_done(office: Office) -> None:
    office.add()
    office.post.clock.move_to(FIRST)
    list(office.handler()(office.claimed()))
    office.post.work(FIRST + timedelta(hours=1))
    assert len(office.rounds()) == 1
    assert office.post.count("job", "kind = 'series' AND state = 'done'") == 1


def test_paused_it_opens_nothing_and_resumed_it_goes_on_with_the_next(office: Office) -> None:
    series_id = office.add()
    office.act(series.pause, series_id)
    with pytest.raises(SeriesRefused, match="paused already"):
        office.act(series.pause, series_id)
    office.post.work(FIRST + DAY)
    assert office.rounds() == []
    office.act(series.resume, series_id)
    with pytest.raises(SeriesRefused, match="not paused"):
        office.act(series.resume, series_id)
    office.post.work()
    assert office.rounds() == [], "what fell into the pause is not made up for"
    office.post.work(FIRST + WEEK)
    assert office.became() == [(date(2027, 3, 9), Became.OPENED)]
    assert [office.audited(f"series.{act}") for act in ("added", "paused", "resumed")] == [1, 1, 1]


def test_paused_and_resumed_before_its_time_it_loses_none(office: Office) -> None:
    series_id = office.add()
    office.act(series.pause, series_id)
    office.act(series.resume, series_id)
    office.post.work(FIRST)
    assert len(office.rounds()) == 1


def test_paused_while_a_worker_holds_the_job_it_opens_nothing(office: Office) -> None:
    series_id = office.add()
    office.post.clock.move_to(FIRST)
    leases = office.claimed()
    office.act(series.pause, series_id)
    assert [one.state for one in office.handler()(leases)] == [State.CANCELLED]
    assert office.rounds() == []


def test_removed_its_rounds_stay_and_no_further_one_opens(office: Office) -> None:
    series_id = office.add()
    office.post.work(FIRST)
    office.act(series.remove, series_id)
    office.post.work(FIRST + WEEK)
    assert len(office.rounds()) == 1
    assert office.audited("series.removed") == 1
    with pytest.raises(UnknownSeries):
        office.act(series.pause, series_id)


def test_a_round_that_cannot_open_says_why_and_the_series_goes_on(office: Office) -> None:
    series_id = office.add()
    with office.database.writing() as session:
        session.get_one(Series, series_id).departments = '["Nowhere"]'
    office.post.work(FIRST)
    (run,) = office.told().runs
    assert run.outcome == Became.REFUSED
    assert run.problem is not None
    assert "there is no department Nowhere" in run.problem
    with office.database.writing() as session:
        session.get_one(Series, series_id).survey_key = "gone"
    office.post.work(FIRST + WEEK)
    assert 'There is no survey "gone"' in str(office.told().runs[0].problem)
    with office.database.writing() as session:
        row = session.get_one(Series, series_id)
        row.departments, row.survey_key = "[]", "team_pulse"
    office.post.work(FIRST + 2 * WEEK)
    assert [outcome for _, outcome in office.became()] == ["refused", "refused", "opened"]


def test_what_was_given_up_is_taken_up_by_the_next_start(office: Office) -> None:
    office.add()
    with office.database.writing() as session:
        job = office.told().job
        assert job is not None
        job = session.get_one(jobs.Job, (job.part, job.kind, job.key))
        job.state = State.FAILED.value
    office.post.work(FIRST)
    assert len(office.rounds()) == 1


REFUSED: tuple[tuple[dict[str, Any], type[Exception], str], ...] = (
    ({"open_days": 8}, SeriesRefused, "open_days: choose a number from 1 to 7"),
    ({"open_days": 0}, SeriesRefused, "open_days: choose a number from 1 to 7"),
    ({"first": FIRST - 2 * DAY}, SeriesRefused, "first: .* not past"),
    ({"first": FIRST + 800 * DAY}, SeriesRefused, "first: .* two years"),
    ({"share": 0}, SeriesRefused, "share: choose a number from 1 to 100"),
    ({"rest_weeks": 53}, SeriesRefused, "rest_weeks: choose a number from 0 to 52"),
    # Four occurrences fall within four weeks.
    ({"share": 26, "rest_weeks": 4}, SeriesRefused, "share: with 4 weeks of rest at most 25 per"),
    ({"name": " "}, RoundRefused, "name: "),
    ({"mode": "open"}, RoundRefused, "mode: "),
    ({"min_group": 3}, RoundRefused, "min_group: at least 4"),
    ({"departments": ("Nowhere",)}, AudienceRefused, "no department Nowhere"),
    ({"survey": "nothing"}, UnknownSurvey, "no survey"),
)


def test_what_could_never_open_is_refused_when_it_is_made(office: Office) -> None:
    for given_, refusal, said in REFUSED:
        with pytest.raises(refusal, match=said):
            office.add(**given_)
    assert office.post.count("series") == office.post.count("job", "kind = 'series'") == 0


def test_a_name_says_which_one_it_is(office: Office) -> None:
    office.add(name="Pulse {number} of {month}")
    for week in range(2):
        office.post.work(FIRST + week * WEEK)
    assert [one.name for one in office.rounds()] == ["Pulse 1 of 2027-03", "Pulse 2 of 2027-03"]


class TestCalendar:
    """The occurrences themselves."""

    def test_nine_stays_nine_when_the_clocks_change(self) -> None:
        pulse = Pulse(Rhythm.WEEKLY, date(2027, 3, 8), time(9), NEW_YORK)
        assert [one.hour for one in _first(pulse, 2)] == [14, 13]

    def test_a_time_the_clocks_leave_out_is_an_hour_later_that_day(self) -> None:
        # On 14 March 2027 two o'clock is followed by three.
        pulse = Pulse(Rhythm.WEEKLY, date(2027, 3, 7), time(2, 30), NEW_YORK)
        local = [one.astimezone(NEW_YORK) for one in _first(pulse, 3)]
        assert [(one.day, one.hour) for one in local] == [(7, 2), (14, 3), (21, 2)]

    def test_a_time_there_is_twice_is_its_first(self) -> None:
        pulse = Pulse(Rhythm.WEEKLY, date(2027, 11, 7), time(1, 30), NEW_YORK)
        (first,) = _first(pulse, 1)
        assert first == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
        assert pulse.after(first + timedelta(hours=1)).day == 14

    def test_the_31st_is_the_last_day_of_a_shorter_month(self) -> None:
        pulse = Pulse(Rhythm.MONTHLY, date(2027, 12, 31), time(9), ZONE)
        days = [one.astimezone(ZONE).date() for one in _first(pulse, 4)]
        assert days == [date(2027, 12, 31), *(date(2028, *d) for d in ((1, 31), (2, 29), (3, 31)))]

    def test_a_quarter_is_three_months(self) -> None:
        pulse = Pulse(Rhythm.QUARTERLY, date(2027, 11, 30), time(9), ZONE)
        days = [one.astimezone(ZONE).date() for one in _first(pulse, 3)]
        assert days == [date(2027, 11, 30), date(2028, 2, 29), date(2028, 5, 30)]

    @given(
        st.sampled_from(list(Rhythm)),
        st.dates(date(2024, 1, 1), date(2030, 1, 1)),
        st.times(),
        st.sampled_from([ZONE, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]),
        st.builds(
            datetime.combine, st.dates(date(2023, 1, 1), date(2035, 1, 1)), st.times(), st.just(UTC)
        ),
    )
    def test_after_any_moment_comes_the_very_next_occurrence(
        self, rhythm: Rhythm, first_on: date, at: time, zone: ZoneInfo, moment: datetime
    ) -> None:
        pulse = Pulse(rhythm, first_on, at, zone)
        number = pulse.number_after(moment)
        assert pulse.occurrence(number) > moment
        assert number == 0 or pulse.occurrence(number - 1) <= moment
        assert pulse.due(pulse.occurrence(0), moment) == _first(pulse, number)


def _first(pulse: Pulse, many: int) -> Sequence[datetime]:
    return [pulse.occurrence(number) for number in range(many)]
