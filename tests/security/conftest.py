"""One installation with people for all of these tests of a module, and the way straight into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.straight import Straight, straight_to
from tests.site import Site, running_site


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("security")
    (folder / "selaras.db").write_bytes(sqlite_template.read_bytes())
    with running_site(f"sqlite:///{folder / 'selaras.db'}", folder) as one:
        yield one.with_people()


@pytest.fixture(scope="module")
def straight(site: Site) -> Iterator[Straight]:
    with straight_to(site) as one:
        yield one
