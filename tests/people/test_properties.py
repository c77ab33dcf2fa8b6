"""Whatever the file holds: only named refusals, and what was imported is the same when looked at again."""

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from app.kit.database import Database
from app.people import importing
from app.people.importing import ImportPlan, ImportRefused
from app.people.known import Known
from app.people.known import read as read_known
from tests.people.files import CAST

# Every example is rolled back, so that one database serves all.
relaxed = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

HEADER = ("employee_id", "name", "email", "department", "department_code", "manager_id", "level")
ids = st.sampled_from(["0001", "0002", "0003", "0004", "5", "6", "7", ""])
emails = st.sampled_from(
    ["", *(f"{n}@contoh.example.com" for n in ("aminah", "badrul", "chong", "devi", "x")), "wrong"]
)
departments = st.sampled_from(
    [
        "Human Resources",
        "Commercial",
        "Commercial/Sales",
        "commercial / SALES",
        "Commercial/Jualan",
        "Commercial/Marketing",
        "Sales",
        "Sales/Commercial",
        "Marketing/Sales",
        "A//B",
        "",
    ]
)
codes = st.sampled_from(["", "", "", "C1", "S1", "M1"])
people_rows = st.tuples(
    ids, st.sampled_from(["Ali", "Chong", "x\x07"]), emails, departments, codes, ids, st.just("G1")
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
files = st.lists(people_rows, min_size=1, max_size=8)


def written(rows: list[tuple[str, ...]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([HEADER, *rows])
    return buffer.getvalue().encode()


def applied(session: Session, content: bytes, *, full: bool) -> ImportPlan:
    plan = importing.plan(session, content, full=full)
    importing.apply(session, plan, deactivate=plan.deactivated)
    return plan


@relaxed
@given(before=files, after=files, full=st.booleans())
def test_what_was_imported_is_the_same_when_looked_at_again(
    database: Database,
    before: list[tuple[str, ...]],
    after: list[tuple[str, ...]],
    full: bool,
) -> None:
    with Session(database.engine) as session:
        applied(session, CAST.encode(), full=False)
        applied(session, written(before), full=False)
        plan = applied(session, written(after), full=full)
        stored = read_known(session)
        again = importing.plan(session, written(after), full=full)
        assert (again.new, again.changed, again.moved, again.deactivated) == (0, 0, 0, 0)
        assert again.same == plan.new + plan.changed + plan.moved + plan.same
        assert not again.new_departments
        assert not again.renamed_departments
        assert [error.row for error in again.errors] == [error.row for error in plan.errors]
        importing.apply(session, again)
        assert read_known(session) == stored
        hold_together(stored)


def hold_together(known: Known) -> None:
    """No address of two active people, and nobody above himself."""
    emails = [p.email.casefold() for p in known.people.values() if p.active and p.email]
    assert len(emails) == len(set(emails))
    for start in known.people:
        above = known.people[start].manager_id
        for _ in known.people:
            assert above != start
            above = known.people[above].manager_id if above in known.people else ""


@relaxed
@given(content=st.binary(max_size=200))
def test_any_bytes_raise_nothing_but_refusals(sqlite_database: Database, content: bytes) -> None:
    survives(sqlite_database, content)


@relaxed
@given(tail=st.binary(max_size=300))
def test_any_bytes_below_a_header_raise_nothing_but_refusals(
    sqlite_database: Database, tail: bytes
) -> None:
    survives(sqlite_database, ",".join(HEADER).encode() + b"\n" + tail)


@relaxed
@given(rows=st.lists(st.lists(texts, min_size=7, max_size=7), max_size=5))
def test_any_text_can_be_stored_or_is_named(database: Database, rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([HEADER, *rows])
    survives(database, buffer.getvalue().encode())


def survives(database: Database, content: bytes) -> None:
    with Session(database.engine) as session:
        try:
            plan = importing.plan(session, content, full=True)
        except ImportRefused:
            return
        importing.apply(session, plan)
        assert all(error.message for error in plan.errors)
        assert importing.plan(session, content).same == plan.new
