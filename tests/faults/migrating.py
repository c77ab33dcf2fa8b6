"""Kill -9 at one statement after another of a migration, each mended by a second run.

`python -m tests.faults.migrating KIND WHERE TEMPLATE KILLS`: fresh databases are copies of the
template, a file (or nothing) on SQLite, a database of the cluster on PostgreSQL. One warm process
forks for each kill: importing everything anew would take minutes. It prints how many statements
the migration has and at how many it was killed.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, event, inspect, text

from app.kit import migration
from app.kit.database import Database
from app.tables import metadata

assert command
Portrait = dict[str, list[str]]
# Whoever is signed in signs in once more where what is known of a session changes.
SIGNED_OUT = {"staff_session"}
TRIGGERS = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT trigger_name, event_manipulation, event_object_table, action_condition"
    " FROM information_schema.triggers",
}


def main(kind: str, where: str, template: str, kills: int) -> str:
    """`kills`: at so many statements, spread over all of them; 0 is at each."""
    fresh = FRESH[kind]
    untouched = Database(fresh(where, template, "untouched"))
    before = rows(untouched)
    total = _counted(untouched)
    expected = portrait(untouched)
    assert as_the_models_say(untouched)
    assert kept(before, rows(untouched)) == []
    # One more than there are: the last dies after its last statement, before the COMMIT.
    points = range(1, total + 2)
    for n in [points[place * total // (kills - 1)] for place in range(kills)] if kills else points:
        url = fresh(where, template, f"killed_{n}")
        ended = _child(lambda url=url, n=n: killed(url, n))  # type: ignore[misc]
        assert ended == -signal.SIGKILL, f"statement {n}: it ended with {ended}"
        database = Database(url)
        migration.upgrade(database)
        assert migration.is_current(database), f"not mended after the kill at statement {n}"
        assert portrait(database) == expected, f"another schema after the kill at statement {n}"
        assert kept(before, rows(database)) == [], f"rows lost by the kill at statement {n}"
        assert whole(database)
        database.close()
    return f"{total} {kills or len(points)}"


def killed(url: str, n: int) -> None:
    """Migrate, and die before the n-th statement."""
    database, seen = Database(url), 0

    def statement(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == n:
            os.kill(os.getpid(), signal.SIGKILL)

    def last(_: Connection) -> None:
        if seen == n - 1:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", statement)
    event.listen(database.engine, "commit", last)
    migration.upgrade(database)


def portrait(database: Database) -> Portrait:
    """Tables with their columns, constraints and indexes, and the triggers."""
    with database.reading() as session:
        connection = session.connection()
        looked = inspect(connection)
        found = {
            str(table): [f"{one['name']} {one['type']} {one['nullable']}" for one in columns]
            for (_, table), columns in looked.get_multi_columns().items()
        }
        for more in (looked.get_multi_foreign_keys, looked.get_multi_indexes):
            for (_, table), some in more().items():
                found[str(table)] += [_said(one) for one in some]
        triggers = connection.execute(text(TRIGGERS[connection.dialect.name]))
        found["triggers"] = [str(one) for one in triggers]
        return {name: sorted(some) for name, some in found.items()}


def _said(one: Mapping[str, Any]) -> str:
    """With the words of a condition: how it prints itself is another in each process."""
    words = {name: str(said) for name, said in one.get("dialect_options", {}).items()}
    return str({**one, "dialect_options": words})


def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    with database.reading() as session:
        connection = session.connection()
        return {
            table: [
                dict(one) for one in connection.execute(text(f'SELECT * FROM "{table}"')).mappings()
            ]
            for table in inspect(connection).get_table_names()
            if table not in {"alembic_version", *SIGNED_OUT}
        }


def kept(
    before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]
) -> list[str]:
    """The tables that do not hold what they held."""
    changed = []
    for table, some in before.items():
        columns = list(some[0]) if some else []
        now = [{name: row.get(name) for name in columns} for row in after.get(table, [])]
        if sorted(map(str, some)) != sorted(map(str, now)) and some:
            changed.append(table)
    return changed


def as_the_models_say(database: Database) -> bool:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata) == []


def whole(database: Database) -> bool:
    if not database.embedded:
        return True
    with database.reading() as session:
        return session.connection().execute(text("PRAGMA integrity_check")).scalar() == "ok"


def _counted(database: Database) -> int:
    """Migrate untouched; how many statements that takes."""
    seen = []
    event.listen(database.engine, "before_cursor_execute", lambda *_: seen.append(1))
    migration.upgrade(database)
    return len(seen)


def _child(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - told to whoever reads the test's output
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(9)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _file(folder: str, template: str, name: str) -> str:
    path = f"{folder}/{name}.db"
    if template:
        shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def _cluster(sockets: str, template: str, name: str) -> str:
    fresh = f"{template}_{name}"
    with psycopg.connect(f"host={sockets} user=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {fresh} TEMPLATE {template}".encode())
    return f"postgresql://postgres@/{fresh}?host={sockets}"


FRESH: dict[str, Callable[[str, str, str], str]] = {"sqlite": _file, "postgresql": _cluster}

if __name__ == "__main__":
    print(main(*sys.argv[1:4], kills=int(sys.argv[4])))
