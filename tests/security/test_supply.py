"""What the product is made of: each package at one version, held to its hash, and listed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import auditing
from tests.checks import SBOM, unhashed

ROOT = Path(__file__).parents[2]
LOCKS = ("runtime", "dev", "installer")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==\S+", re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_held_to_its_hash(name: str) -> None:
    text = (ROOT / "locks" / f"{name}.txt").read_text()
    assert PIN.findall(text)
    assert unhashed(text) == []


def test_a_package_without_its_hash_is_noticed() -> None:
    held = "good==1.0 \\\n    --hash=sha256:" + "a" * 64
    assert unhashed(held + "\nbad==2.0\n") == ["bad==2.0"]
    assert unhashed(held + "\nworse>=2.0 \\\n    --hash=sha256:" + "b" * 64) == ["worse>=2.0"]


def told(*parts: dict[str, object]) -> str:
    return json.dumps({"dependencies": parts})


GOOD = {"name": "good", "version": "1", "vulns": []}
BAD = {"name": "bad", "version": "1", "vulns": [{"id": "PYSEC-1"}]}
UNKNOWN = {"name": "x", "skip_reason": "Dependency not found on PyPI and could not be audited"}
ODD = {"name": "y", "skip_reason": "its version is no version"}


@pytest.mark.parametrize(
    ("out", "err", "passes"),
    [
        (told(GOOD, GOOD), "", True),
        (told(GOOD, BAD), "", False),
        (told(UNKNOWN, BAD), "", False),
        # Nobody can be asked here: that alone is let pass.
        (told(UNKNOWN, UNKNOWN), "", True),
        ("", "requests.exceptions.ConnectionError: Failed to resolve 'api'", True),
        (told(GOOD, UNKNOWN), "", False),
        (told(ODD), "", False),
        (told(), "", False),
        ("", "ERROR: the lock cannot be read", False),
        ("", "", False),
    ],
)
def test_a_vulnerability_fails_and_only_a_dead_line_is_let_pass(
    out: str, err: str, passes: bool
) -> None:
    assert auditing.read(out, err).passes == passes


def test_the_list_of_parts_names_every_package(tmp_path: Path) -> None:
    """`./selaras sbom FILE`, as CycloneDX."""
    file = tmp_path / "sbom.json"
    command = [Path(sys.executable).with_name(SBOM[0]), *SBOM[1:], "-o", file]
    subprocess.run(list(map(str, command)), cwd=ROOT, check=True, capture_output=True, timeout=60)
    told = json.loads(file.read_text())
    assert told["bomFormat"] == "CycloneDX"
    named = {one["name"].lower() for one in told["components"]}
    assert set(PIN.findall((ROOT / "locks" / "runtime.txt").read_text())) <= named
