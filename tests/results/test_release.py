"""From sealed ballots to the release: counted right, frozen once, and nothing left behind."""

import asyncio
import json
import random
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func
from sqlmodel import select

from app.audit.models import AuditEntry
from app.campaigns import rounds
from app.campaigns.invitations import RoundClosed
from app.campaigns.models import Invitation
from app.campaigns.rounds import Phase, RoundRefused, UnknownRound
from app.kit.clock import now
from app.kit.jobs import Job, Lease, State
from app.responses.models import BallotKey, Block, Box, Spent, Tray
from app.responses.submission import Submission, Submissions
from app.results import closing, participation, release, serial, tally
from app.results.models import Release
from tests.results.company import Company, random_company, survey_of
from tests.results.rounds import ELSEWHERE, answered, closed, launched, links, staffed
from tests.results.rounds import HR as HR_ADDRESS

PEOPLE = {"Sales": 2, "Sales/Inside": 70, "Sales/Field": 9, "Marketing": 8, "Legal": 3, "Ops": 7}
SURVEY = survey_of()


def ballots_of(people: int, chance: random.Random, comments: int = 0) -> list:
    cast = []
    for n in range(people):
        codes = [chance.choice([0, 1, 2, 3, 4, 4, 254, 255]) for _ in range(3)]
        text = {"why": f"Because {n} of {people}."} if n < comments else {}
        cast.append((bytes([*codes, chance.choice([0, 1, 2, 255])]), text))
    return cast


def company_of(cast: dict) -> Company:
    """The same ballots, counted without ever having been sealed."""
    company = Company(SURVEY)
    for path, people in PEOPLE.items():
        company.add(path, people, [codes for codes, _ in cast[path]])
    return company


@pytest.fixture
def cast():
    chance = random.Random(5)
    return {path: ballots_of(people, chance, comments=4) for path, people in PEOPLE.items()}


@pytest.fixture
def round_id(runtime, cast):
    staffed(runtime, PEOPLE)
    one = launched(runtime, SURVEY)
    answered(runtime, one, cast)
    return one


def released(runtime, round_id, actor="aminah"):
    with runtime.database.writing() as session:
        return release.release(session, runtime.keyring, runtime.settings.zone, round_id, actor)


def rows(runtime, *tables):
    with runtime.database.reading() as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def jobs_of(runtime, kind):
    with runtime.database.reading() as session:
        return list(session.exec(select(Job).where(Job.kind == kind)))


class TestCounting:
    def test_sealed_ballots_count_as_they_were_cast(self, runtime, round_id, cast):
        expected = company_of(cast).tally()
        with runtime.database.writing() as session:
            counted = tally.tally(session, runtime.keyring, round_id, SURVEY)
            paths = {node.id: node.path for node in rounds.tree_of(session, round_id)}
        leaves = {paths[one]: counters for one, counters in counted.leaves.items()}
        assert leaves == {path: expected.leaves[f"id {path}"] for path in PEOPLE}
        written = sorted((paths[one], text) for one, text in counted.comments["why"])
        assert written == sorted(
            (path, texts["why"]) for path, some in cast.items() for _, texts in some if texts
        )

    def test_a_round_nobody_answered_counts_nothing(self, runtime):
        staffed(runtime, {"Sales": 6})
        one = launched(runtime, SURVEY)
        closed(runtime, one)
        content = json.loads(released(runtime, one).document)
        protected = {"disclosed": False, "reason": "protected"}
        assert content["groups"] == [{"department": path, **protected} for path in ("", "Sales")]
        assert content["comments"] == []

    def test_the_release_is_that_of_the_ballots_and_nothing_else(self, runtime, round_id, cast):
        closed(runtime, round_id)
        content = json.loads(released(runtime, round_id).document)
        expected = company_of(cast).release()

        def bare(groups):
            return {one["department"]: one for one in groups}

        assert bare(content["groups"]) == bare(expected["groups"])


class TestReleasing:
    def test_an_open_round_is_not_released(self, runtime, round_id):
        with pytest.raises(RoundRefused, match="close it first"):
            released(runtime, round_id)

    def test_a_voided_round_is_not_released(self, runtime, round_id):
        with runtime.database.writing() as session:
            rounds.void(session, round_id, "test")
        with pytest.raises(RoundRefused, match="voided"):
            released(runtime, round_id)

    def test_a_round_of_another_name_is_unknown(self, runtime):
        with pytest.raises(UnknownRound):
            released(runtime, "zzzzzz")

    def test_there_is_one_release_however_often_it_is_asked_for(self, runtime, round_id):
        closed(runtime, round_id)
        first, again = released(runtime, round_id), released(runtime, round_id, "badrul")
        assert (again.document, again.hash, again.by) == (first.document, first.hash, "aminah")
        assert first.hash == serial.hash_of(first.document)
        with runtime.database.reading() as session:
            entries = session.exec(
                select(AuditEntry).where(AuditEntry.action == "round.released")
            ).all()
        assert [(one.actor, one.subject) for one in entries] == [("aminah", round_id)]

    def test_the_audit_it_passed_is_kept_beside_it(self, runtime, round_id):
        with runtime.database.reading() as session, pytest.raises(release.NotReleased):
            release.audit_of(session, round_id)
        closed(runtime, round_id)
        stored = released(runtime, round_id)
        with runtime.database.reading() as session:
            report = release.audit_of(session, round_id)
        assert report["release"] == stored.hash
        assert report["bounds"] > 0
        assert (report["leaks_left"], report["min_group"]) == (0, 5)

    def test_it_destroys_the_ballots_their_key_and_the_links(self, runtime, round_id):
        closed(runtime, round_id)
        assert all(rows(runtime, Tray, Box, Spent, BallotKey))
        released(runtime, round_id)
        release.sweep(runtime.database)
        assert not any(rows(runtime, Tray, Block, Box, Spent, BallotKey))
        with runtime.database.reading() as session:
            assert set(session.exec(select(Invitation.token_hash))) <= {None}
            assert release.answered(session, round_id) == sum(PEOPLE.values())

    @pytest.mark.parametrize("where", ["submission.discard", "jobs.enqueue_all", "audit.record"])
    def test_a_failure_in_the_middle_destroys_and_stores_nothing(
        self, runtime, round_id, monkeypatch, where
    ):
        closed(runtime, round_id)
        before = rows(runtime, Tray, Block, Box, Spent, BallotKey, Release, AuditEntry)
        module, _, name = where.partition(".")

        def fail(*_args, **_given):
            raise OSError("the disk is full")

        with monkeypatch.context() as broken:
            broken.setattr(getattr(release, module), name, fail)
            with pytest.raises(OSError, match="full"):
                released(runtime, round_id)
        assert rows(runtime, Tray, Block, Box, Spent, BallotKey, Release, AuditEntry) == before
        released(runtime, round_id)
        assert rows(runtime, Release, BallotKey) == [1, 0]

    def test_a_late_answer_is_refused(self, runtime, round_id, cast):
        late = links(runtime, round_id)["Legal"][0]
        closed(runtime, round_id)
        submissions = Submissions(runtime.writer, runtime.keyring)
        one = Submission(late, cast["Legal"][0][0], {}, "late")
        for _ in range(2):
            with pytest.raises(RoundClosed):
                asyncio.run(submissions.submit(one))
            released(runtime, round_id)

    def test_the_managers_concerned_are_told_once(self, runtime, round_id):
        closed(runtime, round_id)
        released(runtime, round_id)
        released(runtime, round_id)
        (told,) = jobs_of(runtime, release.RELEASED)
        assert (told.part, told.state) == (round_id, State.WAITING)
        assert told.key != ELSEWHERE

    def test_a_released_round_is_neither_extended_nor_voided(self, runtime, round_id):
        closed(runtime, round_id)
        released(runtime, round_id)
        with runtime.database.writing() as session:
            for act in (
                lambda: rounds.extend(session, round_id, now() + timedelta(days=30), "test"),
                lambda: rounds.void(session, round_id, "test"),
                lambda: rounds.close(session, round_id, "test"),
            ):
                with pytest.raises(RoundRefused, match="results"):
                    act()

    def test_reading_before_there_is_one_says_so(self, runtime, round_id):
        with runtime.database.reading() as session:
            with pytest.raises(release.NotReleased):
                release.read(session, round_id)
            with pytest.raises(UnknownRound):
                release.read(session, "zzzzzz")


class TestParticipation:
    def test_only_groups_of_enough_people_asked_are_shown(self, runtime, round_id):
        with runtime.database.reading() as session:
            groups = participation.so_far(session, round_id, 5)
        shown = {group.path: (group.invited, group.answered) for group in groups}
        # Legal is too small, so its smallest neighbour is left out as well; so with Sales.
        assert shown == {
            "": (99, 99),
            "Sales": (81, 81),
            "Sales/Inside": (70, 70),
            "Marketing": (8, 8),
            # Who is left over follows by subtraction, so it is said as well.
            "/*": (10, 10),
            "Sales/*": (11, 11),
        }

    def test_a_release_prints_no_group_whose_participation_was_not_shown(self, runtime, round_id):
        with runtime.database.reading() as session:
            shown = {group.path for group in participation.so_far(session, round_id, 5)}
        closed(runtime, round_id)
        groups = json.loads(released(runtime, round_id).document)["groups"]
        printed = {
            one["department"]
            for one in groups
            if one["disclosed"] and not one["department"].endswith("*")
        }
        assert printed <= shown

    def test_what_is_missing_for_a_result_is_counted_down_to_nothing(self, runtime):
        staffed(runtime, {"Sales": 9})
        one = launched(runtime, SURVEY)
        for count, missing in ((0, 5), (3, 2), (9, 0)):
            cast = ballots_of(count, random.Random(1))
            fresh = links(runtime, one)["Sales"]
            asyncio.run(_all(runtime, list(zip(fresh, cast, strict=False))))
            with runtime.database.reading() as session:
                groups = participation.so_far(session, one, 5)
            assert {group.missing for group in groups} == {missing}


async def _all(runtime, pairs):
    submissions = Submissions(runtime.writer, runtime.keyring)
    for token, (codes, comments) in pairs:
        await submissions.submit(Submission(token, codes, comments, token[-12:]))


class TestClosing:
    def handled(self, runtime, round_id):
        handler = closing.Closing(runtime.database, runtime.keyring, runtime.settings.zone)
        (outcome,) = handler([Lease(round_id, rounds.CLOSE, rounds.CLOSE, 1, "test", {})])
        return outcome

    def stands(self, runtime, round_id):
        with runtime.database.reading() as session:
            return release.phase(session, rounds.get(session, round_id))

    def test_at_its_date_hr_is_told_that_it_is_ready(self, runtime, round_id):
        with time_machine.travel(now() + timedelta(days=7, seconds=1)):
            assert self.handled(runtime, round_id).state is State.DONE
            assert self.stands(runtime, round_id) is Phase.READY
            self.handled(runtime, round_id)
        (told,) = jobs_of(runtime, closing.READY)
        with runtime.database.reading() as session:
            (hr,) = closing.accounts.with_role(session, closing.accounts.Role.HR)
        assert (told.key, hr.email) == (hr.id, HR_ADDRESS)
        assert rows(runtime, Release) == [0]

    def test_with_automatic_release_it_is_counted_at_once(self, runtime, cast):
        staffed(runtime, PEOPLE)
        one = launched(runtime, SURVEY, auto_release=True)
        answered(runtime, one, cast)
        with time_machine.travel(now() + timedelta(days=7, seconds=1)):
            assert self.handled(runtime, one).state is State.DONE
            assert self.stands(runtime, one) is Phase.RELEASED
            assert self.handled(runtime, one).state is State.DONE
        assert rows(runtime, Release, BallotKey) == [1, 0]
        assert jobs_of(runtime, closing.READY) == []

    def test_an_extended_round_is_put_back_to_its_new_date(self, runtime, round_id):
        until = now() + timedelta(days=9)
        with runtime.database.writing() as session:
            rounds.extend(session, round_id, until, "test")
        with time_machine.travel(now() + timedelta(days=7, seconds=1)):
            outcome = self.handled(runtime, round_id)
        assert (outcome.state, outcome.due_at) == (State.WAITING, until)
        assert rows(runtime, Release) == [0]

    def test_a_voided_round_is_left_alone(self, runtime, round_id):
        with runtime.database.writing() as session:
            rounds.void(session, round_id, "test")
        assert self.handled(runtime, round_id).state is State.DONE
        assert rows(runtime, Release) == [0]


def test_random_companies_count_alike_whatever_the_order_of_their_ballots():
    for seed in range(5):
        company = random_company(random.Random(seed), SURVEY)
        first = company.release()
        for some in company.ballots.values():
            random.Random(9).shuffle(some)
        assert company.release()["groups"] == first["groups"]
