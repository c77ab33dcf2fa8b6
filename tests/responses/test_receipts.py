"""With the receipt alone a ballot is found, replaced and withdrawn, and nothing else is moved."""

import secrets
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.kit.runtime import Runtime
from app.kit.tokens import READABLE
from app.responses import ballot_box, packing, recall, receipts, trays
from app.responses.ballot_box import Ballot
from app.responses.recall import Change
from app.responses.receipts import UnknownReceipt
from app.responses.trays import RoundGone
from tests.conftest import make_settings
from tests.responses.bare import ballot, open_bare_round

ANEW = b"\4\4\4\4"


@pytest.fixture
def round_id(runtime: Runtime) -> str:
    with runtime.database.engine.begin() as connection:
        return open_bare_round(
            connection, runtime.keyring, {"sales": 900, "legal": 3}, ("why", "what")
        )


class Box:
    """What somebody with receipts, and somebody with the key, can do here."""

    def __init__(self, runtime: Runtime, round_id: str) -> None:
        self.runtime, self.round_id = runtime, round_id

    def cast(self, *ballots: Ballot) -> list[str]:
        with self.runtime.database.engine.begin() as connection:
            given = ballot_box.cast(connection, self.runtime.keyring, ballots)
        assert all(given)
        return [one for one in given if one]

    def find(self, receipt: str) -> str | None:
        with self.runtime.database.engine.begin() as connection:
            found = recall.find(connection, self.runtime.keyring, self.round_id, receipt)
        return found.department_id if found else None

    def change(self, receipt: str, codes: bytes | None = None, **comments: str) -> bool:
        with self.runtime.database.engine.begin() as connection:
            found = recall.find(connection, self.runtime.keyring, self.round_id, receipt)
            assert found is not None
            wanted = Change(self.round_id, found.box_id, receipt, codes, comments)
            return recall.change(connection, self.runtime.keyring, wanted)

    def opened(self, stream: str = "") -> Counter[bytes]:
        with self.runtime.database.engine.begin() as connection:
            boxes = ballot_box.open_boxes(connection, self.runtime.keyring, self.round_id, stream)
            return Counter(record for _, records in boxes for record in records)

    def answered(self) -> dict[str, int]:
        with self.runtime.database.engine.begin() as connection:
            return ballot_box.answered(connection, self.round_id)

    def stored(self, table: str, department: str = "legal") -> list[bytes]:
        with self.runtime.database.reading() as session:
            rows = session.connection().execute(
                text(
                    f"SELECT t.sealed FROM {table} t JOIN ballot_box b ON b.id = t.box_id "
                    f"WHERE b.department_id = '{department}' ORDER BY t.stream"
                )
            )
            return [bytes(row.sealed) for row in rows]


@pytest.fixture
def box(runtime: Runtime, round_id: str) -> Box:
    return Box(runtime, round_id)


def test_every_ballot_is_found_by_its_own_receipt_in_trays_and_blocks(box: Box) -> None:
    places = ["sales"] * 150 + ["legal"] * 70
    given = box.cast(*(ballot(box.round_id, place) for place in places))
    assert len(set(given)) == len(given)
    assert [box.find(one) for one in given] == places
    assert box.find("2" * len(given[0])) is None


def test_a_replaced_ballot_is_counted_once_and_only_it_has_changed(box: Box) -> None:
    ballots = [ballot(box.round_id, "legal", bytes([n % 4] * 4)) for n in range(75)]
    given = box.cast(*ballots)
    for receipt in given:
        assert box.change(receipt, ANEW)
    assert box.opened() == {ANEW: 75}
    assert box.answered() == {"legal": 75}
    assert [box.find(one) for one in given] == ["legal"] * 75, "the receipt stays the same"


def test_a_withdrawn_ballot_takes_its_comments_along_and_the_count_falls(box: Box) -> None:
    link = secrets.token_bytes(32)
    [mine] = box.cast(
        ballot(box.round_id, "legal", ANEW, token_hash=link, comments={"why": "x", "what": "y"})
    )
    box.cast(*(ballot(box.round_id, "legal", comments={"why": "theirs"}) for _ in range(3)))

    assert box.change(mine)

    assert box.opened() == {b"\1\2\3\4": 3}
    assert (box.opened("why"), box.opened("what")) == ({b"theirs": 3}, {})
    assert box.answered() == {"legal": 3}
    assert box.find(mine) is None
    again = ballot(box.round_id, "legal", token_hash=link)
    with box.runtime.database.engine.begin() as connection:
        assert ballot_box.cast(connection, box.runtime.keyring, [again]) == [None], "stays spent"


def test_the_only_ballot_of_a_box_can_be_withdrawn_and_others_follow(box: Box) -> None:
    [first] = box.cast(ballot(box.round_id, "legal"))
    empty = len(box.stored("ballot_tray")[0])
    assert box.change(first)
    assert box.opened() == {}
    box.cast(*(ballot(box.round_id, "legal", ANEW) for _ in range(2)))
    assert box.opened() == {ANEW: 2}
    assert len(box.stored("ballot_tray")[0]) == empty, "a tray's size tells nothing"


def test_new_comments_take_the_place_of_old_ones(box: Box) -> None:
    [mine] = box.cast(ballot(box.round_id, "legal", comments={"why": "old", "what": "old"}))
    assert box.change(mine, ANEW, why="new")
    assert (box.opened("why"), box.opened("what")) == ({b"new": 1}, {})
    assert box.change(mine, ANEW, what="newer")
    assert (box.opened("why"), box.opened("what")) == ({}, {b"newer": 1})


@pytest.mark.parametrize("codes", [ANEW, None])
def test_every_row_of_the_box_is_sealed_anew_whichever_held_it(
    box: Box, codes: bytes | None
) -> None:
    given = box.cast(
        *(ballot(box.round_id, "legal", comments={"why": "x"}) for _ in range(2 * packing.TRAY))
    )
    before = {table: box.stored(table) for table in ("ballot_tray", "ballot_block")}
    assert box.change(given[0], codes)
    for table, rows in before.items():
        after = box.stored(table)
        assert len(after) == len(rows) >= 2
        assert not set(after) & set(rows), table


def test_a_retry_is_told_by_its_submission_key_and_nothing_else(box: Box) -> None:
    mine = ballot(box.round_id)
    [receipt] = box.cast(mine)

    def retried(submission_key: str, token_hash: bytes = mine.token_hash) -> str | None:
        with box.runtime.database.engine.begin() as connection:
            link = (box.round_id, token_hash)
            return recall.retried(connection, box.runtime.keyring, link, submission_key)

    assert retried(mine.submission_key) == receipt
    assert retried("another") is None
    assert retried(mine.submission_key, secrets.token_bytes(32)) is None
    box.change(receipt)
    assert retried(mine.submission_key) is None, "withdrawn"


def test_comments_and_ballots_cannot_be_matched_by_their_marks(box: Box) -> None:
    key = secrets.token_bytes(32)
    marks = {trays.mark(key, stream, "receipt") for stream in ("", "why", "what")}
    assert len(marks) == 3


def test_after_the_release_no_receipt_finds_anything(box: Box) -> None:
    [mine] = box.cast(ballot(box.round_id))
    with box.runtime.database.engine.begin() as connection:
        ballot_box.destroy(connection, box.round_id)
    with pytest.raises(RoundGone):
        box.find(mine)


@contextmanager
def fresh_box(factory: pytest.TempPathFactory, template: Path) -> Iterator[Box]:
    folder = factory.mktemp("box")
    path = folder / "selaras.db"
    shutil.copyfile(template, path)
    running = Runtime.start(make_settings(f"sqlite:///{path}", folder))
    try:
        with running.database.engine.begin() as connection:
            round_id = open_bare_round(connection, running.keyring, {"legal": 3})
        yield Box(running, round_id)
    finally:
        running.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from("crw"), st.integers(0, 1000)), max_size=60))
def test_whatever_is_cast_replaced_and_withdrawn_the_box_holds_the_rest(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, acts: list[tuple[str, int]]
) -> None:
    """Against a plain dictionary, from a tray that is nearly full."""
    with fresh_box(tmp_path_factory, sqlite_template) as box:
        held: dict[str, tuple[bytes, str]] = {}

        def cast(n: int) -> None:
            codes, words = bytes([n % 5] * 4), f"why {n}" if n % 3 else ""
            given = {"why": words} if words else {}
            [receipt] = box.cast(ballot(box.round_id, "legal", codes, comments=given))
            held[receipt] = (codes, words)

        for n in range(packing.TRAY - 4):
            cast(n)
        for act, n in acts:
            chosen = sorted(held)[n % len(held)] if held else None
            if act == "c" or chosen is None:
                cast(n)
            elif act == "r":
                assert box.change(chosen, bytes([n % 7] * 4), why=f"anew {n}")
                held[chosen] = (bytes([n % 7] * 4), f"anew {n}")
            else:
                assert box.change(chosen)
                del held[chosen]
        assert box.opened() == Counter(codes for codes, _ in held.values())
        assert box.opened("why") == Counter(w.encode() for _, w in held.values() if w)
        assert box.answered() == {"legal": len(held)}


@pytest.mark.parametrize("typed", ["", "k7m2", "K7M2-PX" + "-2345" * 5, "0" * 24, "k" * 23 + "é"])
def test_what_is_no_receipt_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(UnknownReceipt):
        receipts.read(typed)


def test_a_receipt_is_read_however_it_was_copied() -> None:
    whole = "".join(secrets.choice(READABLE) for _ in range(receipts.LENGTH))
    read = receipts.read(whole)
    assert read.code.replace("-", "") == whole
    assert {len(part) for part in read.code.split("-")} == {receipts.GROUP}
    for copied in (read.code, read.code.upper(), f" {read.code.replace('-', ' ')}\n"):
        assert receipts.read(copied) == read
