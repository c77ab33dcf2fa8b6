"""Departments across imports: new, renamed, moved, or asked about."""

import pytest

from app.kit.database import Database
from app.people import units
from app.people.importing import ImportPlan
from app.people.known import Unit
from app.people.plan import Rename
from app.people.units import Wanted
from tests.people.files import counts, csv, errors, imported, looked_at, paths, people, tree, where

HEADER = "employee_id,department,department_code"


def file(*rows: str) -> bytes:
    return csv(HEADER, *rows)


def test_a_code_keeps_a_renamed_unit_the_same(database: Database) -> None:
    imported(database, file("1,Commercial/Sales,S1", "2,Commercial/Marketing,M1"))
    before = people(database)["1"].department_id
    plan = imported(database, file("1,Commercial/Jualan,S1", "2,Commercial/Marketing,M1"))
    assert counts(plan) == {"same": 2}
    assert plan.renamed_departments == (Rename("Commercial/Sales", "Commercial/Jualan"),)
    assert people(database)["1"].department_id == before
    assert paths(database) == ["Commercial", "Commercial/Jualan", "Commercial/Marketing"]


def test_what_is_below_a_renamed_unit_goes_with_it(database: Database) -> None:
    imported(database, file("1,Commercial,C1", "2,Commercial/Sales/Utara,"))
    imported(database, file("1,Perdagangan,C1"))
    assert where(database, "2") == "Perdagangan/Sales/Utara"
    assert tree(database).find("perdagangan/SALES/utara") is not None
    assert counts(imported(database, file("2,Perdagangan/Sales/Utara,"))) == {"same": 1}


def test_two_units_may_exchange_their_names(database: Database) -> None:
    imported(database, file("1,Sales,A", "2,Marketing,B"))
    assert counts(imported(database, file("1,Marketing,A", "2,Sales,B"))) == {"same": 2}
    assert (where(database, "1"), where(database, "2")) == ("Marketing", "Sales")


def test_a_unit_may_exchange_places_with_what_is_above_it(database: Database) -> None:
    imported(database, file("1,Sales,A", "2,Sales/Digital,B"))
    assert counts(imported(database, file("1,Digital/Sales,A", "2,Digital,B"))) == {"same": 2}
    assert paths(database) == ["Digital", "Digital/Sales"]


def test_a_unit_that_keeps_its_path_stays_when_its_parent_leaves(database: Database) -> None:
    imported(database, file("1,Commercial,C1", "2,Commercial/Sales,S1"))
    imported(database, file("1,Business,C1", "2,Commercial/Sales,S1"))
    assert paths(database) == ["Business", "Commercial", "Commercial/Sales"]
    assert where(database, "2") == "Commercial/Sales"


def test_a_code_can_be_added_and_changed(database: Database) -> None:
    for code in ("", "S1", "S2", ""):
        imported(database, file(f"1,Sales,{code}"))
    sales = tree(database).find("Sales")
    assert sales is not None
    assert sales.code == "S2"


def test_a_code_that_would_push_another_unit_aside_is_refused(database: Database) -> None:
    imported(database, file("1,Sales,S1", "2,Marketing,"))
    plan = imported(database, file("1,Marketing,S1", "2,Marketing,"))
    assert errors(plan) == [(2, "department_code", "code_taken")]
    assert "belongs to Sales and Marketing is another" in plan.errors[0].message
    assert counts(plan) == {"same": 1}
    assert paths(database) == ["Marketing", "Sales"]


def test_codes_that_slipped_by_a_row_are_refused(database: Database) -> None:
    """Each unit could take the next one's place, if only the last one had left its own."""
    imported(database, file(*(f"{n},Team {n},{f'T{n}' if n < 9 else ''}" for n in range(10))))
    plan = looked_at(database, file(*(f"{n},Team {n + 1},T{n}" for n in range(9))))
    assert errors(plan) == [(n + 2, "department_code", "code_taken") for n in range(9)]


def test_units_in_each_others_way_are_seen_in_one_turn() -> None:
    there = [Unit(f"{n}", None, f"T{n}", f"C{n}" if n < 9 else None, f"t{n}") for n in range(10)]
    wanted = [Wanted(f"t{n + 1}", f"T{n + 1}", f"C{n}") for n in range(9)]
    assert len(units.arrange(there, wanted, {}).taken) == 9


def test_a_unit_whose_code_is_misused_keeps_it(database: Database) -> None:
    """Otherwise the same file would mean something else the next time."""
    imported(database, file("1,Sales,S1", "2,Marketing,"))
    misused = file("1,Sales,S2", "2,Marketing,S1", "3,Sales,")
    plan = imported(database, misused)
    assert errors(plan) == [
        (2, "department_code", "code_kept"),
        (3, "department_code", "code_taken"),
    ]
    assert plan.errors[0].message.startswith("Sales keeps the code S1, which another row uses")
    again = imported(database, misused)
    assert (counts(plan), counts(again)) == ({"new": 1}, {"same": 1})
    assert errors(again) == errors(plan)


def test_one_code_on_two_paths_is_refused(sqlite_database: Database) -> None:
    plan = imported(sqlite_database, file("1,Sales,S1", "2,Marketing,S1", "3,SALES,S1"))
    assert errors(plan) == [(3, "department_code", "code_two_paths")]
    assert "row 2 uses this department code for Sales" in plan.errors[0].message


def test_two_codes_on_one_path_are_refused(sqlite_database: Database) -> None:
    plan = imported(sqlite_database, file("1,Sales,S1", "2,sales,S2", "3,Marketing,S2"))
    assert errors(plan) == [(3, "department_code", "path_two_codes")]
    assert paths(sqlite_database) == ["Marketing", "Sales"]


def test_a_bad_row_brings_no_department(sqlite_database: Database) -> None:
    imported(sqlite_database, csv("employee_id,department,email", "1,HR,", "2,Sales,wrong"))
    assert paths(sqlite_database) == ["HR"]


def test_the_name_that_is_there_stays(sqlite_database: Database) -> None:
    imported(sqlite_database, file("1,Human Resources,H1"))
    imported(sqlite_database, file("2,HUMAN RESOURCES/Payroll,", "1,human resources,H1"))
    assert paths(sqlite_database) == ["Human Resources", "Human Resources/Payroll"]


def resembling(plan: ImportPlan) -> dict[str, str | None]:
    return {one.path: one.resembles for one in plan.new_departments}


def test_people_who_moved_together_ask_renamed_or_new(database: Database) -> None:
    imported(database, file("1,Sales,", "2,Sales,", "3,HR,"))
    plan = looked_at(database, file("1,Jualan,", "2,Jualan,", "3,HR,", "4,Legal,"))
    assert resembling(plan) == {"Jualan": "Sales", "Legal": None}


def test_a_similar_name_asks_renamed_or_new(sqlite_database: Database) -> None:
    imported(sqlite_database, file("1,HR/Recruiting,", "2,HR/Payroll,"))
    plan = looked_at(sqlite_database, file("9,HR/Recruitment,", "2,HR/Payroll,"))
    assert resembling(plan) == {"HR/Recruitment": "HR/Recruiting"}


def test_a_department_that_is_still_there_was_not_renamed(sqlite_database: Database) -> None:
    imported(sqlite_database, file("1,Sales,", "2,Sales,"))
    plan = looked_at(sqlite_database, file("1,Sales North,", "2,Sales,"))
    assert resembling(plan) == {"Sales North": None}


@pytest.mark.parametrize("answer", ["Commercial/Sales", "commercial / SALES"])
def test_renamed_is_an_answer(database: Database, answer: str) -> None:
    imported(database, file("1,Commercial/Sales,", "2,Commercial,"))
    before = people(database)["1"].department_id
    again = file("1,Commercial/Jualan,", "2,Commercial,")
    plan = imported(database, again, renamed={"Commercial/Jualan": answer})
    assert counts(plan) == {"same": 2}
    assert people(database)["1"].department_id == before
    assert where(database, "1") == "Commercial/Jualan"
    # The same answer once more says nothing new.
    repeated = imported(database, again, renamed={"Commercial/Jualan": answer})
    assert (counts(repeated), repeated.renamed_departments) == ({"same": 2}, ())


def test_an_answer_about_an_existing_department_is_passed_over(database: Database) -> None:
    imported(database, file("1,Sales,", "2,Marketing,"))
    plan = imported(database, file("1,Marketing,"), renamed={"Marketing": "Sales"})
    assert counts(plan) == {"moved": 1}
    assert paths(database) == ["Marketing", "Sales"]
