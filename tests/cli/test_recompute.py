"""The script of docs/ comes to the same numbers with nothing but a release in its hands."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Installation
from tests.results.company import Company, mixed, random_company, survey_of

SCRIPT = Path(__file__).parents[2] / "docs" / "recompute.py"
LONGEST = 80


def recomputed(release: dict) -> tuple[int, str]:
    """How the script ends, run as a reader without Selaras runs it."""
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT],
        input=json.dumps(release),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.stderr
    return done.returncode, done.stdout


def many_departments() -> dict:
    """A hundred departments of every size: shares that round this way and that."""
    chance = random.Random(7)
    company = Company(survey_of())
    for n in range(100):
        counts = tuple(chance.randint(0, 4 + n * 3) for _ in range(3))
        company.add(f"D{n}", sum(counts) + chance.randint(0, 9), mixed(counts))
    return company.release()


def test_it_is_short_enough_to_read() -> None:
    assert len(SCRIPT.read_text().splitlines()) <= LONGEST


def test_every_number_of_a_release_is_the_one_its_counts_give() -> None:
    release = many_departments()
    assert sum(group["disclosed"] for group in release["groups"]) > 60
    code, said = recomputed(release)
    assert code == 0
    figures, rest = said.split(maxsplit=1)
    assert int(figures) > 5000
    assert rest == "figures checked, 0 wrong.\n"


@pytest.mark.parametrize("seed", range(5))
def test_it_passes_over_what_is_protected(seed: int) -> None:
    release = random_company(random.Random(seed), survey_of(points=4 + seed)).release()
    assert recomputed(release)[0] == 0


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (None, "score"),
        (None, "passives_pct"),
        (None, "process_low"),
        (None, "range_high"),
        ("themes", "score_exact"),
        ("items", "favourable_pct"),
        ("items", "promoters"),
    ],
)
def test_a_number_that_was_tampered_with_is_named(part: str | None, name: str) -> None:
    release = many_departments()
    group = release["groups"][0]
    changed = group if part is None else group[part][0]
    changed[name] += 1
    code, said = recomputed(release)
    assert code == 1, said
    assert f" {name}: {changed[name]}, not " in said


def test_a_release_without_figures_is_not_called_right() -> None:
    release = many_departments()
    assert recomputed({**release, "groups": []})[0] == 1
    release["groups"][0]["range_low"] = None
    assert " range_low: None, not " in recomputed(release)[1]


def test_it_agrees_with_the_demo(
    demo: Installation, rounds: dict[str, str], tmp_path: Path
) -> None:
    assert recomputed(demo.json("results", rounds["Alignment I"]))[0] == 0
