"""Known vulnerabilities in what is installed: any that is found fails, and so does all but not being able to ask."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = ("runtime", "dev", "installer")
COMMAND = ("pip-audit", "--disable-pip", "--require-hashes", "-f", "json")
QUIET = ("--progress-spinner", "off", "--timeout", "10")
# What it says where the line is dead, and where the index it reaches knows no vulnerabilities.
NO_LINE = re.compile(
    r"(?:ConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|Failed to resolve|"
    r"Max retries exceeded|Connection refused|Network is unreachable)"
)
NOT_THERE = "not found on PyPI"


@dataclass(frozen=True)
class Verdict:
    """Whether it passes, and what is said of it."""

    passes: bool
    text: str


def audited() -> Verdict:
    """Every lock; the first that does not pass, else the last that could not be asked."""
    verdicts = [_of(name) for name in LOCKS]
    bad = [one for one in verdicts if not one.passes]
    return [*verdicts, *bad][-1]


def read(out: str, err: str) -> Verdict:
    """What pip-audit has said."""
    try:
        known = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (err or out).strip().splitlines()[-1:]
        if NO_LINE.search(err):
            return Verdict(True, "could not ask: no network")
        return Verdict(False, f"it broke off: {''.join(last)}")
    found = [f"{one['name']}: {bug['id']}" for one in known for bug in one.get("vulns", ())]
    if found:
        return Verdict(False, ", ".join(found))
    skipped = [one for one in known if "skip_reason" in one]
    if known and skipped == known and all(NOT_THERE in one["skip_reason"] for one in skipped):
        return Verdict(True, "could not ask: the index here knows no package's vulnerabilities")
    if skipped or not known:
        return Verdict(
            False, f"not looked at: {', '.join(one['name'] for one in skipped) or 'anything'}"
        )
    return Verdict(True, f"none in {len(known)} packages")


def _of(name: str) -> Verdict:
    command = [str(Path(sys.executable).parent / COMMAND[0]), *COMMAND[1:], *QUIET]
    done = subprocess.run(
        [*command, "-r", f"locks/{name}.txt"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return read(done.stdout, done.stderr)
