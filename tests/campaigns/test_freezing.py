"""What is frozen at launch holds against plain SQL through a connection of its own."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import Table

from app.campaigns.models import SurveyRound
from app.kit import migration
from app.kit.clock import now
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.tables import metadata
from tests import postgresql

Launched = Callable[..., SurveyRound]
# Columns of the frozen tables that may change while the round lives, and how.
MOVING = {
    "survey_round": {
        "opens_at",
        "closes_at",
        "auto_release",
        "tell_people",
        "revision",
        "links_gone_at",
    },
    "round_department": {"invited", "reachable"},
}
FROZEN = ("survey_round", "round_policy", "round_department", "round_message", "frozen_survey")


@pytest.fixture
def outside(company: Runtime) -> Iterator[Connection]:
    """Somebody with a database client and none of our code: no pragma, no session, no model."""
    engine = create_engine(company.database.engine.url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def refused(connection: Connection, statement: str, **values: object) -> bool:
    try:
        connection.execute(text(statement), values)
    except IntegrityError as error:
        return "frozen when the round was launched" in str(error)
    finally:
        connection.rollback()
    return False


def other_value(table: Table, column: str) -> str:
    kind = str(table.c[column].type)
    if kind == "INTEGER":
        return "77"
    if kind == "BOOLEAN":
        return "true"
    return "'2031-01-01 00:00:00+00:00'" if "TIME" in kind.upper() else "'something else'"


@pytest.mark.parametrize("name", FROZEN)
def test_no_frozen_column_can_be_changed(
    launched: Launched, outside: Connection, name: str
) -> None:
    """Also a column that is added one day: it is frozen, or it is named above with a reason."""
    launched("Commercial")
    table = metadata.tables[name]
    for column in [one.name for one in table.c]:
        statement = f"UPDATE {name} SET {column} = {other_value(table, column)}"
        assert refused(outside, statement) is (column not in MOVING.get(name, ())), column


@pytest.mark.parametrize("name", FROZEN)
def test_nothing_frozen_can_be_deleted(launched: Launched, outside: Connection, name: str) -> None:
    launched("Commercial")
    assert refused(outside, f"DELETE FROM {name}")
    if outside.dialect.name == "postgresql":
        assert refused(outside, f"TRUNCATE {name} CASCADE")


def test_a_tree_once_launched_gets_no_new_department(
    launched: Launched, outside: Connection
) -> None:
    row = launched("Commercial")
    assert refused(
        outside,
        "INSERT INTO round_department (round_id, id, name, path, position, invited, reachable) "
        "VALUES (:id, 'new', 'New', 'New', 9, 1, 1)",
        id=row.id,
    )


def test_people_may_join_a_department_and_nobody_leaves_it(
    launched: Launched, outside: Connection
) -> None:
    launched("Commercial")
    for column in ("invited", "reachable"):
        assert not refused(outside, f"UPDATE round_department SET {column} = {column} + 1")
        assert refused(outside, f"UPDATE round_department SET {column} = {column} - 1")


@pytest.mark.parametrize(("smallest", "kept_out"), [(4, True), (6, True), (7, True), (8, False)])
def test_the_smallest_group_only_rises(
    launched: Launched, outside: Connection, smallest: int, kept_out: bool
) -> None:
    row = launched("Commercial", min_group=6)
    statement = "INSERT INTO round_minimum (round_id, min_group, at, by) VALUES (:id, :k, :at, 'x')"
    outside.execute(text(statement), {"id": row.id, "k": 7, "at": now()})
    outside.commit()
    assert refused(outside, statement, id=row.id, k=smallest, at=now()) is kept_out
    assert refused(outside, "UPDATE round_minimum SET min_group = 4")
    assert refused(outside, "DELETE FROM round_minimum")


def test_a_round_that_is_over_changes_no_more(launched: Launched, outside: Connection) -> None:
    row = launched("Commercial")
    release = "INSERT INTO release VALUES (:id, '{}', 'x', 0, :at, 'x')"
    outside.execute(text(release), {"id": row.id, "at": now()})
    outside.commit()
    at = {"id": row.id, "at": now()}
    reopening = "UPDATE survey_round SET closes_at = :at WHERE id = :id"
    assert refused(outside, reopening, id=row.id, at=now() + timedelta(days=9))
    assert refused(outside, "UPDATE round_department SET invited = invited + 1")
    for statement in (
        "INSERT INTO round_minimum (round_id, min_group, at, by) VALUES (:id, 99, :at, 'x')",
        (
            "INSERT INTO round_wording (round_id, place, language, at, by, was, words) "
            "VALUES (:id, 'title', 'en', :at, 'x', 'a', 'b')"
        ),
        (
            "INSERT INTO round_addition (round_id, department_id, at, by, people) "
            "VALUES (:id, 'd', :at, 'x', 1)"
        ),
    ):
        assert refused(outside, statement, **at), statement
    columns = "round_id, id, employee_id, department_id, language"
    person = "SELECT round_id, 'new', employee_id, department_id, language FROM invitation LIMIT 1"
    assert refused(outside, f"INSERT INTO invitation ({columns}) {person}")


def launched_before_the_upgrade(database: Database) -> None:
    """A round of the first schema, as its version wrote it."""
    policy = json.dumps({"survey_hash": "s", "tree_hash": "t", "min_group": 5, "breakdowns": []})
    with database.engine.begin() as connection:
        for statement in (
            "INSERT INTO frozen_survey VALUES ('s', '{}')",
            (
                "INSERT INTO survey_round VALUES ('old000', 'May', 'team_pulse', 1, 's', 'p', 'en', "
                "'launch', 'key', false, :at, 'x', :at, :at)"
            ),
            "INSERT INTO round_policy VALUES ('old000', :policy)",
            "INSERT INTO round_department VALUES ('old000', 'd', NULL, 'D', 'D', 0, NULL, 5, 5)",
        ):
            given = {"at": now(), "policy": policy}
            named = {name: value for name, value in given.items() if f":{name}" in statement}
            connection.execute(text(statement), named)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_with_rounds_in_it_is_upgraded_and_then_frozen(
    kind: str, tmp_path: Path, postgresql_server: postgresql.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    if kind == "postgresql":
        postgresql_server.execute("CREATE DATABASE frozen_later")
        url = postgresql_server.url("frozen_later")
    database = Database(url)
    newest = command.upgrade
    with monkeypatch.context() as first:
        first.setattr(command, "upgrade", lambda config, _: newest(config, "0001"))
        migration.upgrade(database)
    launched_before_the_upgrade(database)
    migration.upgrade(database)
    assert migration.is_current(database)
    with database.engine.connect() as connection:
        kept = connection.execute(text("SELECT name, revision FROM survey_round")).one()
        assert tuple(kept) == ("May", 0)
        # Its mails were written before their words were kept.
        for name in {*FROZEN} - {"round_message"}:
            assert refused(connection, f"DELETE FROM {name}"), name
        raised = "INSERT INTO round_minimum (round_id, min_group, at, by) VALUES ('old000', :k, :at, 'x')"
        assert refused(connection, raised, k=5, at=now()), "it was launched with five"
        assert not refused(connection, raised, k=6, at=now())
    database.close()
