"""Rounds of the first schema live on in the newer one."""

from collections import Counter

from alembic import command
from sqlalchemy import text

from app.campaigns.models import SurveyRound
from app.kit import migration
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.responses import ballot_box
from tests.responses.bare import ballot, open_bare_round


def downgraded(database: Database) -> None:
    with database.engine.begin() as connection:
        command.downgrade(migration.over(connection), "0001")


def test_boxes_of_an_open_round_are_numbered_and_go_on_taking_ballots(runtime: Runtime) -> None:
    database, keyring = runtime.database, runtime.keyring
    with database.engine.begin() as connection:
        round_id = open_bare_round(connection, keyring, {"sales": 900, "legal": 3})
        ballot_box.cast(connection, keyring, [ballot(round_id) for _ in range(30)])

    downgraded(database)
    migration.upgrade(database)

    with database.engine.begin() as connection:
        rows = connection.execute(text("SELECT department_id, number, boxes FROM ballot_box"))
        assert sorted(tuple(row) for row in rows) == [
            *(("legal", 0, 1),),
            *(("sales", number, 3) for number in range(3)),
        ]
        assert all(ballot_box.cast(connection, keyring, [ballot(round_id) for _ in range(30)]))
        boxes = ballot_box.open_boxes(connection, keyring, round_id)
        counted = Counter(department for department, records in boxes for _ in records)
    assert counted == {"sales": 60}


def test_a_round_without_fingerprints_is_known_as_over(runtime: Runtime) -> None:
    with runtime.database.engine.begin() as connection:
        round_id = open_bare_round(connection, runtime.keyring, {"legal": 3})
    downgraded(runtime.database)
    migration.upgrade(runtime.database)
    with runtime.database.reading() as session:
        row = session.get_one(SurveyRound, round_id)
        assert row.links_gone_at == row.closes_at
