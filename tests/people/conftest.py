"""One database of one kind, where the kind cannot matter."""

from collections.abc import Iterator

import pytest

from app.kit.database import Database


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.close()
