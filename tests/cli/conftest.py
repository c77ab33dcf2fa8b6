"""Installations for the tests of the command: an empty one, and the demo, made once."""

from pathlib import Path

import pytest

from tests.cli.command import Installation


@pytest.fixture
def empty(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The demo's company and rounds; tests of it leave it as it is."""
    made = Installation(tmp_path_factory.mktemp("demo"))
    result = made.run("demo", "--no-serve")
    assert result.code == 0, result.err
    return made


@pytest.fixture(scope="package")
def rounds(demo: Installation) -> dict[str, str]:
    """The demo's rounds by name."""
    return {one["name"]: one["round"] for one in demo.json("round", "list")}
