"""What a submission asks of the database is the same in a small department and in a vast one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from app.kit.runtime import Runtime
from app.responses import ballot_box, packing
from app.responses.boxes import Boxes
from tests.responses.bare import ballot, open_bare_round

SIZES = {"ten": 10, "thousand": 1_000, "hundred-thousand": 100_000}


@contextmanager
def recorded(runtime: Runtime) -> Iterator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        asked.append((statement, given))

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", note)


@pytest.fixture
def round_id(runtime: Runtime) -> str:
    """One round with all three, each box begun."""
    with runtime.database.engine.begin() as connection:
        return open_bare_round(connection, runtime.keyring, SIZES)


def submitted(
    runtime: Runtime, round_id: str, department: str, boxes: Boxes | None = None
) -> list[tuple[str, Any]]:
    with recorded(runtime) as asked, runtime.database.engine.begin() as connection:
        one = ballot(round_id, department)
        assert ballot_box.cast(connection, runtime.keyring, [one], boxes)[0]
    return [one for one in asked if not one[0].startswith(("PRAGMA", "BEGIN", "SET "))]


def test_it_is_the_same_few_statements_however_many_are_asked(
    runtime: Runtime, round_id: str
) -> None:
    counts = {}
    for department in SIZES:
        for _ in range(packing.TRAY - 1):
            with runtime.database.engine.begin() as connection:
                ballot_box.cast(connection, runtime.keyring, [ballot(round_id, department)])
        counts[department] = len(submitted(runtime, round_id, department))
    # The box, the link, the trays, the trays sealed anew, and the block of one that was full; a
    # box that is not the first is asked for by its number, and may not be full yet.
    assert counts["ten"] == 5
    assert all(4 <= n <= 6 for n in counts.values()), counts


def test_a_box_that_was_drawn_before_is_not_asked_for_again(
    runtime: Runtime, round_id: str
) -> None:
    boxes = Boxes()
    submitted(runtime, round_id, "ten", boxes)
    assert len(submitted(runtime, round_id, "ten", boxes)) == 3


def test_no_statement_reads_more_rows_than_one_box_has(runtime: Runtime, round_id: str) -> None:
    """Not even the 250 boxes of the vast department."""
    for department in SIZES:
        for statement, given in submitted(runtime, round_id, department):
            if statement.startswith("SELECT"):
                with runtime.database.engine.begin() as connection:
                    rows = connection.exec_driver_sql(statement, given).all()
                assert len(rows) <= 2, statement


def test_every_row_is_found_through_an_index(runtime: Runtime, round_id: str) -> None:
    if not runtime.database.embedded:
        return  # PostgreSQL plans by the sizes of tables, which are tiny here.
    for statement, given in submitted(runtime, round_id, "hundred-thousand"):
        if statement.startswith(("SELECT", "UPDATE")):
            one = given[0] if isinstance(given, list) else given
            with runtime.database.engine.begin() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one).all()
            assert all("SCAN" not in str(step) for step in plan), (statement, plan)


def test_its_boxes_are_filled_alike(runtime: Runtime, round_id: str) -> None:
    for _ in range(10):
        with runtime.database.engine.begin() as connection:
            many = [ballot(round_id, "hundred-thousand") for _ in range(250)]
            ballot_box.cast(connection, runtime.keyring, many)
    with runtime.database.reading() as session:
        rows = session.connection().execute(
            text(
                "SELECT b.id, count(s.token_hash) AS n FROM ballot_box b "
                "LEFT JOIN spent s ON s.box_id = b.id WHERE b.department_id = 'hundred-thousand' "
                "GROUP BY b.id"
            )
        )
        counted = [row.n for row in rows]
    assert (len(counted), sum(counted)) == (250, 2500)
    assert max(counted) <= 30, "ten each, by lot"
