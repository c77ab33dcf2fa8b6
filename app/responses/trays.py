"""The sealed rows of a box: where they lie, how they open, and how they are sealed anew."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update
from sqlmodel import SQLModel, col

from app.kit.seal import Keyring, Wrapped, seal, unseal
from app.kit.tokens import derived_code, mac, random_token
from app.responses import packing
from app.responses.models import BallotKey, Block, Tray

BALLOTS = ""
# 24 characters with the round's code: 88 bits that only the round's key can make.
RECEIPT_LENGTH = 18
ROWS_AT_ONCE = 500


class RoundGone(Exception):
    """The round has no key any more: it was released or voided."""


TrayPlace = tuple[str, str, str]
SealedRow = Row[str, str, str, bytes]


def keys(connection: Connection, keyring: Keyring, rounds: set[str]) -> dict[str, bytes]:
    """The keys of these rounds; raises RoundGone."""
    rows = connection.execute(_KEYS, {"rounds": sorted(rounds)})
    found = {
        row.round_id: keyring.unwrap(Wrapped(row.server_key, row.sealed), row.round_id)
        for row in rows
    }
    if missing := rounds - found.keys():
        raise RoundGone(", ".join(sorted(missing)))
    return found


def receipt(key: bytes, submission_key: str) -> str:
    """The code that proves a ballot is stored; only who sent it can know it."""
    return derived_code(key, RECEIPT_LENGTH, "receipt", submission_key)


def mark(key: bytes, stream: str, of_receipt: str) -> bytes:
    """What a record keeps of its receipt.

    Derived for each stream by itself: a comment cannot be matched with a ballot by their marks.
    """
    purpose = f"comment {stream}" if stream else "ballot"
    return mac(key, purpose, of_receipt)[: packing.RECEIPT_BYTES]


def records(
    key: bytes, of_receipt: str, codes: bytes, comments: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    """A submission's records by their stream, each with its own mark."""
    yield BALLOTS, codes + mark(key, BALLOTS, of_receipt)
    for stream, comment in comments.items():
        yield stream, mark(key, stream, of_receipt) + comment.encode()


def mark_of(record: bytes, stream: str) -> bytes:
    return record[: packing.RECEIPT_BYTES] if stream else record[-packing.RECEIPT_BYTES :]


def without_mark(record: bytes, stream: str) -> bytes:
    return record[packing.RECEIPT_BYTES :] if stream else record[: -packing.RECEIPT_BYTES]


def form_of(stream: str) -> packing.Form:
    return packing.COMMENTS if stream else packing.BALLOTS


def locked(
    connection: Connection, keyring: Keyring, round_id: str, boxes: Iterable[str]
) -> tuple[bytes, Sequence[SealedRow]]:
    """The round's key, and all trays of these boxes, locked in the order of their keys.

    Raises RoundGone. Those without a new comment are sealed anew as well: a tray left alone would tell which of the
    ballots came with a comment, and whose link was spent in the same transaction.
    """
    rows = connection.execute(_TRAYS, {"round": round_id, "boxes": sorted(set(boxes))}).all()
    if not rows:
        raise RoundGone(round_id)
    return keyring.unwrap(Wrapped(rows[0].server_key, rows[0].wrapped), round_id), rows


def filled(content: bytes, stream: str, records: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """The tray with the records added, and the blocks that became full on the way."""
    form = form_of(stream)
    size = form.size(content)
    waiting, blocks = form.unpack(content), []
    for record in records:
        waiting.append(record)
        if len(waiting) == packing.TRAY:
            block, waiting = packing.split(waiting)
            blocks.append(form.pack(block, packing.BLOCK, size))
    return form.pack(waiting, packing.TRAY, size), blocks


def replace_trays(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Store trays sealed anew, each with how many `new` records its box was given, if any."""
    connection.execute(
        _REPLACE_TRAY,
        [
            {
                "in_round": row["round_id"],
                "in_box": row["box_id"],
                "in_stream": row["stream"],
                "anew": row["sealed"],
                "new": row.get("new", 0),
            }
            for row in rows
        ],
    )


def add_blocks(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Store sealed rows as blocks, under random ids."""
    if rows:
        connection.execute(insert(Block), [{**row, "id": random_token()} for row in rows])


def stream_rows(
    connection: Connection, table: type[SQLModel], round_id: str, stream: str
) -> Iterator[Row[tuple[str, bytes]]]:
    """The boxes and sealed contents of one stream of a round."""
    columns = table.__table__.c  # type: ignore[attr-defined]
    wanted = select(columns.box_id, columns.sealed).where(
        columns.round_id == round_id, columns.stream == stream
    )
    # A large round is never in memory as a whole.
    with connection.execute(wanted, execution_options={"yield_per": ROWS_AT_ONCE}) as rows:
        yield from rows


def opened(key: bytes, row: SealedRow) -> bytes:
    """What is sealed in a row of either table."""
    return unseal(key, row.sealed, place(row.round_id, row.box_id, row.stream))


def sealed_row(key: bytes, where: TrayPlace, content: bytes) -> dict[str, object]:
    round_id, box_id, stream = where
    sealed = seal(key, content, place(*where))
    return {"round_id": round_id, "box_id": box_id, "stream": stream, "sealed": sealed}


def place(round_id: str, box_id: str, stream: str) -> str:
    """Where a sealed row belongs; nowhere else does it open."""
    return f"{round_id}/{box_id}/{stream}"


# Statements of the hot path are built once: building one costs more than running it.
_KEYS = select(col(BallotKey.round_id), col(BallotKey.server_key), col(BallotKey.sealed)).where(
    col(BallotKey.round_id).in_(bindparam("rounds", expanding=True))
)
_TRAYS: Select[*tuple[Any, ...]] = (
    select(
        col(Tray.round_id),
        col(Tray.box_id),
        col(Tray.stream),
        col(Tray.sealed),
        col(BallotKey.server_key),
        col(BallotKey.sealed).label("wrapped"),
    )
    .join(BallotKey, col(BallotKey.round_id) == col(Tray.round_id))
    .where(
        col(Tray.round_id) == bindparam("round"),
        col(Tray.box_id).in_(bindparam("boxes", expanding=True)),
    )
    .order_by(col(Tray.round_id), col(Tray.box_id), col(Tray.stream))
    .with_for_update(of=Tray)
)
_TABLE = Tray.__table__  # type: ignore[attr-defined]
_REPLACE_TRAY = (
    update(_TABLE)
    .where(
        _TABLE.c.round_id == bindparam("in_round"),
        _TABLE.c.box_id == bindparam("in_box"),
        _TABLE.c.stream == bindparam("in_stream"),
    )
    .values(sealed=bindparam("anew"), given=_TABLE.c.given + bindparam("new"))
)
