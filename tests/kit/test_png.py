"""A logo is read to its last pixel and written anew, or refused with the reason."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import png
from app.kit.png import SIGNATURE, NotPng, rewritten


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def picture(
    width: int = 3,
    height: int = 2,
    colour: int = 2,
    depth: int = 8,
    interlaced: int = 0,
    pixels: bytes | None = None,
    more: bytes = b"",
) -> bytes:
    line = 1 + -(-width * depth * png.SAMPLES.get(colour, 1) // 8)
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    packed = zlib.compress(b"\0" * line * height if pixels is None else pixels)
    return SIGNATURE + chunk(b"IHDR", head) + more + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def test_picture_stays_and_everything_else_goes() -> None:
    text = chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")
    sent = picture(more=text) + b"<?php appended ?>"
    kept = rewritten(sent)
    assert (kept.width, kept.height) == (3, 2)
    assert b"script" not in kept.content
    assert b"php" not in kept.content
    assert rewritten(kept.content) == kept


def test_palette_and_transparency_are_kept() -> None:
    parts = chunk(b"PLTE", b"\x00\x00\x00\xff\xff\xff") + chunk(b"tRNS", b"\x00\xff")
    kept = rewritten(picture(colour=3, more=parts))
    assert b"PLTE" in kept.content
    assert b"tRNS" in kept.content


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "type"),
        (b"\xff\xd8\xff\xe0JFIF", "type"),
        (b"GIF89a", "type"),
        (SIGNATURE, "broken"),
        (picture()[:-20], "broken"),
        (picture().replace(b"IDAT", b"IDAt"), "broken"),
        (picture(colour=3), "broken"),
        (picture(colour=5), "broken"),
        (picture(width=0), "broken"),
        (picture(pixels=b"\0" * 5), "broken"),
        (picture(pixels=b"\0" * 100_000), "broken"),
        (picture(pixels=b"\x09" * 20), "broken"),
        (picture(width=801), "large"),
        (picture(height=401), "large"),
        (picture(width=2**31, height=2**31, pixels=b""), "large"),
        (picture(interlaced=1), "interlaced"),
    ],
)
def test_what_is_no_plain_picture_is_refused(content: bytes, key: str) -> None:
    with pytest.raises(NotPng) as refused:
        rewritten(content)
    assert refused.value.key == key


@given(st.binary(max_size=200), st.integers(0, 80))
def test_nothing_that_is_sent_does_more_than_be_refused(noise: bytes, place: int) -> None:
    sent = picture()
    for content in (noise, SIGNATURE + noise, sent[:place] + noise + sent[place:]):
        try:
            kept = rewritten(content)
        except NotPng:
            continue
        assert rewritten(kept.content) == kept
