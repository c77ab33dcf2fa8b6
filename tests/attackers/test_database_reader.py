"""Somebody with a copy of the database tries to tie answers to people, with the key and without.

He knows the roster, and the order in which people answered (he sat in the room).
"""

import random
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from app.kit.runtime import Runtime
from app.responses import ballot_box, packing, recall, trays
from app.responses.ballot_box import Ballot
from app.responses.recall import Change
from tests import postgresql
from tests.attackers.matching import hits, leaks
from tests.responses.bare import ballot, open_bare_round

PEOPLE = 12
RUNS = 300
CODES = 24


class Office:
    """Many departments of twelve who answer one after another, and what the attacker then has."""

    def __init__(self, runtime: Runtime, people: int, runs: int) -> None:
        self.runtime = runtime
        self.departments = [f"department-{n:03}" for n in range(runs)]
        with runtime.database.engine.begin() as connection:
            invited = dict.fromkeys(self.departments, people)
            self.round_id = open_bare_round(connection, runtime.keyring, invited, codes_size=CODES)
        # What each person answered, in the order of answering: the truth to be guessed.
        self.truth = {
            department: [secrets.token_bytes(CODES) for _ in range(people)]
            for department in self.departments
        }
        self.links: dict[bytes, tuple[str, int]] = {}
        self.receipts: dict[bytes, str] = {}

    def answer(self) -> "Office":
        for place in range(len(self.truth[self.departments[0]])):
            for department in self.departments:
                one = ballot(self.round_id, department, self.truth[department][place])
                self.links[one.token_hash] = (department, place)
                self.cast(one)
        return self

    def cast(self, *ballots: Ballot) -> None:
        with self.runtime.database.engine.begin() as connection:
            receipts = ballot_box.cast(connection, self.runtime.keyring, ballots)
        assert all(receipts)
        for one, receipt in zip(ballots, receipts, strict=True):
            self.receipts[one.codes] = receipt or ""

    def replace(self) -> "Office":
        """Everybody changes their mind, in the order in which they answered."""
        for place in range(len(self.truth[self.departments[0]])):
            with self.runtime.database.engine.begin() as connection:
                for department, box in self.boxes(connection).items():
                    old, new = self.truth[department][place], secrets.token_bytes(CODES)
                    change = Change(self.round_id, box, self.receipts[old], new)
                    assert recall.change(connection, self.runtime.keyring, change)
                    self.truth[department][place] = new
        return self

    def boxes(self, connection: Connection) -> dict[str, str]:
        query = text("SELECT department_id, id FROM ballot_box WHERE round_id = :round")
        rows = connection.execute(query, {"round": self.round_id})
        return {row.department_id: row.id for row in rows}

    def ballots_as_stored(self) -> dict[str, list[bytes]]:
        """With the server's key: each department's ballots in the order they lie in the dump."""
        stored: dict[str, list[bytes]] = {department: [] for department in self.departments}
        with self.runtime.database.engine.begin() as connection:
            boxes = ballot_box.open_boxes(connection, self.runtime.keyring, self.round_id)
            for department, records in boxes:
                stored[department] += records
        return stored

    def people_as_stored(self, order: str) -> dict[str, list[int]]:
        """Who the spent links belong to, in the order of a dump or of a hidden column."""
        places: dict[str, list[int]] = {department: [] for department in self.departments}
        with self.runtime.database.reading() as session:
            query = text(f"SELECT token_hash FROM spent WHERE round_id = :round {order}")
            for row in session.connection().execute(query, {"round": self.round_id}):
                department, place = self.links[bytes(row.token_hash)]
                places[department].append(place)
        return places


def hidden_orders(runtime: Runtime) -> list[str]:
    if runtime.database.embedded:
        return ["", "ORDER BY token_hash"]
    return ["", "ORDER BY token_hash", "ORDER BY xmin::text::bigint", "ORDER BY ctid"]


def matches(office: Office, order: str, *, backwards: bool) -> list[int]:
    stored, people = office.ballots_as_stored(), office.people_as_stored(order)
    result = []
    for department in office.departments:
        guess = stored[department][::-1] if backwards else stored[department]
        truth = [office.truth[department][place] for place in people[department]]
        result.append(hits(guess, truth))
    return result


def test_with_one_dump_and_the_key_he_does_no_better_than_chance(runtime):
    suspicious = leaking(runtime)
    if suspicious:
        # Of so many strategies one may be lucky; what is a leak works again.
        suspicious &= leaking(runtime)
    assert suspicious == set()


def leaking(runtime: Runtime) -> set[str]:
    office = Office(runtime, PEOPLE, RUNS).answer()
    answered = {f"answered, {one}" for one in strategies(office)}
    # The same when everybody has replaced their ballot by its receipt, one after another.
    return answered | {f"replaced, {one}" for one in strategies(office.replace())}


def strategies(office: Office) -> Iterator[str]:
    """Which orders of people, laid beside the ballots as stored, tell more than chance."""
    for order in hidden_orders(office.runtime):
        for backwards in (False, True):
            if leaks(matches(office, order, backwards=backwards)):
                yield f"people {order or 'as dumped'}, {backwards=}"


def test_a_receipt_is_found_in_no_byte_that_is_stored(runtime, tmp_path, request):
    """Nor what the ballot keeps of it: that lies inside the seal."""
    office = Office(runtime, PEOPLE, 2).answer()
    first, *_ = office.receipts.values()
    with runtime.database.engine.begin() as connection:
        assert recall.find(connection, runtime.keyring, office.round_id, first)
        key = trays.keys(connection, runtime.keyring, {office.round_id})[office.round_id]
    office.replace()
    everything = raw_bytes(runtime, tmp_path, request)
    for receipt in office.receipts.values():
        assert receipt.encode() not in everything
        assert trays.mark(key, "", receipt) not in everything
    with runtime.database.reading() as session:
        spent = session.connection().execute(text("SELECT * FROM spent")).keys()
    assert set(spent) == {"round_id", "token_hash", "box_id"}


def test_in_a_department_of_200_a_ballot_hides_among_its_block(runtime):
    runs, window = 8, packing.BLOCK
    office = Office(runtime, 200, runs).answer()
    stored = office.ballots_as_stored()
    found = []
    for department in office.departments:
        truth = office.truth[department]
        for start in range(0, 200, window):
            for place in range(0, 200, window):
                guess = stored[department][place : place + window]
                found.append(hits(guess, truth[start : start + window]))
    assert not leaks(found), "no window of arrivals lines up with a window of what is stored"


def test_the_attack_catches_a_tray_that_is_not_shuffled(runtime, monkeypatch):
    monkeypatch.setattr(packing, "_shuffled", list)
    office = Office(runtime, PEOPLE, 50).answer()
    order = "ORDER BY token_hash" if runtime.database.embedded else "ORDER BY ctid"
    # On SQLite nothing stored tells the order of people, so he uses what he saw in the room.
    people = {department: list(range(PEOPLE)) for department in office.departments}
    if runtime.database.embedded:
        monkeypatch.setattr(office, "people_as_stored", lambda _: people)
    assert leaks(matches(office, order, backwards=False))


def test_the_attack_catches_a_link_to_fifteen_people_in_a_hundred():
    caught = 0
    for _ in range(100):
        found = []
        for _ in range(RUNS):
            truth = list(range(PEOPLE))
            guess = random.sample(truth, PEOPLE)
            for person in truth:
                if random.random() < 0.15:
                    there = guess.index(person)
                    guess[there], guess[person] = guess[person], guess[there]
            found.append(hits(guess, truth))
        caught += leaks(found)
    assert caught >= 99


def test_without_the_key_no_answer_can_be_read(runtime, tmp_path, request):
    secret_comment = "the-boss-never-listens-" + secrets.token_hex(8)
    office = Office(runtime, PEOPLE, 3).answer()
    department = office.departments[0]
    office.cast(
        ballot(office.round_id, department, b"\7" * CODES, comments={"why": secret_comment})
    )

    everything = raw_bytes(runtime, tmp_path, request)

    assert secret_comment.encode() not in everything
    for answers in office.truth[department]:
        assert answers not in everything
    assert office.round_id.encode() in everything, "he really reads the stored bytes"


def test_after_release_nothing_is_left_to_link(runtime, tmp_path, request):
    office = Office(runtime, PEOPLE, 3).answer()
    with runtime.database.reading() as session:
        rows = session.connection().execute(
            text(
                "SELECT sealed FROM ballot_tray UNION ALL SELECT sealed FROM ballot_key "
                "UNION ALL SELECT token_hash FROM spent"
            )
        )
        sealed = [bytes(row[0]) for row in rows]
    before = raw_bytes(runtime, tmp_path, request, log=False)
    assert any(one[-32:] in before for one in sealed), "he really reads the stored bytes"

    with runtime.database.engine.begin() as connection:
        ballot_box.destroy(connection, office.round_id)
    runtime.database.compact(ballot_box.TABLES)

    after = raw_bytes(runtime, tmp_path, request, log=False)
    assert not any(one[-32:] in after for one in sealed)


def raw_bytes(
    runtime: Runtime, tmp_path: Path, request: pytest.FixtureRequest, *, log: bool = True
) -> bytes:
    """Every byte of the database's files, dead rows included; with `log`, its write-ahead log."""
    if runtime.database.embedded:
        return b"".join(path.read_bytes() for path in sorted(tmp_path.glob("selaras.db*")))
    server: postgresql.Server = request.getfixturevalue("postgresql_server")
    server.execute("CHECKPOINT")
    with runtime.database.reading() as session:
        name = session.connection().execute(text("SELECT current_database()")).scalar_one()
    oid = server.execute(f"SELECT oid FROM pg_database WHERE datname = '{name}'").strip("[(,)]")
    folders = [server.folder / "data" / "base" / oid]
    if log:
        folders.append(server.folder / "data" / "pg_wal")
    return b"".join(
        path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()
    )
