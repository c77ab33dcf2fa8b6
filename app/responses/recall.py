"""Finding a ballot by its receipt in the sealed boxes, and replacing or withdrawing it there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlmodel import col

from app.kit.seal import Keyring, unseal
from app.responses import packing, trays
from app.responses.models import Block, Box, Spent, Tray
from app.responses.trays import BALLOTS, SealedRow


@dataclass(frozen=True, slots=True)
class Found:
    """The box in which a receipt's ballot lies, and whose box that is."""

    box_id: str
    department_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a receipt's ballot: other answers, or without codes none."""

    round_id: str
    box_id: str
    receipt: str
    codes: bytes | None = None
    comments: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Part:
    """One sealed row of a box, opened."""

    stream: str
    size: int
    records: list[bytes]


def find(connection: Connection, keyring: Keyring, round_id: str, receipt: str) -> Found | None:
    """Where the receipt's ballot lies: a look through the whole round. Raises RoundGone.

    Trays first: a ballot only ever moves from a tray to a block.
    """
    key = trays.keys(connection, keyring, {round_id})[round_id]
    wanted = trays.mark(key, BALLOTS, receipt)
    for table in (Tray, Block):
        for row in trays.stream_rows(connection, table, round_id, BALLOTS):
            content = unseal(key, row.sealed, trays.place(round_id, row.box_id, BALLOTS))
            if _holds(content, wanted):
                box = connection.execute(_BOX, {"round": round_id, "box": row.box_id}).one()
                return Found(row.box_id, box.department_id)
    return None


def retried(
    connection: Connection, keyring: Keyring, link: tuple[str, bytes], submission_key: str
) -> str | None:
    """The receipt of what this link cast, where it was cast with this submission key."""
    round_id, token_hash = link
    given = {"round": round_id, "token_hash": token_hash}
    box_id = connection.execute(_BOX_OF, given).scalar_one_or_none()
    if box_id is None:
        return None
    key = trays.keys(connection, keyring, {round_id})[round_id]
    receipt = trays.receipt(key, submission_key)
    wanted = trays.mark(key, BALLOTS, receipt)
    in_box = {"round": round_id, "box": box_id}
    for statement in (_TRAYS, _BLOCKS):
        for row in connection.execute(statement, in_box):
            if row.stream == BALLOTS and _holds(trays.opened(key, row), wanted):
                return receipt
    return None


def change(connection: Connection, keyring: Keyring, wanted: Change) -> bool:
    """Replace or withdraw a ballot with its comments; False where the box holds it no more.

    Every row of the box is sealed anew, whichever held it: nothing stored tells which that was.
    """
    # The trays' locks keep everybody else from the blocks of the box as well.
    key, rows = trays.locked(connection, keyring, wanted.round_id, {wanted.box_id})
    in_trays = [_part(key, row) for row in rows]
    given = {"round": wanted.round_id, "box": wanted.box_id}
    in_blocks = [_part(key, row) for row in connection.execute(_BLOCKS, given)]
    if not _take_out(key, wanted, [*in_trays, *in_blocks]):
        return False
    new = {} if wanted.codes is None else _comments(key, wanted)
    _seal(connection, key, wanted, in_trays, in_blocks, new)
    if wanted.codes is None:
        connection.execute(_ONE_LESS, {"of_round": wanted.round_id, "of_box": wanted.box_id})
    return True


def _holds(content: bytes, wanted: bytes) -> bool:
    # The first look is quick and nearly always the last.
    return wanted in content and any(
        trays.mark_of(record, BALLOTS) == wanted for record in packing.BALLOTS.unpack(content)
    )


def _part(key: bytes, row: SealedRow) -> _Part:
    content, form = trays.opened(key, row), trays.form_of(row.stream)
    return _Part(row.stream, form.size(content), form.unpack(content))


def _take_out(key: bytes, wanted: Change, parts: Sequence[_Part]) -> bool:
    """Remove the comments, and the ballot or its answers; says whether the ballot was there."""
    marks = {part.stream: trays.mark(key, part.stream, wanted.receipt) for part in parts}
    found = False
    for part in parts:
        marked = marks[part.stream]
        kept = [one for one in part.records if trays.mark_of(one, part.stream) != marked]
        if part.stream == BALLOTS and len(kept) < len(part.records):
            found = True
            # In its own place: a block stays as large as it was.
            kept += [] if wanted.codes is None else [wanted.codes + marked]
        part.records = kept
    return found


def _comments(key: bytes, wanted: Change) -> dict[str, bytes]:
    assert wanted.codes is not None
    records = dict(trays.records(key, wanted.receipt, wanted.codes, wanted.comments))
    del records[BALLOTS]
    return records


def _seal(
    connection: Connection,
    key: bytes,
    wanted: Change,
    in_trays: Sequence[_Part],
    in_blocks: Sequence[_Part],
    new: Mapping[str, bytes],
) -> None:
    def row(stream: str, content: bytes) -> dict[str, object]:
        return trays.sealed_row(key, (wanted.round_id, wanted.box_id, stream), content)

    blocks = [row(one.stream, _packed(one, packing.BLOCK)) for one in in_blocks]
    changed = []
    for one in in_trays:
        added = [new[one.stream]] if one.stream in new else []
        content, full = trays.filled(_packed(one, packing.TRAY), one.stream, added)
        changed.append(row(one.stream, content))
        blocks += [row(one.stream, block) for block in full]
    trays.replace_trays(connection, changed)
    connection.execute(
        delete(Block).where(
            col(Block.round_id) == wanted.round_id, col(Block.box_id) == wanted.box_id
        )
    )
    trays.add_blocks(connection, blocks)


def _packed(part: _Part, capacity: int) -> bytes:
    return trays.form_of(part.stream).pack(part.records, capacity, part.size)


_BOX = select(col(Box.department_id)).where(
    col(Box.round_id) == bindparam("round"), col(Box.id) == bindparam("box")
)
_BOX_OF = select(col(Spent.box_id)).where(
    col(Spent.round_id) == bindparam("round"), col(Spent.token_hash) == bindparam("token_hash")
)
_TRAYS, _BLOCKS = (
    select(col(table.round_id), col(table.box_id), col(table.stream), col(table.sealed)).where(
        col(table.round_id) == bindparam("round"), col(table.box_id) == bindparam("box")
    )
    for table in (Tray, Block)
)
_BOXES = Box.__table__  # type: ignore[attr-defined]
_ONE_LESS = (
    update(_BOXES)
    .where(_BOXES.c.round_id == bindparam("of_round"), _BOXES.c.id == bindparam("of_box"))
    .values(withdrawn=_BOXES.c.withdrawn + 1)
)
