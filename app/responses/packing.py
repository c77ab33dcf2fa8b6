"""How ballots and comments lie inside a tray: shuffled, counted, and padded to hide how many."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Of a full tray, drawn by lot, BLOCK records are sealed for good and the rest stay: a ballot
# always hides among at least TRAY - BLOCK others once a box has been filled for the first time.
TRAY = 60
BLOCK = 50
RECEIPT_BYTES = 16
# Comments differ in length; a tray of them grows in steps that tell little.
STEP = 4096
COUNT_BYTES = 2
LENGTH_BYTES = 4
KEY_BYTES = 16


class Form(Protocol):
    """One way to lay records out."""

    def pack(self, records: Sequence[bytes], capacity: int, size: int) -> bytes:
        """The records in a fresh random order, padded."""

    def unpack(self, content: bytes) -> list[bytes]:
        """The records, in the order they lie there."""

    def size(self, content: bytes) -> int:
        """The size every record of it has; 0 where each has its own."""


class _Ballots:
    """Records of one fixed size, padded to what a full tray or block takes."""

    def pack(self, records: Sequence[bytes], capacity: int, size: int) -> bytes:
        head = len(records).to_bytes(COUNT_BYTES, "big") + size.to_bytes(COUNT_BYTES, "big")
        return (head + b"".join(_shuffled(records))).ljust(len(head) + capacity * size, b"\0")

    def unpack(self, content: bytes) -> list[bytes]:
        count = int.from_bytes(content[:COUNT_BYTES], "big")
        size = self.size(content)
        starts = range(2 * COUNT_BYTES, 2 * COUNT_BYTES + count * size, size or 1)
        return [content[start : start + size] for start in starts]

    def size(self, content: bytes) -> int:
        return int.from_bytes(content[COUNT_BYTES : 2 * COUNT_BYTES], "big")


class _Comments:
    """Records of any length, each behind its own; padded to the next step."""

    def pack(self, records: Sequence[bytes], capacity: int, size: int) -> bytes:
        content = len(records).to_bytes(COUNT_BYTES, "big") + b"".join(
            len(record).to_bytes(LENGTH_BYTES, "big") + record for record in _shuffled(records)
        )
        return content.ljust(-(-len(content) // STEP) * STEP, b"\0")

    def unpack(self, content: bytes) -> list[bytes]:
        records, start = [], COUNT_BYTES
        for _ in range(int.from_bytes(content[:COUNT_BYTES], "big")):
            first = start + LENGTH_BYTES
            end = first + int.from_bytes(content[start:first], "big")
            records.append(content[first:end])
            start = end
        return records

    def size(self, content: bytes) -> int:
        return 0


BALLOTS: Form = _Ballots()
COMMENTS: Form = _Comments()


def codes(content: bytes) -> "NDArray[np.uint8]":
    """The answers of a row of ballots: a line a ballot, without its receipt's mark."""
    # Only a release needs the numerical library.
    import numpy as np

    count = int.from_bytes(content[:COUNT_BYTES], "big")
    shape = count, BALLOTS.size(content)
    packed = np.frombuffer(content, np.uint8, count * shape[1], offset=2 * COUNT_BYTES)
    return packed.reshape(shape)[:, :-RECEIPT_BYTES]


def split(records: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """A full tray drawn by lot into the block that is sealed and the records that stay."""
    drawn = _shuffled(records)
    return drawn[:BLOCK], drawn[BLOCK:]


def _shuffled(records: Sequence[bytes]) -> list[bytes]:
    """In the order of random keys, all drawn at once: a tray is shuffled at every answer."""
    drawn = os.urandom(KEY_BYTES * len(records))
    keys = [drawn[start : start + KEY_BYTES] for start in range(0, len(drawn), KEY_BYTES)]
    order = sorted(range(len(records)), key=keys.__getitem__)
    return [records[place] for place in order]
