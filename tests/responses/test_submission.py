"""Redeeming a link and casting its ballot are one act, whoever else does what meanwhile."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text
from sqlmodel import col, select

from app.campaigns import audience, invitations, rounds
from app.campaigns.invitations import NotOpenYet, RoundClosed, UnknownLink
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.rounds import RoundPlan
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.responses import ballot_box, submission
from app.responses.submission import Submission, Submissions
from app.results import release
from app.surveys import library
from app.surveys.coding import Layout
from tests import cast
from tests.people.files import imported

SURVEY = library.template("sales_marketing_alignment")
SIZE = Layout.of(SURVEY).size
Outcome = bool | Exception


@pytest.fixture
def company(runtime: Runtime) -> Runtime:
    imported(runtime.database, cast.people_file())
    return runtime


def launched(runtime: Runtime, **given: object) -> tuple[SurveyRound, list[str]]:
    """A round of 38 people and their tokens."""
    with runtime.database.writing() as session:
        people = audience.choose(session, SURVEY, ["Commercial"], {})
        closes_at = now() + timedelta(days=1)
        plan = RoundPlan(
            **{"survey": SURVEY, "name": "R", "audience": people, "closes_at": closes_at, **given}
        )  # type: ignore[arg-type]
        row = submission.launch(session, runtime.keyring, plan, "test", 4)
        ids = session.exec(select(Invitation.id).where(Invitation.round_id == row.id)).all()
        return row, [invitations.link_token(runtime.keyring, row, one) for one in ids]


def sent(token: str, code: int = 1, **comments: str) -> Submission:
    return Submission(token, bytes([code]) * SIZE, comments, f"key-of-{token}")


def store(runtime: Runtime, *submissions: Submission) -> Sequence[Outcome]:
    """All of them in one transaction, as the writer does with what waited together."""
    taking = Submissions(runtime.writer, runtime.keyring)
    with runtime.database.engine.begin() as connection:
        outcomes = taking._store(connection, submissions)
        return [one if isinstance(one, Exception) else one is not None for one in outcomes]


def cast_so_far(runtime: Runtime, round_id: str) -> int:
    with runtime.database.reading() as session:
        return sum(submission.answered(session, round_id).values())


def test_one_bad_link_does_not_fail_its_neighbours(company: Runtime) -> None:
    row, tokens = launched(company)
    later, early = launched(company, opens_at=now() + timedelta(hours=1))
    over, late = launched(company)
    with company.database.writing() as session:
        rounds.close(session, over.id, "test")
    strange = row.id + "x" * 22
    outcomes = store(
        company,
        *(sent(one) for one in (tokens[0], strange, early[0], late[0], tokens[1], tokens[0])),
    )
    kinds = [one if isinstance(one, bool) else type(one) for one in outcomes]
    assert kinds == [True, UnknownLink, NotOpenYet, RoundClosed, True, False]
    assert cast_so_far(company, row.id) == 2
    assert cast_so_far(company, later.id) == cast_so_far(company, over.id) == 0


def test_the_department_is_that_of_the_invitation(company: Runtime) -> None:
    row, tokens = launched(company)
    store(company, *(sent(token) for token in tokens))
    with company.database.reading() as session:
        names = {node.id: node.path for node in rounds.tree_of(session, row.id)}
        counts = {names[one]: n for one, n in submission.answered(session, row.id).items()}
    assert counts == {cast.SALES: 20, cast.MARKETING: 12, "Commercial": 6}


def test_a_ballot_is_stored_with_its_comments_or_not_at_all(company: Runtime) -> None:
    row, tokens = launched(company)

    def break_off() -> None:
        with company.database.engine.begin() as connection:
            taking = Submissions(company.writer, company.keyring)
            taking._store(connection, [sent(tokens[0], works_well="Bagus")])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert cast_so_far(company, row.id) == 0
    assert store(company, sent(tokens[0], works_well="Bagus")) == [True]
    with company.database.reading() as session:
        connection = session.connection()
        for stream, held in (("", 1), ("works_well", 1), ("one_change", 0)):
            boxes = ballot_box.open_boxes(connection, company.keyring, row.id, stream)
            assert sum(len(records) for _, records in boxes) == held


def test_nothing_that_is_stored_names_a_person_or_a_time(company: Runtime) -> None:
    _, tokens = launched(company)
    store(company, *(sent(token) for token in tokens[:3]))
    with company.database.reading() as session:
        connection = session.connection()
        people = set(session.exec(select(col(Invitation.employee_id))))
        for table in ("spent", "ballot_tray", "ballot_block", "ballot_box", "ballot_key"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).mappings().all()
            columns = set(rows[0]) if rows else set()
            assert not columns & {"employee_id", "at", "created_at", "updated_at", "time"}
            assert not [v for one in rows for v in one.values() if v in people]


def test_the_clock_inside_the_transaction_decides(company: Runtime) -> None:
    row, tokens = launched(company)
    with time_machine.travel(row.closes_at - timedelta(seconds=1), tick=False):
        assert store(company, sent(tokens[0])) == [True]
    with time_machine.travel(row.closes_at, tick=False):
        [outcome] = store(company, sent(tokens[1]))
        assert isinstance(outcome, RoundClosed)
    assert cast_so_far(company, row.id) == 1


def test_every_answer_accepted_while_it_closes_and_is_released_is_counted(
    company: Runtime,
) -> None:
    """Threads on both sides of the boundary: the accepted set is the counted set."""
    row, tokens = launched(company)
    at_once = threading.Barrier(9)
    taken: Counter[object] = Counter()

    def answer(mine: list[str]) -> None:
        at_once.wait()
        for token in mine:
            [outcome] = store(company, sent(token))
            taken[outcome if isinstance(outcome, bool) else type(outcome)] += 1

    def end() -> int:
        at_once.wait()
        while cast_so_far(company, row.id) < 8:
            pass
        with company.database.writing() as session:
            rounds.close(session, row.id, "test")
        with company.database.writing() as session:
            zone = company.settings.zone
            return release.release(session, company.keyring, zone, row.id, "test").answered

    with ThreadPoolExecutor(9) as crowd:
        ended = crowd.submit(end)
        answering = [crowd.submit(answer, tokens[n::8]) for n in range(8)]
        counted = ended.result()
        for one in answering:
            one.result()
    assert set(taken) <= {True, RoundClosed}
    assert taken[True] == counted >= 8
    assert sum(taken.values()) == len(tokens)


def test_two_processes_that_cast_at_once_cast_each_link_once(company: Runtime) -> None:
    row, tokens = launched(company)
    batches = [tokens, tokens[::-1], sorted(tokens), tokens[7:] + tokens[:7]]

    def everything(batch: list[str]) -> int:
        return sum(one is True for one in store(company, *(sent(token) for token in batch)))

    with ThreadPoolExecutor(4) as crowd:
        won = list(crowd.map(everything, batches))
    assert sum(won) == len(tokens) == cast_so_far(company, row.id)


@pytest.mark.parametrize("ending", [submission.void, None])
def test_after_its_end_a_round_keeps_no_answer(
    company: Runtime, ending: Callable[..., None] | None
) -> None:
    row, tokens = launched(company)
    store(company, *(sent(token, n % 5, works_well="Bagus") for n, token in enumerate(tokens)))
    with company.database.writing() as session:
        if ending is not None:
            ending(session, row.id, "test")
        else:
            rounds.close(session, row.id, "test")
            zone = company.settings.zone
            release.release(session, company.keyring, zone, row.id, "test")
    with company.database.reading() as session:
        connection = session.connection()
        for table in ("spent", "ballot_tray", "ballot_block", "ballot_box", "ballot_key"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
        kept = select(Invitation.id).where(col(Invitation.token_hash).is_not(None))
        assert not session.exec(kept).all()
        for token in tokens[:3]:
            [looked] = submission.look_up(connection, [token])
            assert isinstance(looked, RoundClosed)
