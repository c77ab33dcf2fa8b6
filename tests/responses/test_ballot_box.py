"""The ballot box stores what was cast, once, sealed, and gives it back without its sender."""

import secrets
from collections import Counter

import pytest
from sqlalchemy import text, update
from sqlmodel import col

from app.kit.runtime import Runtime
from app.kit.seal import Keyring, SealBroken, UnknownServerKey
from app.responses import ballot_box, packing
from app.responses.models import Tray
from app.responses.trays import RoundGone
from tests.responses.bare import ballot, open_bare_round


@pytest.fixture
def round_id(runtime: Runtime) -> str:
    with runtime.database.engine.begin() as connection:
        return open_bare_round(connection, runtime.keyring, {"sales": 900, "legal": 3})


def cast(runtime: Runtime, *ballots: ballot_box.Ballot) -> list[bool]:
    with runtime.database.engine.begin() as connection:
        return ballot_box.cast(connection, runtime.keyring, ballots)


def opened(runtime: Runtime, round_id: str, stream: str = "") -> Counter[tuple[str, bytes]]:
    with runtime.database.engine.begin() as connection:
        boxes = ballot_box.open_boxes(connection, runtime.keyring, round_id, stream)
        return Counter((department, record) for department, records in boxes for record in records)


def test_every_ballot_cast_is_counted_once_in_its_department(runtime, round_id):
    ballots = [ballot(round_id, "sales", bytes([n % 5] * 4)) for n in range(333)]
    ballots.append(ballot(round_id, "legal", b"\0\0\0\0"))

    assert all(cast(runtime, *ballots[:100])), "many in one transaction"
    for one in ballots[100:]:
        assert cast(runtime, one) != [None]

    assert opened(runtime, round_id) == Counter((b.department_id, b.codes) for b in ballots)


def test_a_link_casts_one_ballot_even_twice_in_one_batch(runtime, round_id):
    link = secrets.token_bytes(32)
    first = ballot(round_id, codes=b"\1\1\1\1", token_hash=link)
    second = ballot(round_id, codes=b"\2\2\2\2", token_hash=link)

    assert [one is not None for one in cast(runtime, first, second)] == [True, False]
    assert cast(runtime, second) == [None]
    assert opened(runtime, round_id) == {("sales", b"\1\1\1\1"): 1}


def test_comments_wait_apart_from_the_ballot(runtime, round_id):
    cast(runtime, ballot(round_id, comments={"why": "Terima kasih 🙂"}))
    cast(runtime, ballot(round_id, comments={"why": "x" * 20_000}))

    comments = opened(runtime, round_id, "why")
    assert comments == {("sales", "Terima kasih 🙂".encode()): 1, ("sales", b"x" * 20_000): 1}


def test_a_full_tray_leaves_a_block_and_enough_ballots_to_hide_among(runtime, round_id):
    for _ in range(packing.TRAY):
        cast(runtime, ballot(round_id, "legal"))

    with runtime.database.reading() as session:
        blocks = session.connection().execute(text("SELECT sealed FROM ballot_block")).all()
    assert len(blocks) == 1
    assert sum(opened(runtime, round_id).values()) == packing.TRAY
    assert packing.TRAY - packing.BLOCK >= 10


def test_a_large_department_is_split_and_a_tray_never_grows(runtime, round_id):
    def sizes() -> set[int]:
        with runtime.database.reading() as session:
            rows = session.connection().execute(
                text("SELECT length(sealed) AS size FROM ballot_tray WHERE stream = ''")
            )
            return {row.size for row in rows}

    before = sizes()
    for _ in range(130):
        cast(runtime, ballot(round_id))
    assert len(before) == 1
    assert sizes() == before, "a tray's size would tell how many answered"


def test_nothing_opens_with_another_server_key_or_in_another_place(runtime, round_id):
    cast(runtime, ballot(round_id))
    stranger = Keyring(("some-other-server-key-that-is-long-enough",))
    with runtime.database.engine.begin() as connection, pytest.raises(UnknownServerKey):
        list(ballot_box.open_boxes(connection, stranger, round_id))

    with runtime.database.engine.begin() as connection:
        trays = connection.execute(
            text("SELECT box_id, sealed FROM ballot_tray WHERE stream = ''")
        ).all()
        connection.execute(
            update(Tray)
            .where(col(Tray.box_id) == trays[0].box_id, col(Tray.stream) == "")
            .values(sealed=bytes(trays[1].sealed))
        )
    with pytest.raises(SealBroken):
        opened(runtime, round_id)


def test_after_its_release_a_round_has_no_key_and_takes_no_ballot(runtime, round_id):
    cast(runtime, ballot(round_id))
    with runtime.database.engine.begin() as connection:
        ballot_box.destroy(connection, round_id)

    with pytest.raises(RoundGone):
        opened(runtime, round_id)
    with pytest.raises(RoundGone):
        cast(runtime, ballot(round_id))


def test_participation_counts_ballots_not_people(runtime, round_id):
    cast(runtime, *[ballot(round_id) for _ in range(7)], ballot(round_id, "legal"))
    with runtime.database.engine.begin() as connection:
        assert ballot_box.answered(connection, round_id) == {"sales": 7, "legal": 1}


def test_participation_is_told_without_a_look_at_the_links(runtime, round_id):
    cast(runtime, *[ballot(round_id, comments={"why": "So"}) for _ in range(7)])
    with runtime.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM spent"))
        assert ballot_box.answered(connection, round_id) == {"sales": 7}
        given = text("SELECT sum(given) AS n FROM ballot_tray WHERE stream = 'why'")
        assert connection.execute(given).scalar() == 0, "how many comments, nothing tells"


def test_a_round_opened_by_an_older_version_is_counted_by_its_links(runtime, round_id):
    cast(runtime, *[ballot(round_id) for _ in range(7)])
    with runtime.database.engine.begin() as connection:
        connection.execute(text("UPDATE ballot_tray SET given = NULL"))
    cast(runtime, ballot(round_id), ballot(round_id, "legal"))
    with runtime.database.engine.begin() as connection:
        assert ballot_box.answered(connection, round_id) == {"sales": 8, "legal": 1}


def test_every_tray_of_the_box_changes_whether_or_not_there_is_a_comment(runtime, round_id):
    """A tray left alone would tell, by its hidden columns, whose ballot came with a comment."""

    def trays() -> dict[str, bytes]:
        with runtime.database.reading() as session:
            rows = session.connection().execute(
                text(
                    "SELECT t.stream, t.sealed FROM ballot_tray t JOIN ballot_box b "
                    "ON b.round_id = t.round_id AND b.id = t.box_id WHERE department_id = 'legal'"
                )
            )
            return {row.stream: bytes(row.sealed) for row in rows}

    before = trays()
    cast(runtime, ballot(round_id, "legal"))
    after = trays()
    assert set(before) == {"", "why"}
    assert all(before[stream] != after[stream] for stream in before)
