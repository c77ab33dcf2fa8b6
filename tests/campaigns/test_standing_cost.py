"""How a round stands is told from indexes: no look at it reads every invitation or every job."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from app.campaigns import deliveries, forecast, invitations, reminders
from app.kit.runtime import Runtime
from app.surveys import library
from tests.responses.test_cost import recorded
from tests.results.rounds import launched, staffed

# A server's database plans by what it has counted of its rows; this one by the indexes alone.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def round_id(runtime: Runtime) -> str:
    staffed(runtime, {"Sales": 12, "Marketing": 12})
    return launched(runtime, library.template("sales_marketing_alignment"))


def plans(runtime: Runtime, look: Callable[[Session], object]) -> list[str]:
    """What the embedded database does for each statement of a look."""
    with recorded(runtime) as asked, runtime.database.reading() as session:
        look(session)
    selects: list[tuple[str, Any]] = [one for one in asked if one[0].startswith("SELECT")]
    with runtime.database.reading() as session:
        connection = session.connection()
        found = (
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", how) for one, how in selects
        )
        return [" / ".join(row.detail for row in rows) for rows in found]


@pytest.mark.parametrize("look", [deliveries.progress, reminders.waves])
def test_mails_are_counted_as_their_index_lies(
    runtime: Runtime, round_id: str, look: Callable[[Session, str], object]
) -> None:
    found = plans(runtime, lambda session: look(session, round_id))
    assert any("COVERING INDEX ix_job_standing" in one for one in found), found
    assert not any(one.startswith("SCAN") for one in found), found


def test_who_left_is_found_among_those_who_left(runtime: Runtime, round_id: str) -> None:
    [found] = plans(runtime, lambda session: invitations.left(session, round_id))
    assert "ix_employee_left" in found
    assert "(round_id=? AND employee_id=?)" in found, found


def test_what_is_queued_reads_no_more_than_what_is_due_later(
    runtime: Runtime, round_id: str
) -> None:
    waiting, later = plans(runtime, lambda session: forecast.queued(session, round_id))
    assert "COVERING INDEX ix_job_standing" in waiting
    assert "ix_job_due (state=? AND due_at>?)" in later, later
