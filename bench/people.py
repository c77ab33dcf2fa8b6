"""Importing people and opening a round for them, beside the bare inserts of the same rows."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Column, MetaData, Table, insert, select

from app.campaigns.models import Invitation
from app.kit import migration
from app.kit.database import Database
from app.kit.jobs import Job
from app.kit.runtime import Runtime
from app.kit.settings import load
from app.people import importing
from app.people import plan as planning
from app.people.models import Employee
from bench import filling
from bench.serving import SECRET, databases
from bench.table import Row

PEOPLE = 100_000
DEPARTMENTS = 200
OF_INSERTS, OF_QUEUE = 4, 3


def main() -> list[Row]:
    """Both databases."""
    with databases() as (sqlite, postgresql, _):
        return [*_rows(*sqlite), *_rows(*postgresql)]


def _rows(name: str, url: str, folder: Path) -> list[Row]:
    runtime = Runtime.start(load(database_url=url, data_dir=folder, secret_key=SECRET))
    migration.upgrade(runtime.database)
    content = _file()
    imported = _seconds(lambda: _import(runtime, content))
    people = _bare(runtime.database, [Employee.__table__])  # type: ignore[attr-defined]
    opened = _seconds(lambda: filling.launched(runtime))
    tables = [Invitation.__table__, Job.__table__]  # type: ignore[attr-defined]
    queued = _bare(runtime.database, tables)
    runtime.close()
    return [
        Row(
            f"import of {PEOPLE:,} people, {name}",
            f"{imported:.1f} s",
            f"{people:.1f} s, inserts",
            imported / people,
            OF_INSERTS,
            at_least=False,
        ),
        Row(
            f"opening a round for {PEOPLE:,}, {name}",
            f"{opened:.1f} s",
            f"{queued:.1f} s, inserts",
            opened / queued,
            OF_QUEUE,
            at_least=False,
        ),
    ]


def _import(runtime: Runtime, content: bytes) -> None:
    with runtime.database.writing() as session:
        importing.apply(session, planning.plan(session, content, bounds=planning.BY_COMMAND))


def _bare(database: Database, tables: list[Table]) -> float:
    """Seconds to write the rows these tables hold into empty ones of the same shape."""
    took = 0.0
    with database.engine.connect() as connection:
        for table in tables:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
            columns = (
                Column(one.name, one.type, primary_key=one.primary_key) for one in table.columns
            )
            copy = Table(f"copy_{table.name}", MetaData(), *columns)
            copy.create(connection)
            begun = time.perf_counter()
            connection.execute(insert(copy), rows)
            took += time.perf_counter() - begun
        begun = time.perf_counter()
        connection.commit()
        return took + time.perf_counter() - begun


def _file() -> bytes:
    lines = ["employee_id,name,email,department,manager_id"]
    lines += [
        f"{n},Person {n},p{n}@bench.example,"
        f"{filling.SIDES[n % 2]}/Team {n % DEPARTMENTS:03},{n - n % 10 if n % 10 else ''}"
        for n in range(PEOPLE)
    ]
    return "\r\n".join(lines).encode()


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
