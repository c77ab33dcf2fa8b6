"""Reference numbers from outside the project, read where they were copied; no deadlines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A busy machine is slow, not wrong.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

REFERENCE = Path(__file__).parent.parent / "reference"


@pytest.fixture
def reference() -> Callable[[str], Any]:
    return lambda name: json.loads((REFERENCE / f"{name}.json").read_text())


@pytest.fixture
def table() -> Callable[[str], list[list[str]]]:
    """Rows of a reference CSV, the header first, without quotes."""
    return lambda name: [
        [cell.strip('"') for cell in line.split(",")]
        for line in (REFERENCE / f"{name}.csv").read_text().split()
    ]
