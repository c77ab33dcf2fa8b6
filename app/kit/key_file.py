"""The server's secrets in a file of the data directory, where no setting holds them.

One a line, the newest first. The file is apart from the database and never part of a backup.
"""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NAME = "secret.key"


class RotationUnderWay(Exception):
    """The file is being changed by somebody else, or a change of it was broken off."""


def read(path: Path) -> tuple[str, ...]:
    """The secrets, newest first; one is made where there is no file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    return tuple(path.read_text(encoding="utf-8").split())


def add(path: Path) -> None:
    """Put a new secret in front of those there are. Raises RotationUnderWay."""
    _replace(path, lambda kept: (new_secret(), *kept))


def drop(path: Path, secret: str) -> None:
    """Forget one secret; what only it opens is lost. Raises RotationUnderWay."""
    _replace(path, lambda kept: tuple(one for one in kept if one != secret))


def new_secret() -> str:
    return secrets.token_urlsafe(48)


def _replace(path: Path, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
    # The unfinished file is the lock as well: of two rotations, neither loses the other's key.
    unfinished = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RotationUnderWay(str(unfinished)) from None
    try:
        _write(descriptor, change(read(path)))
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _settle(path.parent)


def _make(path: Path) -> None:
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    _write(descriptor, (new_secret(),))
    # A whole file gets the name, once: of two processes starting together, one's secret is kept.
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    except OSError:
        # A file system without hard links: the last one keeps the name.
        unfinished.replace(path)
        return
    unfinished.unlink()


def _write(descriptor: int, kept: tuple[str, ...]) -> None:
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(kept))
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """A name that a power cut takes back would take the new key along."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
