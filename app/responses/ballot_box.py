"""The ballot box: cast, seal, open, destroy. It knows nobody.

A ballot is never a row. It is added to its box's tray, a single sealed row of shuffled, padded
ballots, and the tray is sealed anew; most of a full tray, drawn by lot, becomes a block. So
neither the order of rows nor their hidden columns say which ballot came when, and without the
server's key nothing opens.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col

from app.kit.seal import Keyring, Wrapped, new_key, unseal
from app.kit.tokens import random_token
from app.responses import packing, trays
from app.responses.boxes import Boxes
from app.responses.models import BallotKey, Block, Box, Spent, Tray
from app.responses.trays import BALLOTS, TrayPlace

# A box this size or smaller is one; its blocks are few, so finding a receipt stays cheap.
LARGEST_BOX = 400
# Whose files are rewritten once a round's content has been destroyed.
TABLES = ("ballot_tray", "ballot_block", "spent", "ballot_box", "ballot_key")


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one submission holds, and the link that paid for it; no person and no time."""

    round_id: str
    department_id: str
    token_hash: bytes
    codes: bytes
    comments: Mapping[str, str]
    submission_key: str


def open_round(
    connection: Connection,
    keyring: Keyring,
    round_id: str,
    invited: Mapping[str, int],
    codes_size: int,
    comment_streams: Sequence[str],
) -> None:
    """Make a round's key, a box for each leaf department (`invited` people each), empty trays."""
    key = new_key()
    wrapped = keyring.wrap(key, round_id)
    connection.execute(
        insert(BallotKey),
        [{"round_id": round_id, "server_key": wrapped.server_key, "sealed": wrapped.sealed}],
    )
    boxes = [
        {
            "round_id": round_id,
            "id": random_token(),
            "department_id": department_id,
            "number": number,
            "boxes": -(-people // LARGEST_BOX),
            "withdrawn": 0,
        }
        for department_id, people in invited.items()
        for number in range(-(-people // LARGEST_BOX))
    ]
    if not boxes:
        return
    connection.execute(insert(Box), boxes)
    record = codes_size + packing.RECEIPT_BYTES
    empty = {BALLOTS: packing.BALLOTS.pack([], packing.TRAY, record)} | dict.fromkeys(
        comment_streams, packing.COMMENTS.pack([], packing.TRAY, 0)
    )
    rows = [
        {**trays.sealed_row(key, (round_id, str(box["id"]), stream), content), "given": 0}
        for box in boxes
        for stream, content in empty.items()
    ]
    connection.execute(insert(Tray), rows)


def cast(
    connection: Connection,
    keyring: Keyring,
    ballots: Sequence[Ballot],
    boxes: Boxes | None = None,
) -> list[str | None]:
    """Put ballots into their boxes; each one's receipt, or None where the link was spent before.

    One transaction. Links are spent and trays are locked in the order of their keys, so that two
    processes that cast at once wait for each other instead of blocking each other. Raises
    RoundGone. `boxes` is what the process has seen of them before.
    """
    if not ballots:
        return []
    places = [(ballot.round_id, ballot.department_id) for ballot in ballots]
    drawn = (boxes or Boxes()).drawn(connection, places)
    won = _spend(connection, ballots, drawn)
    given: dict[str, list[tuple[int, str]]] = {}
    for index, box_id in won.items():
        given.setdefault(ballots[index].round_id, []).append((index, box_id))
    receipts: list[str | None] = [None] * len(ballots)
    for _, some in sorted(given.items()):
        for index, receipt in _add(connection, keyring, ballots, some).items():
            receipts[index] = receipt
    return receipts


def spent(connection: Connection, links: Sequence[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
    """Which of these links (round and fingerprint) have been used."""
    wanted: dict[str, list[bytes]] = {}
    for round_id, token_hash in links:
        wanted.setdefault(round_id, []).append(token_hash)
    return {
        (round_id, bytes(row.token_hash))
        for round_id, hashes in wanted.items()
        for row in connection.execute(_SPENT, {"round": round_id, "hashes": hashes})
    }


def answered(connection: Connection, round_id: str) -> dict[str, int]:
    """How many ballots each leaf department holds: cast and not withdrawn."""
    rows = connection.execute(_HELD, {"round": round_id}).all()
    given = {row.id: row.given for row in rows}
    if None in given.values():
        given = _spent_by_box(connection, round_id)
    counted: dict[str, int] = {}
    for row in rows:
        if many := given.get(row.id, 0):
            held = counted.get(row.department_id, 0) + many - row.withdrawn
            counted[row.department_id] = held
    return counted


def open_boxes(
    connection: Connection, keyring: Keyring, round_id: str, stream: str = BALLOTS
) -> Iterator[tuple[str, list[bytes]]]:
    """Each leaf department's records of one stream, without their receipts; raises RoundGone."""
    for department_id, content in open_rows(connection, keyring, round_id, stream):
        records = trays.form_of(stream).unpack(content)
        yield department_id, [trays.without_mark(record, stream) for record in records]


def open_rows(
    connection: Connection, keyring: Keyring, round_id: str, stream: str = BALLOTS
) -> Iterator[tuple[str, bytes]]:
    """The same as they are packed, for who reads them all at once; raises RoundGone."""
    key = trays.keys(connection, keyring, {round_id})[round_id]
    departments = {
        box.id: box.department_id
        for box in connection.execute(
            select(col(Box.id), col(Box.department_id)).where(col(Box.round_id) == round_id)
        )
    }
    for table in (Tray, Block):
        for row in trays.stream_rows(connection, table, round_id, stream):
            content = unseal(key, row.sealed, trays.place(round_id, row.box_id, stream))
            yield departments[row.box_id], content


def server_keys(connection: Connection) -> dict[str, str]:
    """The server key that wraps each living round's key, by its id."""
    rows = connection.execute(select(col(BallotKey.round_id), col(BallotKey.server_key)))
    return {row.round_id: row.server_key for row in rows}


def rewrap(connection: Connection, keyring: Keyring) -> list[str]:
    """Wrap the keys of the living rounds by the current server key; those that were not yet."""
    rows = connection.execute(
        select(col(BallotKey.round_id), col(BallotKey.server_key), col(BallotKey.sealed))
        .where(col(BallotKey.server_key) != keyring.current)
        .order_by(col(BallotKey.round_id))
        .with_for_update()
    ).all()
    for row in rows:
        key = keyring.unwrap(Wrapped(row.server_key, row.sealed), row.round_id)
        wrapped = keyring.wrap(key, row.round_id)
        connection.execute(
            update(BallotKey)
            .where(col(BallotKey.round_id) == row.round_id)
            .values(server_key=wrapped.server_key, sealed=wrapped.sealed)
        )
    return [row.round_id for row in rows]


def destroy(connection: Connection, round_id: str) -> None:
    """Delete a round's ballots, comments, spent links and key."""
    for table in (Tray, Block, Spent, Box, BallotKey):
        connection.execute(delete(table).where(col(table.round_id) == round_id))


def _spent_by_box(connection: Connection, round_id: str) -> dict[str, int]:
    rows = connection.execute(_SPENT_BY_BOX, {"round": round_id})
    return {row.box_id: row.given for row in rows}


def _spend(
    connection: Connection, ballots: Sequence[Ballot], drawn: Sequence[str]
) -> dict[int, str]:
    """Which ballots' links were unspent until now, and the box each was given."""
    first: dict[tuple[str, bytes], int] = {}
    for index, ballot in enumerate(ballots):
        first.setdefault((ballot.round_id, ballot.token_hash), index)
    rows = [
        {"round_id": round_id, "token_hash": token_hash, "box_id": drawn[index]}
        for (round_id, token_hash), index in sorted(first.items())
    ]
    statement = _SPEND[connection.dialect.name]
    stored = {(row.round_id, bytes(row.token_hash)) for row in connection.execute(statement, rows)}
    return {index: drawn[index] for link, index in first.items() if link in stored}


def _add(
    connection: Connection,
    keyring: Keyring,
    ballots: Sequence[Ballot],
    given: Sequence[tuple[int, str]],
) -> dict[int, str]:
    """Put ballots of one round into the boxes they were given; their receipts by their place."""
    round_id = ballots[given[0][0]].round_id
    key, rows = trays.locked(connection, keyring, round_id, {box_id for _, box_id in given})
    receipts = {index: trays.receipt(key, ballots[index].submission_key) for index, _ in given}
    added: dict[TrayPlace, list[bytes]] = {}
    for index, box_id in given:
        ballot = ballots[index]
        for stream, record in trays.records(key, receipts[index], ballot.codes, ballot.comments):
            added.setdefault((round_id, box_id, stream), []).append(record)
    changed, full = [], []
    for row in rows:
        place = (row.round_id, row.box_id, row.stream)
        tray, blocks = trays.filled(trays.opened(key, row), row.stream, added.get(place, ()))
        # How many comments there are, nothing tells.
        new = len(added.get(place, ())) if row.stream == BALLOTS else 0
        changed.append({**trays.sealed_row(key, place, tray), "new": new})
        full += [trays.sealed_row(key, place, block) for block in blocks]
    trays.replace_trays(connection, changed)
    trays.add_blocks(connection, full)
    return receipts


# Statements of the hot path are built once: building one costs more than running it.
_SPENT = select(col(Spent.token_hash)).where(
    col(Spent.round_id) == bindparam("round"),
    col(Spent.token_hash).in_(bindparam("hashes", expanding=True)),
)
_HELD = (
    select(col(Box.id), col(Box.department_id), col(Box.withdrawn), col(Tray.given))
    .join(Tray, (col(Tray.round_id) == col(Box.round_id)) & (col(Tray.box_id) == col(Box.id)))
    .where(col(Box.round_id) == bindparam("round"), col(Tray.stream) == BALLOTS)
)
_SPENT_BY_BOX = (
    select(col(Spent.box_id), func.count().label("given"))
    .where(col(Spent.round_id) == bindparam("round"))
    .group_by(col(Spent.box_id))
)
_SPEND = {
    dialect: insert_(Spent)
    .on_conflict_do_nothing()
    .returning(col(Spent.round_id), col(Spent.token_hash))
    for dialect, insert_ in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
