"""The file of the server's secrets: whole at every moment, and no key is ever lost by accident."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.kit import key_file
from app.kit.key_file import RotationUnderWay
from app.kit.seal import Keyring, UnknownServerKey


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secret.key"


def test_a_new_key_comes_in_front_and_the_old_ones_stay(path: Path) -> None:
    first = key_file.read(path)
    key_file.add(path)
    key_file.add(path)
    kept = key_file.read(path)
    assert len(set(kept)) == 3
    assert kept[-1:] == first
    assert path.stat().st_mode & 0o777 == 0o600
    key_file.drop(path, kept[1])
    assert key_file.read(path) == (kept[0], kept[2])


def test_two_who_rotate_at_once_lose_no_key(path: Path) -> None:
    first = key_file.read(path)

    def rotate(_: int) -> bool:
        try:
            key_file.add(path)
        except RotationUnderWay:
            return False
        return True

    with ThreadPoolExecutor(8) as crowd:
        done = sum(crowd.map(rotate, range(24)))
    assert done >= 1
    assert len(key_file.read(path)) == len(first) + done


def test_a_rotation_that_was_broken_off_is_named_and_harms_nothing(path: Path) -> None:
    before = key_file.read(path)
    left = path.with_name("secret.key.new")
    left.write_text("half a ke")
    with pytest.raises(RotationUnderWay, match=r"secret\.key\.new"):
        key_file.add(path)
    assert key_file.read(path) == before
    left.unlink()
    key_file.add(path)
    assert key_file.read(path)[1:] == before


def test_a_disk_that_is_full_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = key_file.read(path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            key_file.add(path)
    assert key_file.read(path) == before
    key_file.add(path)


def test_a_running_process_finds_a_key_that_was_made_meanwhile(path: Path) -> None:
    running = Keyring(key_file.read(path), lambda: key_file.read(path))
    key_file.add(path)
    newer = Keyring(key_file.read(path))
    wrapped = newer.wrap(b"round key", "place")
    assert running.unwrap(wrapped, "place") == b"round key"
    assert running.current != newer.current
    with pytest.raises(UnknownServerKey):
        running.derive("wrap", "0123456789abcdef")
