"""Files on their way out in pieces, so that a large one needs no more memory than a small one."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, Any

PIECE = 64 * 1024
IN_MEMORY = 1024 * 1024


def built(write: Callable[[IO[bytes]], Any]) -> Iterator[bytes]:
    """What `write` puts into a file that is gone afterwards; written whole before this returns."""
    with ExitStack() as closing:
        file = closing.enter_context(SpooledTemporaryFile(IN_MEMORY))
        write(file)
        file.seek(0)
        closing.pop_all()
    return _read(file)


def zipped(parts: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """A zip of these named parts, each compressed as it comes."""
    outgoing = _Outgoing()
    with zipfile.ZipFile(outgoing, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in parts:
            # A fixed date: the same data give the same file.
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
                    yield from outgoing.taken()
    yield from outgoing.taken()


class _Outgoing(io.RawIOBase):
    """Where the zip is written to: a stream that cannot go back."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._waiting += piece
        return len(piece)

    def taken(self) -> Iterator[bytes]:
        if self._waiting:
            yield bytes(self._waiting)
            self._waiting.clear()


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
