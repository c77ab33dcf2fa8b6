"""The ballot box: cast, seal, open, destroy. It knows nobody.

A ballot is never a row. It is added to its box's tray, a single sealed row of shuffled, padded
ballots, and the tray is sealed anew; most of a full tray, drawn by lot, becomes a block. So
neither the order of rows nor their hidden columns say which ballot came when, and without the
server's key nothing opens.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import SQLModel, col

from app.kit.seal import Keyring, Wrapped, new_key, seal, unseal
from app.kit.tokens import mac, random_token
from app.responses import packing
from app.responses.models import BallotKey as StoredKey
from app.responses.models import Block, Box, Spent, Tray

BALLOTS = ""
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


class RoundGone(Exception):
    """The round has no key any more: it was released or voided."""


Place = tuple[str, str]
TrayPlace = tuple[str, str, str]


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
        insert(StoredKey),
        [{"round_id": round_id, "server_key": wrapped.server_key, "sealed": wrapped.sealed}],
    )
    boxes = [
        {"round_id": round_id, "id": random_token(), "department_id": department_id}
        for department_id, people in invited.items()
        for _ in range(-(-people // LARGEST_BOX))
    ]
    if not boxes:
        return
    connection.execute(insert(Box), boxes)
    record = codes_size + packing.RECEIPT_BYTES
    empty = {BALLOTS: packing.BALLOTS.pack([], packing.TRAY, record)} | dict.fromkeys(
        comment_streams, packing.COMMENTS.pack([], packing.TRAY, 0)
    )
    trays = [
        _sealed_row(key, (round_id, box["id"], stream), content)
        for box in boxes
        for stream, content in empty.items()
    ]
    connection.execute(insert(Tray), trays)


def cast(connection: Connection, keyring: Keyring, ballots: Sequence[Ballot]) -> list[bool]:
    """Put ballots into their boxes; False where the link was spent before. One transaction.

    Links are spent and trays are locked in the order of their keys, so that two processes that
    cast at once wait for each other instead of blocking each other.
    """
    if not ballots:
        return []
    keys = _keys(connection, keyring, {ballot.round_id for ballot in ballots})
    boxes = _boxes(connection, ballots)
    won = _spend(connection, ballots, boxes)
    fresh = [(ballot, won[index]) for index, ballot in enumerate(ballots) if index in won]
    _add(connection, keys, fresh)
    return [index in won for index in range(len(ballots))]


def receipt(key: bytes, submission_key: str) -> str:
    """The code that proves a ballot is stored; only who sent it can know it."""
    return mac(key, "receipt", submission_key)[: packing.RECEIPT_BYTES].hex()


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
    """How many ballots each leaf department has cast."""
    statement = (
        select(col(Box.department_id), func.count().label("n"))
        .join(
            Spent,
            (col(Spent.round_id) == col(Box.round_id)) & (col(Spent.box_id) == col(Box.id)),
        )
        .where(col(Box.round_id) == round_id)
        .group_by(col(Box.department_id))
    )
    return {row.department_id: row.n for row in connection.execute(statement)}


def open_boxes(
    connection: Connection, keyring: Keyring, round_id: str, stream: str = BALLOTS
) -> Iterator[tuple[str, list[bytes]]]:
    """Each leaf department's records of one stream, without their receipts; raises RoundGone."""
    key = _keys(connection, keyring, {round_id})[round_id]
    departments = {
        box.id: box.department_id
        for box in connection.execute(
            select(col(Box.id), col(Box.department_id)).where(col(Box.round_id) == round_id)
        )
    }
    for table in (Tray, Block):
        for row in _stream(connection, table, round_id, stream):
            content = unseal(key, row.sealed, _place(round_id, row.box_id, stream))
            records = (packing.COMMENTS if stream else packing.BALLOTS).unpack(content)
            yield departments[row.box_id], [_without_receipt(record, stream) for record in records]


def server_keys(connection: Connection) -> dict[str, str]:
    """The server key that wraps each living round's key, by its id."""
    rows = connection.execute(select(col(StoredKey.round_id), col(StoredKey.server_key)))
    return {row.round_id: row.server_key for row in rows}


def rewrap(connection: Connection, keyring: Keyring) -> list[str]:
    """Wrap the keys of the living rounds by the current server key; those that were not yet."""
    rows = connection.execute(
        select(col(StoredKey.round_id), col(StoredKey.server_key), col(StoredKey.sealed))
        .where(col(StoredKey.server_key) != keyring.current)
        .order_by(col(StoredKey.round_id))
        .with_for_update()
    ).all()
    for row in rows:
        key = keyring.unwrap(Wrapped(row.server_key, row.sealed), row.round_id)
        wrapped = keyring.wrap(key, row.round_id)
        connection.execute(
            update(StoredKey)
            .where(col(StoredKey.round_id) == row.round_id)
            .values(server_key=wrapped.server_key, sealed=wrapped.sealed)
        )
    return [row.round_id for row in rows]


def destroy(connection: Connection, round_id: str) -> None:
    """Delete a round's ballots, comments, spent links and key."""
    for table in (Tray, Block, Spent, Box, StoredKey):
        connection.execute(delete(table).where(col(table.round_id) == round_id))


def _keys(connection: Connection, keyring: Keyring, rounds: set[str]) -> dict[str, bytes]:
    rows = connection.execute(_KEYS, {"rounds": sorted(rounds)})
    keys = {
        row.round_id: keyring.unwrap(Wrapped(row.server_key, row.sealed), row.round_id)
        for row in rows
    }
    if missing := rounds - keys.keys():
        raise RoundGone(", ".join(sorted(missing)))
    return keys


def _boxes(connection: Connection, ballots: Sequence[Ballot]) -> dict[Place, list[str]]:
    wanted = {
        "rounds": sorted({ballot.round_id for ballot in ballots}),
        "departments": sorted({ballot.department_id for ballot in ballots}),
    }
    rows = connection.execute(_BOXES, wanted)
    boxes: dict[Place, list[str]] = {}
    for row in rows:
        boxes.setdefault((row.round_id, row.department_id), []).append(row.id)
    return boxes


def _spend(
    connection: Connection, ballots: Sequence[Ballot], boxes: Mapping[Place, list[str]]
) -> dict[int, str]:
    """Which ballots' links were unspent until now, and the box each was given."""
    first: dict[tuple[str, bytes], int] = {}
    for index, ballot in enumerate(ballots):
        first.setdefault((ballot.round_id, ballot.token_hash), index)
    chosen = {
        index: secrets.choice(boxes[ballots[index].round_id, ballots[index].department_id])
        for index in first.values()
    }
    rows = [
        {"round_id": round_id, "token_hash": token_hash, "box_id": chosen[index]}
        for (round_id, token_hash), index in sorted(first.items())
    ]
    statement = _SPEND[connection.dialect.name]
    stored = {(row.round_id, bytes(row.token_hash)) for row in connection.execute(statement, rows)}
    return {index: chosen[index] for link, index in first.items() if link in stored}


def _add(
    connection: Connection, keys: Mapping[str, bytes], fresh: Sequence[tuple[Ballot, str]]
) -> None:
    added: dict[TrayPlace, list[bytes]] = {}
    for ballot, box_id in fresh:
        for stream, record in _records(keys[ballot.round_id], ballot):
            added.setdefault((ballot.round_id, box_id, stream), []).append(record)
    if not added:
        return
    changed, full = [], []
    for row in _locked_trays(connection, added):
        place = (row.round_id, row.box_id, row.stream)
        key = keys[row.round_id]
        content = unseal(key, row.sealed, _place(*place))
        tray, blocks = _filled(content, row.stream, added.get(place, ()))
        changed.append(_sealed_row(key, place, tray))
        full += [_sealed_row(key, place, block) | {"id": random_token()} for block in blocks]
    _replace_trays(connection, changed)
    if full:
        connection.execute(insert(Block), full)


def _records(key: bytes, ballot: Ballot) -> Iterable[tuple[str, bytes]]:
    yield BALLOTS, ballot.codes + _receipt_hash(key, "ballot", ballot.submission_key)
    for stream, comment in ballot.comments.items():
        # Its own derivation: a comment cannot be matched with a ballot by their hashes.
        mark = _receipt_hash(key, f"comment {stream}", ballot.submission_key)
        yield stream, mark + comment.encode()


def _receipt_hash(key: bytes, purpose: str, submission_key: str) -> bytes:
    return mac(key, purpose, receipt(key, submission_key))[: packing.RECEIPT_BYTES]


def _without_receipt(record: bytes, stream: str) -> bytes:
    return record[packing.RECEIPT_BYTES :] if stream else record[: -packing.RECEIPT_BYTES]


def _filled(content: bytes, stream: str, records: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """The tray with the records added, and the blocks that became full on the way."""
    form = packing.COMMENTS if stream else packing.BALLOTS
    waiting, blocks = form.unpack(content), []
    for record in records:
        waiting.append(record)
        if len(waiting) == packing.TRAY:
            block, waiting = packing.split(waiting)
            blocks.append(form.pack(block, packing.BLOCK, len(record)))
    # Only ballots have one size, and a tray of ballots is sealed anew for a new one only.
    size = len(records[0]) if records else 0
    return form.pack(waiting, packing.TRAY, size), blocks


def _locked_trays(
    connection: Connection, places: Collection[TrayPlace]
) -> Iterator[Row[str, str, str, bytes]]:
    """All trays of the boxes of these places, locked in the order of their keys.

    Those without a new comment are sealed anew as well: a tray left alone would tell which of the
    ballots came with a comment, and whose link was spent in the same transaction.
    """
    for round_id in sorted({one for one, _, _ in places}):
        # Not as a list of triples: SQLite would read the whole table for that.
        rows = connection.execute(
            _TRAYS,
            {
                "round": round_id,
                "boxes": sorted({box for one, box, _ in places if one == round_id}),
            },
        )
        yield from rows


def _replace_trays(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    connection.execute(
        _REPLACE_TRAY,
        [
            {
                "in_round": row["round_id"],
                "in_box": row["box_id"],
                "in_stream": row["stream"],
                "anew": row["sealed"],
            }
            for row in rows
        ],
    )


def _stream(
    connection: Connection, table: type[SQLModel], round_id: str, stream: str
) -> Iterable[Row[tuple[str, bytes]]]:
    columns = table.__table__.c  # type: ignore[attr-defined]
    return connection.execute(
        select(columns.box_id, columns.sealed).where(
            columns.round_id == round_id, columns.stream == stream
        )
    )


def _sealed_row(key: bytes, place: TrayPlace, content: bytes) -> dict[str, object]:
    round_id, box_id, stream = place
    sealed = seal(key, content, _place(*place))
    return {"round_id": round_id, "box_id": box_id, "stream": stream, "sealed": sealed}


def _place(round_id: str, box_id: str, stream: str) -> str:
    return f"{round_id}/{box_id}/{stream}"


# Statements of the hot path are built once: building one costs more than running it.
_KEYS = select(col(StoredKey.round_id), col(StoredKey.server_key), col(StoredKey.sealed)).where(
    col(StoredKey.round_id).in_(bindparam("rounds", expanding=True))
)
_BOXES = select(col(Box.round_id), col(Box.department_id), col(Box.id)).where(
    col(Box.round_id).in_(bindparam("rounds", expanding=True)),
    col(Box.department_id).in_(bindparam("departments", expanding=True)),
)
_SPENT = select(col(Spent.token_hash)).where(
    col(Spent.round_id) == bindparam("round"),
    col(Spent.token_hash).in_(bindparam("hashes", expanding=True)),
)
_SPEND = {
    dialect: insert_(Spent)
    .on_conflict_do_nothing()
    .returning(col(Spent.round_id), col(Spent.token_hash))
    for dialect, insert_ in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_TRAYS = (
    select(col(Tray.round_id), col(Tray.box_id), col(Tray.stream), col(Tray.sealed))
    .where(
        col(Tray.round_id) == bindparam("round"),
        col(Tray.box_id).in_(bindparam("boxes", expanding=True)),
    )
    .order_by(col(Tray.round_id), col(Tray.box_id), col(Tray.stream))
    .with_for_update()
)
_TABLE = Tray.__table__  # type: ignore[attr-defined]
_REPLACE_TRAY = (
    update(_TABLE)
    .where(
        _TABLE.c.round_id == bindparam("in_round"),
        _TABLE.c.box_id == bindparam("in_box"),
        _TABLE.c.stream == bindparam("in_stream"),
    )
    .values(sealed=bindparam("anew"))
)
