"""A picture somebody uploads: read to its last pixel and written anew, or refused.

Nothing of the file is passed on but its pixels and palette: no text, no profile, no appended data.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Samples a pixel, by colour type; and the bit depths each may have.
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
WIDEST, HIGHEST = 800, 400


class NotPng(Exception):
    """The bytes are no PNG we take; `key` says why: type, broken, interlaced or large."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Png:
    """A picture as it is stored and sent."""

    content: bytes
    width: int
    height: int


def rewritten(content: bytes) -> Png:
    """The same picture with nothing else in its file; raises NotPng."""
    if not content.startswith(SIGNATURE):
        raise NotPng("type")
    chunks = list(_chunks(content[len(SIGNATURE) :]))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise NotPng("broken")
    head = chunks[0][1]
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    _check_head(width, height, depth, colour, interlaced)
    kept = {name: data for name, data in chunks if name in {b"PLTE", b"tRNS"}}
    if colour == 3 and not kept.get(b"PLTE"):
        raise NotPng("broken")
    line = 1 + -(-width * depth * SAMPLES[colour] // 8)
    pixels = _pixels(b"".join(data for name, data in chunks if name == b"IDAT"), line, height)
    parts = [(b"IHDR", head[:10] + b"\0\0\0")]
    parts += [(name, kept[name]) for name in (b"PLTE", b"tRNS") if name in kept]
    parts += [(b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")]
    return Png(SIGNATURE + b"".join(_chunk(*part) for part in parts), width, height)


def _check_head(width: int, height: int, depth: int, colour: int, interlaced: int) -> None:
    if colour not in DEPTHS or depth not in DEPTHS[colour] or not width or not height:
        raise NotPng("broken")
    if width > WIDEST or height > HIGHEST:
        raise NotPng("large")
    if interlaced:
        raise NotPng("interlaced")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while True:
        if place + 12 > len(content):
            raise NotPng("broken")
        size, name = struct.unpack_from(">I4s", content, place)
        data = content[place + 8 : place + 8 + size]
        if place + 12 + size > len(content):
            raise NotPng("broken")
        (crc,) = struct.unpack_from(">I", content, place + 8 + size)
        if zlib.crc32(name + data) != crc:
            raise NotPng("broken")
        if name == b"IEND":
            return
        yield name, data
        place += 12 + size


def _pixels(packed: bytes, line: int, height: int) -> bytes:
    """The filtered lines, exactly as many bytes as the head announces."""
    unpacking = zlib.decompressobj()
    try:
        # One byte more than there may be, so that a bomb stops here.
        pixels = unpacking.decompress(packed, line * height + 1)
    except zlib.error:
        raise NotPng("broken") from None
    if len(pixels) != line * height or not unpacking.eof or max(pixels[::line]) > 4:
        raise NotPng("broken")
    return pixels


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
