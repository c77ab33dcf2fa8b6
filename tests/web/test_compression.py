"""A page packed once with one place in it reads, unpacked, as the page with the place filled."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.compression import Framed

TEXT = st.text(st.characters(exclude_characters="\0"), max_size=400).map(str.encode)
# Such as pages are: the same words again and again, on either side of the place.
ECHOING = st.lists(st.sampled_from([b"<input value=", b'name="a1">', b"0kW-_", b"Ya"])).map(
    b"".join
)


@given(TEXT | ECHOING, TEXT | ECHOING, st.binary(min_size=28, max_size=28))
def test_every_browser_reads_one_stream_of_all_three_pieces(
    before: bytes, after: bytes, key: bytes
) -> None:
    framed = Framed(before, after, 28)
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert unpacking.decompress(framed.packed(key)) == before + key + after == framed.plain(key)
    assert unpacking.eof
    assert unpacking.unused_data == b""


def test_what_follows_refers_to_what_precedes() -> None:
    words = bytes(range(1, 256)) * 3
    alone = len(Framed(b"", words, 28).packed(b"k" * 28))
    assert len(Framed(words, words, 28).packed(b"k" * 28)) < alone + 60


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="27 bytes where 28"):
        Framed(b"a", b"b", 28).packed(b"k" * 27)
