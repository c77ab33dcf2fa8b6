"""The server's key: rotated under open rounds, and told when it is the wrong one."""

import pytest
from sqlalchemy import text

from app.audit import log
from app.campaigns.invitations import link_token
from app.campaigns.models import SurveyRound
from app.kit.runtime import Runtime
from app.kit.seal import Keyring
from app.responses import ballot_box, key_care, submission
from app.responses.key_care import KeysMissing
from app.surveys import library
from app.surveys.coding import Layout
from tests.conftest import SECRET
from tests.results.rounds import answered, launched, links, staffed

NEW = "a-newer-server-key-that-is-long-enough"
STRANGER = "another-server-key-that-is-long-enough"


@pytest.fixture
def round_id(runtime: Runtime) -> str:
    staffed(runtime, {"Sales": 6})
    round_id = launched(runtime, library.template("team_pulse"))
    answered(runtime, round_id, {"Sales": [(b"\2" * size(), {})] * 3})
    return round_id


def size() -> int:
    return Layout.of(library.template("team_pulse")).size


def ballots(runtime: Runtime, keyring: Keyring, round_id: str) -> list[bytes]:
    with runtime.database.reading() as session:
        boxes = ballot_box.open_boxes(session.connection(), keyring, round_id)
        return [record for _, records in boxes for record in records]


def rewrapped(runtime: Runtime, keyring: Keyring) -> int:
    with runtime.database.writing() as session:
        return key_care.rewrap(session, keyring, "test")


def test_after_a_rotation_answers_open_with_the_new_key_and_links_stay(
    runtime: Runtime, round_id: str
) -> None:
    before = links(runtime, round_id)
    rotated = Keyring((NEW, SECRET))
    assert rewrapped(runtime, rotated) == 1
    assert ballots(runtime, rotated, round_id) == [b"\2" * size()] * 3
    assert ballots(runtime, Keyring((NEW,)), round_id), "answers need the old key no more"
    with runtime.database.reading() as session:
        row = session.get_one(SurveyRound, round_id)
        made = {
            link_token(rotated, row, one.id)
            for one in session.connection().execute(text("SELECT id FROM invitation"))
        }
        needed = {one.key for one in key_care.needed(session)}
        [entry] = log.entries(session, rotated.current)
    assert made == set(before["Sales"])
    assert needed == set(rotated.ids), "the links still need the key they were made with"
    assert entry.action == "server_key.rewrapped"
    assert rewrapped(runtime, rotated) == 0, "once is enough"


def test_a_wrong_key_is_told_with_the_rounds_it_leaves_closed(
    runtime: Runtime, round_id: str
) -> None:
    stranger = Keyring((STRANGER,))
    with runtime.database.reading() as session:
        assert key_care.missing(session, runtime.keyring) == []
        [gone] = key_care.missing(session, stranger)
        assert (gone.key, gone.rounds) == (runtime.keyring.current, (round_id,))
        with pytest.raises(KeysMissing, match=f"of {round_id} is missing: put it back"):
            key_care.require(session, stranger)
    with pytest.raises(KeysMissing):
        rewrapped(runtime, stranger)
    assert ballots(runtime, runtime.keyring, round_id), "and nothing was sealed with it"


def test_a_round_that_is_over_needs_no_key(runtime: Runtime, round_id: str) -> None:
    with runtime.database.writing() as session:
        submission.void(session, round_id, "test")
    with runtime.database.reading() as session:
        assert key_care.needed(session) == []
        assert key_care.missing(session, Keyring((STRANGER,))) == []


def test_no_key_is_in_the_database(runtime: Runtime, round_id: str) -> None:
    """So that no backup of it holds one either."""
    with runtime.database.reading() as session:
        connection = session.connection()
        for table in ("ballot_key", "survey_round", "audit_entry", "job"):
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                assert SECRET not in str(tuple(row))
                assert SECRET.encode() not in b"".join(
                    bytes(one) for one in row if isinstance(one, bytes | memoryview)
                )
