"""A file beside the backups of what must not come back with one of them: random ids, a line each.

The database cannot tell: it is what a restore replaces.
"""

import os
from collections.abc import Iterable
from pathlib import Path

NAME = "forgotten"


def add(folder: Path, ids: Iterable[str]) -> None:
    """Note these for good, on the disk before this returns."""
    new = sorted(set(ids) - read(folder))
    if not new:
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    with os.fdopen(os.open(folder / NAME, flags, 0o600), "w") as file:
        file.write("".join(f"{one}\n" for one in new))
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> set[str]:
    """All that were ever noted; a line that was cut off by a crash matches nothing."""
    path = folder / NAME
    return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()
