"""Importing people: what counts as a change, what is kept, and that it is all or nothing."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from app.kit.clock import now
from app.kit.database import Database
from app.people import importing
from app.people.importing import PlanOutdated
from app.people.models import Department, Employee
from tests.people.files import CAST, counts, csv, errors, imported, looked_at, people, where


def test_a_change_of_department_is_a_move_and_no_change(database: Database) -> None:
    imported(database, CAST)
    file = CAST.replace("Commercial/Marketing", "Commercial/Sales").replace("Devi S", "Devi A/P S")
    assert counts(imported(database, file)) == {"moved": 1, "same": 3}
    assert where(database, "0004") == "Commercial/Sales"


def test_a_new_name_is_a_change(database: Database) -> None:
    imported(database, CAST)
    plan = imported(database, CAST.replace("Chong Wei Ling", "Chong Wei Lin"))
    assert counts(plan) == {"changed": 1, "same": 3}
    assert plan.changes[0].row == 4
    assert people(database)["0003"].name == "Chong Wei Lin"


def test_columns_the_file_does_not_have_stay_as_they_are(database: Database) -> None:
    imported(database, CAST)
    plan = imported(database, csv("employee_id,department", "0003,Commercial/Sales"))
    assert counts(plan) == {"same": 1}
    assert people(database)["0003"].email == "chong@contoh.example.com"


def test_an_empty_cell_empties(database: Database) -> None:
    imported(database, CAST)
    header = "employee_id,department,email,name,manager_id"
    plan = imported(database, csv(header, "0003,Commercial/Sales,,,"))
    assert counts(plan) == {"changed": 1}
    chong = people(database)["0003"]
    assert (chong.email, chong.name, chong.manager_id) == ("", "", "")


def test_attributes_are_kept_beside_new_ones(database: Database) -> None:
    imported(database, csv("employee_id,department,location", "1,Sales,Ipoh"))
    imported(database, csv("employee_id,department,level,start_date", "1,Sales,G5,31/01/2020"))
    attributes = {"location": "Ipoh", "level": "G5", "start_date": "2020-01-31"}
    assert people(database)["1"].attributes == attributes


def test_another_spelling_of_an_address_is_no_change(database: Database) -> None:
    imported(database, CAST)
    assert counts(imported(database, CAST.replace("chong@", "CHONG@"))) == {"same": 4}


def test_who_left_and_is_in_the_file_again_is_active_again(database: Database) -> None:
    imported(database, CAST)
    with database.writing() as session:
        chong = session.exec(select(Employee).where(Employee.employee_id == "0003")).one()
        chong.deactivated_at = now()
    assert counts(imported(database, CAST)) == {"changed": 1, "same": 3}
    assert people(database)["0003"].active


def test_who_comes_back_elsewhere_is_changed_and_not_moved(database: Database) -> None:
    imported(database, CAST + "0005,Elena,,Commercial/Sales,\n")
    imported(database, CAST, full=True, deactivate=1)
    plan = imported(database, "employee_id,department\n0005,Human Resources")
    assert counts(plan) == {"changed": 1}
    assert where(database, "0005") == "Human Resources"


def test_an_address_becomes_free_when_its_holder_gets_another(database: Database) -> None:
    imported(database, CAST)
    file = CAST.replace("chong@", "chong.wl@").replace("badrul@", "chong@")
    assert counts(imported(database, file)) == {"changed": 2, "same": 2}


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")],
)
def test_files_of_every_spreadsheet(sqlite_database: Database, encoding: str, shown: str) -> None:
    file = "Emp No\tNama\tJabatan\r\n007\tJosé Muñoz\tPemasaran\r\n"
    plan = imported(sqlite_database, file.encode(encoding))
    assert (plan.encoding, plan.delimiter) == (shown, "\t")
    assert people(sqlite_database)["007"].name == "José Muñoz"


def test_one_normal_form_of_letters_and_spaces(sqlite_database: Database) -> None:
    file = csv("employee_id,name,department", "1,Jose\u0301\u00a0 Mun\u0303oz,R & D", "2,X,r&d")
    assert counts(imported(sqlite_database, file)) == {"new": 2}
    assert people(sqlite_database)["1"].name == "José Muñoz"
    assert where(sqlite_database, "2") == "R & D"


def test_first_and_last_name_are_one_name(sqlite_database: Database) -> None:
    imported(sqlite_database, csv("Employee ID,First name,Last name,Dept", "1,Wei Ling,Chong,HR"))
    assert people(sqlite_database)["1"].name == "Wei Ling Chong"


def test_managers_may_be_named_by_their_address(database: Database) -> None:
    file = CAST.replace("Sales,0002", "Sales,Badrul@contoh.example.com")
    assert errors(imported(database, file)) == []
    assert people(database)["0003"].manager_id == "0002"


def test_a_plan_that_something_overtook_is_refused(database: Database) -> None:
    old = looked_at(database, CAST)
    imported(database, CAST)
    with pytest.raises(PlanOutdated), database.writing() as session:
        importing.apply(session, old)
    assert len(people(database)) == 4


def test_what_fails_half_way_leaves_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = looked_at(database, CAST)
    monkeypatch.setattr(importing, "_store_people", _failing)
    with pytest.raises(IntegrityError), database.writing() as session:
        importing.apply(session, plan)
    with database.reading() as session:
        assert session.exec(select(Department)).all() == []


def test_objects_the_session_had_loaded_are_read_again(database: Database) -> None:
    imported(database, CAST)
    with database.writing() as session:
        chong = session.exec(select(Employee).where(Employee.employee_id == "0003")).one()
        renamed = importing.plan(session, CAST.replace("Chong Wei Ling", "Chong").encode())
        importing.apply(session, renamed)
        assert chong.name == "Chong"


def _failing(*_: object) -> None:
    raise IntegrityError("insert", {}, Exception("the disk is full"))
