"""Write the newest schema down as a release leaves it: `.venv/bin/python -m tests.released`.

A database with 15 people, a released round and an open one that twelve have answered, sealed with
the key of the tests; and the programs of this checkout, to serve while a later version migrates.
"""

import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from app.kit import migration
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.results import release
from app.surveys import library
from app.surveys.coding import Layout
from tests.conftest import make_settings
from tests.released import HERE
from tests.results import rounds

ROOT = HERE.parents[1]
SURVEY = "recommend_workplace"
COMPANY, ANSWERING = {"Sales": 8, "Ops": 7}, {"Sales": 6, "Ops": 6}
PROGRAMS = ("app", "migrations", "survey_templates")


def main() -> int:
    target = HERE / f"{migration.newest()}.sql"
    if target.exists():
        print(f"{target.name} is there: what was released is never changed")
        return 1
    with TemporaryDirectory() as folder:
        target.write_text(dumped(Path(folder)))
    packed(target.with_suffix(".tar.xz"))
    print(f"Written: {target.name} and {target.stem}.tar.xz")
    return 0


def dumped(folder: Path) -> str:
    """The database as SQL."""
    path = folder / "selaras.db"
    runtime = Runtime.start(make_settings(f"sqlite:///{path}", folder))
    migration.upgrade(runtime.database)
    rounds.staffed(runtime, COMPANY)
    released = _answered(runtime, "Released")
    rounds.closed(runtime, released)
    with runtime.database.writing() as session:
        release.release(session, runtime.keyring, runtime.settings.zone, released, "test")
    release.sweep(runtime.database)
    _answered(runtime, "Open")
    runtime.close()
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def packed(target: Path) -> None:
    """What git has of the programs."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PROGRAMS], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for name in sorted(filter(None, listed.stdout.decode().split("\0"))):
            archive.add(ROOT / name, name, filter=_plain)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _answered(runtime: Runtime, name: str) -> str:
    survey = library.template(SURVEY)
    closes = now() + timedelta(days=3650)
    round_id = rounds.launched(runtime, survey, name=name, closes_at=closes)
    size = Layout.of(survey).size
    ballots = {
        path: [(bytes([n % 5] * size), {}) for n in range(people)]
        for path, people in ANSWERING.items()
    }
    rounds.answered(runtime, round_id, ballots)
    return round_id


if __name__ == "__main__":
    sys.exit(main())
