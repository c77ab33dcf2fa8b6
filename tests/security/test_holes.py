"""Each check of security fails where a hole is planted, and holds its peace where none is."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.security.holes.hole import Hole, Place
from tests.security.holes.page import BESIDE, HOLES, PAGE, rendered

ROOT = Path(__file__).parents[2]
FAILED = (AssertionError, pytest.fail.Exception)


@pytest.fixture(scope="module")
def places(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(sqlite_template, tmp_path_factory.mktemp("holes"), stack)


@pytest.fixture
def place(places: Place, caplog: pytest.LogCaptureFixture) -> Place:
    places.caplog = caplog
    return places


@pytest.mark.parametrize("hole", HOLES, ids=str)
def test_the_check_finds_the_hole(place: Place, hole: Hole) -> None:
    with hole.plant(place), pytest.raises(FAILED):
        hole.look(place)
    hole.look(place)


def test_every_check_that_is_named_exists() -> None:
    named = [one.partition("::") for one in (*BESIDE.values(), *(h.found_by for h in HOLES))]
    for file, _, name in named:
        assert f"def {name}(" in (ROOT / file).read_text(), (file, name)


def test_the_page_names_every_hole_with_its_check() -> None:
    assert PAGE.read_text() == rendered(), "run .venv/bin/python -m tests.security.holes.page"
