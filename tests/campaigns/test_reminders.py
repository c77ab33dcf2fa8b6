"""Reminders: to those who have not answered, each wave once, never too late and never too often."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import text

from app.campaigns import erasing, held, reminders, rounds, stopping
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.reminders import Wave
from app.campaigns.rounds import RoundPlan, RoundRefused
from app.campaigns.timing import HALF_WAY, LAST_DAY, Hours, Reminding
from app.campaigns.waves import REMINDERS
from app.kit import jobs, leasing
from app.kit.jobs import State
from app.kit.runtime import Runtime
from app.responses import submission
from app.results import release
from app.surveys import library
from tests import cast
from tests.campaigns.post_room import PostRoom, to
from tests.people.files import csv, imported

ZONE = ZoneInfo("Asia/Kuala_Lumpur")
OPENS = datetime(2027, 3, 2, 10, tzinfo=ZONE).astimezone(UTC)
HALF = datetime(2027, 3, 9, 14, tzinfo=ZONE).astimezone(UTC)
LAST = datetime(2027, 3, 16, 9, tzinfo=ZONE).astimezone(UTC)
CLOSES = datetime(2027, 3, 16, 18, tzinfo=ZONE).astimezone(UTC)
# Ten people, Aminah and Farid among them.
ASKED = (cast.HR, cast.LOGISTICS)
SECOND = timedelta(seconds=1)
Planned = Callable[..., RoundPlan]


class Round:
    """A round of two weeks with both reminders, and the post room that works for it."""

    def __init__(self, post: PostRoom, row: SurveyRound) -> None:
        self.post, self.row = post, row
        self.database = post.runtime.database

    def waves(self) -> dict[str, Wave]:
        with self.database.reading() as session:
            return {one.name: one for one in reminders.waves(session, self.row.id)}

    def remind(self) -> int:
        with self.database.writing() as session:
            return reminders.remind(session, self.row.id, "aminah", submission.unanswered)

    def switch(self, wave: str, *, on: bool) -> None:
        with self.database.writing() as session:
            reminders.switch(session, self.row.id, wave, "aminah", on=on)

    def extend(self, until: datetime) -> None:
        with self.database.writing() as session:
            rounds.extend(session, self.row.id, until, "aminah")

    def close(self) -> None:
        with self.database.writing() as session:
            rounds.close(session, self.row.id, "aminah")

    def stop(self, address: str) -> Invitation:
        with self.database.writing() as session:
            token = address.rpartition(stopping.PATH)[2]
            return stopping.stop(session, self.post.runtime.keyring, token)


@pytest.fixture
def post(company: Runtime, tmp_path: Path) -> Iterator[PostRoom]:
    with time_machine.travel(OPENS, tick=False) as clock:
        yield PostRoom(company, clock, tmp_path / "mail")


@pytest.fixture
def opened(post: PostRoom, planned: Planned) -> Callable[..., Round]:
    def open_(**given: object) -> Round:
        plan = planned(
            *ASKED,
            survey=library.template("team_pulse"),
            **{
                "opens_at": OPENS,
                "closes_at": CLOSES,
                "reminding": Reminding(Hours(ZONE)),
                **given,
            },
        )
        with post.runtime.database.writing() as session:
            row = submission.launch(session, post.runtime.keyring, plan, "aminah", 4)
        assert len(post.work()) == 10
        return Round(post, row)

    return open_


def test_who_has_answered_is_left_alone_and_the_others_are_asked_twice(
    opened: Callable[..., Round],
) -> None:
    round_ = opened()
    post = round_.post
    assert post.work(HALF - SECOND) == []
    post.answer(round_.row, cast.AMINAH)
    half = post.work(HALF)
    assert len(half) == 9
    assert cast.AMINAH not in to(half)
    assert all(
        "Reminder" in str(mail["subject"]) or "Peringatan" in str(mail["subject"]) for mail in half
    )
    post.answer(round_.row, cast.FARID)
    last = post.work(LAST)
    assert to(half) - to(last) == {cast.FARID}
    assert post.work(CLOSES - SECOND) == []
    assert [one.sent for one in round_.waves().values()] == [9, 8]


def test_somebody_who_answers_while_reminders_wait_is_not_reminded(
    opened: Callable[..., Round],
) -> None:
    round_ = opened()
    post = round_.post
    post.clock.move_to(HALF)
    handler = reminders.Reminding(round_.database, submission.unanswered)
    assert [one.state for one in handler(_claimed(round_, REMINDERS))] == [State.DONE]
    assert post.count("job", "kind = 'remind'") == 10
    post.answer(round_.row, cast.AMINAH)
    lines = cast.people_file().decode("utf-8-sig").splitlines()
    imported(
        round_.database,
        csv(*[line for line in lines if cast.FARID not in line]),
        full=True,
        deactivate=1,
    )
    sent = to(post.work())
    assert len(sent) == 8
    assert not sent & {cast.AMINAH, cast.FARID}


def test_a_round_closed_while_reminders_wait_sends_none(opened: Callable[..., Round]) -> None:
    round_ = opened()
    round_.post.clock.move_to(HALF)
    round_.remind()
    round_.close()
    assert not [
        mail for mail in round_.post.work() if "contoh" in str(mail["to"]) and mail["list-id"]
    ]
    assert {one.state for one in round_.waves().values() if one.name != "by-hand-1"} == {
        State.CANCELLED
    }


def test_a_wave_done_twice_after_a_crash_asks_nobody_twice(opened: Callable[..., Round]) -> None:
    round_ = opened()
    post = round_.post
    assert len(post.work(HALF)) == 10
    with round_.database.writing() as session:
        # As if the process had died before the wave was recorded as done.
        session.connection().execute(
            text("UPDATE job SET state = 'waiting' WHERE kind = 'reminders' AND key = 'half-way'")
        )
    assert post.work() == []
    assert round_.waves()[HALF_WAY].sent == 10


def test_reminders_that_could_not_go_for_days_go_late_and_a_day_apart(
    opened: Callable[..., Round],
) -> None:
    round_ = opened()
    post = round_.post
    # The machine was off until the last day.
    assert len(post.work(LAST + timedelta(hours=1))) == 10
    assert post.work(CLOSES - SECOND) == []
    assert sorted(one.state for one in round_.waves().values()) == [State.CANCELLED, State.DONE]


def test_the_moment_that_passes_while_a_wave_is_looked_at_puts_it_off_no_further(
    opened: Callable[..., Round],
) -> None:
    round_ = opened()
    with time_machine.travel(HALF + timedelta(hours=1), tick=True):
        assert len(round_.post.work()) == 10
    with round_.database.reading() as session:
        job = session.get_one(jobs.Job, (round_.row.id, REMINDERS, HALF_WAY))
        assert job.attempts == 1


def test_a_wave_that_falls_due_by_night_waits_for_the_morning(opened: Callable[..., Round]) -> None:
    round_ = opened()
    night = datetime(2027, 3, 9, 23, tzinfo=ZONE).astimezone(UTC)
    assert round_.post.work(night) == []
    assert len(round_.post.work(night + timedelta(hours=9, minutes=59))) == 0
    assert len(round_.post.work(night + timedelta(hours=10))) == 10


def test_by_hand_once_a_day_and_the_planned_one_then_waits(opened: Callable[..., Round]) -> None:
    round_ = opened()
    post = round_.post
    post.clock.move_to(HALF - timedelta(hours=2))
    assert round_.remind() == 10
    with pytest.raises(RoundRefused, match="once a day"):
        round_.remind()
    assert len(post.work()) == 10
    assert post.work(HALF + timedelta(hours=1)) == [], "within a day of the one by hand"
    assert len(post.work(HALF + timedelta(hours=22))) == 10
    assert round_.waves()["by-hand-1"].sent == 10


def test_hr_switches_one_off_and_on_again(opened: Callable[..., Round]) -> None:
    round_ = opened()
    round_.switch(HALF_WAY, on=False)
    assert round_.waves()[HALF_WAY].off
    round_.extend(CLOSES + timedelta(days=2))
    assert round_.waves()[HALF_WAY].off, "a later end does not switch it on"
    round_.switch(HALF_WAY, on=True)
    round_.switch(LAST_DAY, on=False)
    for wave in (HALF_WAY, "other"):
        with pytest.raises(RoundRefused):
            round_.switch(wave, on=True)
    assert len(round_.post.work(HALF + timedelta(days=1))) == 10
    assert round_.post.work(CLOSES) == []


def test_a_later_end_moves_what_has_not_gone(opened: Callable[..., Round]) -> None:
    round_ = opened()
    assert len(round_.post.work(HALF)) == 10
    round_.extend(CLOSES + timedelta(days=7))
    waves = round_.waves()
    assert waves[HALF_WAY].state is State.DONE
    assert waves[LAST_DAY].due_at == LAST + timedelta(days=7)
    round_.post.clock.move_to(HALF + SECOND)
    round_.close()
    assert round_.waves()[LAST_DAY].state is State.CANCELLED
    round_.extend(CLOSES + timedelta(days=7))
    assert round_.waves()[LAST_DAY].state is State.WAITING
    assert len(round_.post.work(LAST + timedelta(days=7))) == 10


def test_a_round_that_is_void_reminds_nobody(opened: Callable[..., Round]) -> None:
    round_ = opened()
    with round_.database.writing() as session:
        submission.void(session, round_.row.id, "aminah")
    sent = round_.post.work(HALF)
    assert len(sent) == 10, "they are told that it was called off"
    assert not [mail for mail in sent if mail["list-unsubscribe"]]
    with pytest.raises(RoundRefused):
        round_.remind()


def test_a_reminder_can_be_stopped_without_an_account(opened: Callable[..., Round]) -> None:
    round_ = opened()
    post = round_.post
    mails = {str(mail["to"]): mail for mail in post.work(HALF)}
    mail = mails[cast.AMINAH]
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["list-id"] == "<survey.127.0.0.1>"
    assert len({str(one["list-unsubscribe"]) for one in mails.values()}) == 10
    address = str(mail["list-unsubscribe"]).strip("<>")
    with pytest.raises(stopping.UnknownStop):
        round_.stop(address[:-1] + ("x" if address[-1] != "x" else "y"))
    with pytest.raises(stopping.UnknownStop):
        round_.stop(address[:-1])
    assert round_.stop(address).stopped
    round_.stop(address)
    assert post.count("audit_entry", "action = 'round.mail_stopped'") == 1
    assert to(mails.values()) - to(post.work(LAST)) == {cast.AMINAH}  # type: ignore[arg-type]
    with round_.database.writing() as session:
        submission.void(session, round_.row.id, "aminah")
    assert cast.AMINAH not in to(post.work()), "also not that it was called off"


def test_an_invitation_cannot_be_stopped(post: PostRoom, planned: Planned) -> None:
    plan = planned(*ASKED, survey=library.template("team_pulse"), opens_at=OPENS, closes_at=CLOSES)
    with post.runtime.database.writing() as session:
        submission.launch(session, post.runtime.keyring, plan, "aminah", 4)
    mails = post.work()
    assert {mail["list-unsubscribe"] for mail in mails} == {None}
    assert {mail["list-id"] for mail in mails} == {"<survey.127.0.0.1>"}


def test_in_anonymous_mode_everybody_is_reminded_and_told_so(opened: Callable[..., Round]) -> None:
    round_ = opened(mode="anonymous")
    sent = round_.post.work(HALF)
    assert len(sent) == 10
    for mail in sent:
        text_ = str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        assert "/s/" not in text_
        assert "goes to everybody" in text_ or "kepada semua orang" in text_


def test_after_the_release_nothing_says_who_was_reminded(opened: Callable[..., Round]) -> None:
    round_ = opened()
    post = round_.post
    for one in cast.members(cast.LOGISTICS)[:3]:
        post.answer(round_.row, one.email)
    post.work(HALF)
    assert post.count("job", "kind = 'remind'") == 7
    with round_.database.reading() as session:
        told = held.held(session, cast.AMINAH)
    assert "remind" not in str(told), "who was reminded had not answered"
    round_.close()
    with round_.database.writing() as session:
        release.release(session, post.runtime.keyring, ZONE, round_.row.id, "aminah")
    assert post.count("job", "kind = 'remind'") == 0


def test_who_is_erased_leaves_no_reminder_behind(opened: Callable[..., Round]) -> None:
    round_ = opened()
    round_.post.work(HALF)
    with round_.database.writing() as session:
        erasing.erase(session, round_.post.runtime.keyring, cast.FARID, "aminah")
    assert round_.post.count("job", "kind = 'remind'") == 9


def _claimed(round_: Round, kind: str) -> list[jobs.Lease]:
    with round_.database.engine.begin() as connection:
        return leasing.claim(connection, {kind: jobs.Kind(lambda _: [])}, "worker")
