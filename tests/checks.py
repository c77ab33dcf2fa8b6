"""`./selaras check`: all a machine can say about the code, and that no branch of scoring is untested."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests import auditing

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

SITE = ROOT / ".venv" / "docs"
DATA = ROOT / ".venv" / "scoring.coverage"
SCORING = ("-m", "pytest", "-q", "tests/scoring", "app/scoring")

# A link that leads nowhere is an error.
STRICT = ("-q", "-E", "-n", "-W", "--keep-going", "-b", "html")

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("ruff", "format", "--check", ".", "selaras")),
    ("lint", ("ruff", "check", ".", "selaras")),
    ("docstrings of scoring", ("ruff", "check", "--select", "D", "app/scoring")),
    ("weak spots", ("bandit", "-q", "-r", "app", "-c", "pyproject.toml")),
    ("types", ("mypy",)),
    ("imports", ("lint-imports",)),
    ("page templates", ("djlint", "--lint", "app/web/templates")),
    ("tests of scoring", ("coverage", "run", "--branch", "--source=app/scoring", *SCORING)),
    ("coverage of scoring", ("coverage", "report", "--fail-under=100", "--skip-covered", "-m")),
    ("documents as a site", ("sphinx-build", *STRICT, "-c", "docs", ".", str(SITE))),
    ("wheel", ("python", "-m", "tests.wheel")),
    ("spelling", ("codespell", "app", "docs", "README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
)
# The list of parts, written by `./selaras sbom FILE`.
SBOM = ("cyclonedx-py", "requirements", "locks/runtime.txt", "--output-reproducible")


def main() -> int:
    failed = [name for name, command in CHECKS if not _passes(name, command)]
    failed += [] if _audit() else ["known vulnerabilities"]
    for name in failed:
        print(f"FAILED: {name}")
    if not failed:
        print("All checks passed.")
    return 1 if failed else 0


def unhashed(lock: str) -> list[str]:
    """The packages of a lock that are not held to one version and its hashes."""
    parts = re.split(r"\n(?=[^\s#])", lock.strip())
    entries = [one for one in parts if not one.startswith("#")]
    held = re.compile(r"[a-z0-9][a-z0-9._-]*(?:\[[a-z,]+\])?==\S+[^#]*--hash=sha256:[0-9a-f]{64}")
    return [one.splitlines()[0].strip(" \\") for one in entries if not held.match(one)]


def _passes(name: str, command: tuple[str, ...]) -> bool:
    print(f"== {name}", flush=True)
    return _run(command) == 0


def _audit() -> bool:
    print("== known vulnerabilities", flush=True)
    verdict = auditing.audited()
    print(verdict.text)
    return verdict.passes


def _run(command: tuple[str, ...]) -> int:
    words = [str(BIN / command[0]), *command[1:]]
    environment = {**os.environ, "NO_COLOR": "1", "COVERAGE_FILE": str(DATA)}
    return subprocess.run(words, cwd=ROOT, check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
