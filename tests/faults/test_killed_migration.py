"""Kill -9 at one statement after another of a migration, from nothing and from each released schema.

A second run always completes it: the schema is the one of an untouched run, which is that of the
models, and every row is there. The normal size takes some statements, `--nightly` every one.
"""

import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from app.kit import migration
from tests import released
from tests.postgresql import Server

ROOT = Path(__file__).parents[2]
NOTHING = Path("nothing")
# From the newest there is nothing to migrate.
OLDER = [file for file in released.FILES if file.stem != migration.newest()]
KINDS = ("sqlite", "postgresql")


@pytest.mark.parametrize(
    ("file", "kind"),
    [(NOTHING, "sqlite"), *((file, kind) for file in OLDER[-1:] for kind in KINDS)],
    ids=lambda part: part.stem if isinstance(part, Path) else part,
)
def test_a_second_run_completes_what_a_kill_cut_off(
    file: Path, kind: str, tmp_path: Path, postgresql_server: Server
) -> None:
    total, _ = endured(file, kind, tmp_path, postgresql_server, kills=4)
    assert total > 15, "more than the statements that only look and begin"


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", [NOTHING, *OLDER], ids=lambda file: file.stem)
def test_whatever_the_statement(
    file: Path,
    kind: str,
    tmp_path: Path,
    postgresql_server: Server,
    capsys: pytest.CaptureFixture[str],
) -> None:
    total, tried = endured(file, kind, tmp_path, postgresql_server)
    with capsys.disabled():
        print(f"\n{kind}, from {file.stem}: {tried} kills, {total} statements")
    assert tried == total + 1


def endured(file: Path, kind: str, folder: Path, server: Server, kills: int = 0) -> tuple[int, int]:
    """How many statements the migration has, and at how many it was killed (0: at each)."""
    if kind == "sqlite":
        template = "" if file is NOTHING else str(folder / "template.db")
        where = str(folder)
        if template:
            released.loaded(file, Path(template))
    else:
        template, where = f"killed_{secrets.token_hex(4)}", str(server.folder / "socket")
        server.execute(f"CREATE DATABASE {template}")
        if file is not NOTHING:
            released.moved(file, folder, server.url(template))
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.migrating", kind, where, template, str(kills)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    total, tried = map(int, done.stdout.split())
    return total, tried
