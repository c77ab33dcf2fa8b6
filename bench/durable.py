"""The fewest a submission can cost: one row, committed and flushed, and nothing else."""

import re
import secrets
import sqlite3
import subprocess
import time
from pathlib import Path

from tests.postgresql import Server

SECONDS = 3
ROW = 100


def sqlite_rows(folder: Path) -> float:
    """Commits a second of one connection, each flushed to the disk."""
    with sqlite3.connect(folder / "rows.db", isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS one (content BLOB)")
        begun, rows = time.perf_counter(), 0
        while time.perf_counter() - begun < SECONDS:
            connection.execute("INSERT INTO one VALUES (?)", (secrets.token_bytes(ROW),))
            rows += 1
        return rows / (time.perf_counter() - begun)


def postgresql_rows(server: Server, clients: int, database: str = "bench") -> float:
    """What `pgbench` commits a second with so many clients, each a row."""
    server.execute("CREATE TABLE IF NOT EXISTS one (content bytea)", database)
    script = server.folder / "one.sql"
    script.write_text(f"INSERT INTO one VALUES ('\\x{secrets.token_hex(ROW)}');\n")
    script.chmod(0o644)
    result = subprocess.run(
        [
            *(str(server.binaries / "pgbench"), "--no-vacuum", "--protocol=prepared"),
            *("-f", str(script), "-c", str(clients), "-j", "2", "-T", str(SECONDS)),
            *("-h", str(server.folder / "socket"), "-U", "postgres", database),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    found = re.search(r"tps = ([\d.]+)", result.stdout)
    assert found, result.stdout
    return float(found[1])
