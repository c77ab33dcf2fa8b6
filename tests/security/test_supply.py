"""What the product is made of: each package at one version, held to its hash, and listed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_the_list_of_parts_names_every_package(tmp_path: Path) -> None:
    """`./selaras sbom FILE`, as CycloneDX."""
    file = tmp_path / "sbom.json"
    command = [Path(sys.executable).with_name(SBOM[0]), *SBOM[1:], "-o", file]
    subprocess.run(list(map(str, command)), cwd=ROOT, check=True, capture_output=True, timeout=60)
    told = json.loads(file.read_text())
    assert told["bomFormat"] == "CycloneDX"
    named = {one["name"].lower() for one in told["components"]}
    assert set(PIN.findall((ROOT / "locks" / "runtime.txt").read_text())) <= named
