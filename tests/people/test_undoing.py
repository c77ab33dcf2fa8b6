"""An import undone: everything goes back that nothing later depends on, and the rest is named."""

from datetime import timedelta

import pytest

from app.access import accounts
from app.kit.clock import now
from app.kit.database import Database
from app.people import importing, remembering, undoing
from app.people.models import PeopleImport
from app.people.undoing import Undoing
from tests.people.files import CAST, imported, looked_at, paths, people, where

MORE = """\
employee_id,name,email,department,manager_id
0003,Chong W. L.,chong@contoh.example.com,Operations/Plant,0002
0004,Devi Subramaniam,devi@contoh.example.com,Commercial/Marketing,0001
0005,Farid,farid@contoh.example.com,Operations/Plant,0002
"""


def brought(database: Database, file: str, **given: object) -> str:
    plan = looked_at(database, file, **given)  # type: ignore[arg-type]
    with database.writing() as session:
        return importing.apply(session, plan, deactivate=plan.deactivated, actor="a", name="p.csv")


def undone(database: Database, import_id: str) -> Undoing:
    with database.writing() as session:
        row = remembering.find(session, import_id)
        assert row is not None
        return undoing.undo(session, row)


@pytest.mark.parametrize("full", [False, True])
def test_everything_is_as_it_was(database: Database, full: bool) -> None:
    imported(database, CAST)
    before, tree = people(database), paths(database)
    one = brought(database, MORE, full=full)
    assert people(database) != before
    done = undone(database, one)
    assert (people(database), paths(database)) == (before, tree)
    assert done.stays == ()
    with database.reading() as session:
        assert remembering.find(session, one) is None


def test_renamed_departments_get_their_names_back(database: Database) -> None:
    imported(database, CAST)
    one = brought(
        database,
        CAST.replace("Commercial/Sales", "Market/Jualan"),
        renamed={"Market/Jualan": "Commercial/Sales"},
    )
    assert "Market/Jualan" in paths(database)
    undone(database, one)
    assert paths(database) == [
        "Commercial",
        "Commercial/Marketing",
        "Commercial/Sales",
        "Human Resources",
    ]


def test_who_changed_since_stays_and_so_does_the_department_they_are_in(
    database: Database,
) -> None:
    imported(database, CAST)
    one = brought(database, MORE)
    imported(database, "employee_id,name,department\n0005,Farid R.,Operations/Plant\n")
    done = undone(database, one)
    assert [(s.person.employee_id, s.why) for s in done.stays] == [("0005", undoing.CHANGED_SINCE)]
    assert where(database, "0005") == "Operations/Plant"
    assert where(database, "0003") == "Commercial/Sales"
    assert {unit.name for unit in done.units_stay} == {"Operations", "Plant"}


def test_address_that_went_to_somebody_else_is_not_taken_back(database: Database) -> None:
    imported(database, CAST)
    one = brought(database, "employee_id,email,department\n0004,d@contoh.example.com,Commercial\n")
    imported(database, "employee_id,email,department\n0009,devi@contoh.example.com,Commercial\n")
    done = undone(database, one)
    assert [(s.person.employee_id, s.why) for s in done.stays] == [("0004", undoing.ADDRESS_TAKEN)]
    assert people(database)["0004"].email == "d@contoh.example.com"


def test_department_that_an_account_reads_is_kept(database: Database) -> None:
    one = brought(database, CAST)
    with database.writing() as session:
        accounts.add(session, "x@contoh.example.com", "manager", ["Commercial/Sales"], "test")
    done = undone(database, one)
    assert people(database) == {}
    assert paths(database) == ["Commercial", "Commercial/Sales"]
    assert {unit.name for unit in done.units_stay} == {"Commercial", "Sales"}


def test_two_imports_are_undone_one_after_the_other(database: Database) -> None:
    first = brought(database, CAST)
    second = brought(database, MORE)
    undone(database, second)
    undone(database, first)
    assert (people(database), paths(database)) == ({}, [])


def test_what_undoing_needs_is_forgotten_in_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = brought(database, CAST)
    monkeypatch.setattr(remembering, "now", lambda: now() + timedelta(days=15))
    with database.writing() as session:
        assert remembering.find(session, one) is None
        assert remembering.listed(session) == []
        remembering.sweep(session)
    with database.reading() as session:
        assert remembering.earlier(session, "x") == []
        assert session.get(PeopleImport, one) is None
