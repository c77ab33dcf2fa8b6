"""What every test may use: a fresh migrated database of each kind, and a running process."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit import migration
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.kit.settings import Settings
from tests import postgresql

SECRET = "a-server-key-for-tests-that-is-long-enough"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    server = postgresql.Server.create()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "selaras.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: postgresql.Server) -> str:
    postgresql_server.execute("CREATE DATABASE template_selaras")
    _migrate(postgresql_server.url("template_selaras"))
    return "template_selaras"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database, once of each kind."""
    if request.param == "sqlite":
        yield _fresh_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
        return
    server: postgresql.Server = request.getfixturevalue("postgresql_server")
    template: str = request.getfixturevalue("postgresql_template")
    name = f"test_{secrets.token_hex(6)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database, where one kind is enough."""
    return _fresh_sqlite(sqlite_template, tmp_path)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(database_url, tmp_path)


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    """A process's database, writer and keys."""
    running = Runtime.start(settings)
    yield running
    running.close()


@pytest.fixture
def database(runtime: Runtime) -> Database:
    return runtime.database


def make_settings(database_url: str, folder: Path, **given: object) -> Settings:
    return Settings(
        _env_file=None,
        **{
            "data_dir": folder,
            "database_url": database_url,
            "secret_key": SECRET,
            "mail_url": f"file://{folder / 'mail'}",
            "contact": "hr@example.com",
            "organisation": "Syarikat Contoh",
            **given,
        },
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("SELARAS_NIGHTLY"):
        return
    for item in list(items):
        if item.get_closest_marker("nightly"):
            items.remove(item)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where a skip would hide a gap, a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("SELARAS_NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _migrate(url: str) -> None:
    database = Database(url)
    migration.upgrade(database)
    database.close()


def _fresh_sqlite(template: Path, folder: Path) -> str:
    path = folder / "selaras.db"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"
