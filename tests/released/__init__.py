"""A database of each released schema, and the programs that made it."""

import sqlite3
import tarfile
from pathlib import Path

from app.kit import restoring
from app.kit.database import Database

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.sql"))


def loaded(file: Path, path: Path) -> str:
    """The database, made anew at `path`; its address."""
    with sqlite3.connect(path) as connection:
        connection.executescript(file.read_text())
    return f"sqlite:///{path}"


def moved(file: Path, folder: Path, url: str) -> None:
    """The same in an empty database of PostgreSQL."""
    old, new = Database(loaded(file, folder / "to-be-moved.db")), Database(url)
    restoring.move(old, new)
    old.close()
    new.close()


def unpacked(file: Path, folder: Path) -> Path:
    """The programs of that version, in `folder`."""
    with tarfile.open(file.with_suffix(".tar.xz")) as archive:
        archive.extractall(folder, filter="data")
    return folder
