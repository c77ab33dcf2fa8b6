import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.seal import Keyring, SealBroken, UnknownServerKey, Wrapped, new_key, seal, unseal

KEY = bytes(range(32))
OLD, NEW = "kunci-lama-" * 4, "kunci-baru-" * 4


@given(st.binary(max_size=300), st.text(st.characters(codec="utf-8"), max_size=30))
def test_what_was_sealed_opens_with_its_key_at_its_place(content: bytes, place: str):
    assert unseal(KEY, seal(KEY, content, place), place) == content


def test_the_same_content_never_looks_the_same():
    assert seal(KEY, b"answers", "box") != seal(KEY, b"answers", "box")
    assert b"answers" not in seal(KEY, b"answers", "box")
    assert new_key() != new_key()
    assert len(new_key()) == 32


def test_a_changed_bit_anywhere_breaks_the_seal():
    sealed = seal(KEY, b"answers", "box")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(SealBroken):
            unseal(KEY, bytes(changed), "box")


def test_a_block_cut_anywhere_breaks_the_seal():
    sealed = seal(KEY, b"answers", "box")
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            unseal(KEY, sealed[:length], "box")


def test_a_block_moved_elsewhere_or_opened_with_another_key_does_not_open():
    sealed = seal(KEY, b"answers", "box 1")
    with pytest.raises(SealBroken):
        unseal(KEY, sealed, "box 2")
    with pytest.raises(SealBroken):
        unseal(new_key(), sealed, "box 1")


def test_a_wrapped_key_opens_at_its_place_only():
    ring = Keyring((NEW,))
    wrapped = ring.wrap(KEY, "round 1")
    assert ring.unwrap(wrapped, "round 1") == KEY
    assert KEY not in wrapped.sealed
    with pytest.raises(SealBroken):
        ring.unwrap(wrapped, "round 2")


def test_an_old_server_key_still_opens_and_the_new_one_closes():
    wrapped = Keyring((OLD,)).wrap(KEY, "round 1")
    ring = Keyring((NEW, OLD))
    assert ring.unwrap(wrapped, "round 1") == KEY
    assert ring.wrap(KEY, "round 1").server_key == Keyring((NEW,)).current != wrapped.server_key
    assert ring.knows(wrapped.server_key)


def test_a_server_key_we_no_longer_have_is_named():
    wrapped = Keyring((OLD,)).wrap(KEY, "round 1")
    ring = Keyring((NEW,))
    assert not ring.knows(wrapped.server_key)
    with pytest.raises(UnknownServerKey, match=wrapped.server_key):
        ring.unwrap(wrapped, "round 1")
    with pytest.raises(SealBroken):
        ring.unwrap(Wrapped(ring.current, wrapped.sealed), "round 1")


def test_each_purpose_and_server_key_has_a_key_of_its_own():
    ring = Keyring((NEW, OLD))
    old = Keyring((OLD,)).current
    made = {ring.derive("wrap"), ring.derive("links"), ring.derive("wrap", old)}
    assert len(made) == 3
    assert ring.derive("wrap", old) == Keyring((OLD,)).derive("wrap")


def test_the_id_of_a_server_key_tells_nothing_of_it():
    assert OLD[:4] not in Keyring((OLD,)).current
    assert len(Keyring((OLD,)).current) == 16
