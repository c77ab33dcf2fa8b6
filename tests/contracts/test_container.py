"""The container's files, linted by what they promise, and the image's steps done in a folder.

No engine is at hand everywhere: what it would do is done with a virtual environment instead.
"""

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
HARDENED = {
    "read_only": True,
    "tmpfs": ["/tmp"],
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}


@cache
def composed() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def instructions(name: str) -> list[str]:
    """The instructions of one name, their continued lines joined."""
    joined = re.sub(r" \\\n\s*", " ", DOCKERFILE)
    return re.findall(rf"^{name} (.+)$", joined, re.MULTILINE)


def test_the_image_runs_as_nobody_in_particular_and_writes_to_its_data_only() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["10001:10001"]
    assert instructions("VOLUME") == ["/data"]
    assert "SELARAS_DATA_DIR=/data" in last
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert "/healthz" in instructions("HEALTHCHECK")[0]
    assert not instructions("ADD")


def test_the_image_takes_locked_packages_and_leaves_the_tools_behind() -> None:
    fetching = [
        one for run in instructions("RUN") for one in run.split("&&") if "pip install" in one
    ]
    assert len(fetching) == 3
    for one in fetching:
        assert "--require-hashes" in one or "--no-index" in one, one
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "pip " not in last
    assert re.findall(r"^COPY (.+)$", last, re.MULTILINE) == [
        "--from=build /opt/selaras /opt/selaras"
    ]


def test_every_container_of_ours_is_read_only_and_without_a_capability() -> None:
    ours = {name: one for name, one in composed()["services"].items() if "build" in one}
    assert set(ours) == {"migrate", "service", "worker"}
    for one in ours.values():
        assert {name: one[name] for name in HARDENED} == HARDENED
        assert not {"privileged", "cap_add", "user", "network_mode"} & set(one)
    assert composed()["services"]["service"]["ports"] == ["127.0.0.1:8000:8000"]


def test_nothing_starts_on_an_old_schema_and_secrets_are_files() -> None:
    services = composed()["services"]
    done = {"migrate": {"condition": "service_completed_successfully"}}
    assert services["service"]["depends_on"] == services["worker"]["depends_on"] == done
    given = services["service"]["environment"]
    assert {"SELARAS_DATABASE_URL_FILE", "SELARAS_SECRET_KEY_FILE"} <= set(given)
    assert not {"SELARAS_DATABASE_URL", "SELARAS_SECRET_KEY"} & set(given)


def test_the_line_for_one_container_takes_as_much_away() -> None:
    (line,) = re.findall(r"^docker run .+$", (ROOT / "docs" / "run.md").read_text(), re.MULTILINE)
    words = shlex.split(line)
    for wanted in ("--read-only", "no-new-privileges", "127.0.0.1:8000:8000", "selaras:/data"):
        assert wanted in words
    assert words[words.index("--cap-drop") + 1] == "ALL"


def test_the_extras_of_the_image_are_those_of_the_lock(tmp_path: Path) -> None:
    (program,) = re.findall(r"awk '(.+)' locks/dev.txt", DOCKERFILE)
    done = subprocess.run(
        ["awk", program, "locks/dev.txt"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    named = re.findall(r"^([a-z][\w.-]*)(?:\[\w+\])?==\S+", done.stdout, re.MULTILINE)
    assert set(named) >= {"psycopg", "psycopg-binary", "python-pptx", "lxml", "pillow", "resvg-py"}
    blocks = re.split(r"^(?=[a-z])", done.stdout, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in one for one in blocks), "each with its hash"


@pytest.mark.nightly
def test_the_steps_of_the_build_make_a_service_that_starts(tmp_path: Path) -> None:
    """Every RUN of the first stage, as written, with folders of its own for / and the sources."""
    source, target = tmp_path / "src", tmp_path / "opt"
    subprocess.run(["git", "clone", "--quiet", ROOT, source], check=True)
    stage = DOCKERFILE.partition("\nFROM ")[2].partition("\nFROM ")[0]
    for step in re.findall(r"^RUN (.+)$", re.sub(r" \\\n\s*", " ", stage), re.MULTILINE):
        here = step.replace("/opt/selaras", str(target)).replace("python3 ", f"{sys.executable} ")
        subprocess.run(["sh", "-euc", here], cwd=source, check=True)
    data = tmp_path / "data"
    data.mkdir()
    environment = {"PATH": f"{target}/bin:/usr/bin:/bin", "SELARAS_DATA_DIR": str(data)}
    for words in ("migrate", "doctor --json", "survey list"):
        subprocess.run(
            ["selaras", *words.split()], cwd=data, env=environment, check=words != "doctor --json"
        )
    assert (data / "selaras.db").exists()
