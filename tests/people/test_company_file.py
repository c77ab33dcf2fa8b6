"""The file of sixty people that HR brings: saved by a spreadsheet, and not quite clean."""

import pytest

from app.kit.database import Database
from app.people import importing
from app.people.importing import ImportPlan
from tests.people.files import counts, errors, imported, looked_at, paths, people, tree, where

DEPARTMENTS = (
    "Commercial/Sales",
    "Commercial/SALES ",
    "Commercial / Marketing",
    "Commercial",
    "Operations/Plant",
    "Operations/Logistics",
)


def company_file() -> bytes:
    """Sixty people in six spellings of five departments; rows 7 and 42 are wrong."""
    lines = ["Employee ID;Name;E-mail;Department;Location"]
    for number in range(1, 61):
        email = "not an address" if number == 6 else f"p{number}@contoh.example.com"
        department = "" if number == 41 else DEPARTMENTS[(number - 1) % 6]
        lines.append(f"{number:04};Pekerja {number};{email};{department};Ipoh")
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode()


@pytest.fixture
def plan(database: Database) -> ImportPlan:
    return imported(database, company_file())


def test_good_rows_are_imported_and_bad_ones_named(plan: ImportPlan) -> None:
    assert counts(plan) == {"new": 58}
    assert plan.total_rows == 60
    assert errors(plan) == [(7, "email", "email_wrong"), (42, "department", "department_missing")]
    assert (plan.encoding, plan.delimiter) == ("UTF-8", ";")


def test_the_two_are_not_there_and_their_neighbours_are(
    database: Database, plan: ImportPlan
) -> None:
    found = people(database)
    assert len(found) == 58
    assert "0006" not in found
    assert "0041" not in found
    assert found["0007"].name == "Pekerja 7"


def test_ids_keep_their_leading_zeros(database: Database, plan: ImportPlan) -> None:
    assert "0001" in people(database)
    assert "1" not in people(database)


def test_two_spellings_are_one_department(database: Database, plan: ImportPlan) -> None:
    assert paths(database) == [
        "Commercial",
        "Commercial/Marketing",
        "Commercial/Sales",
        "Operations",
        "Operations/Logistics",
        "Operations/Plant",
    ]
    assert where(database, "0001") == where(database, "0002") == "Commercial/Sales"


def test_people_may_stand_directly_in_an_inner_department(
    database: Database, plan: ImportPlan
) -> None:
    assert where(database, "0004") == "Commercial"
    assert tree(database).children(people(database)["0004"].department_id)


def test_new_departments_are_shown_with_their_people(plan: ImportPlan) -> None:
    shown = {one.path: one.people for one in plan.new_departments}
    assert shown["Commercial/Sales"] == 20
    assert shown["Operations"] == 0


def test_importing_it_twice_changes_nothing(database: Database, plan: ImportPlan) -> None:
    before = people(database), tree(database)
    again = imported(database, company_file())
    assert counts(again) == {"same": 58}
    assert errors(again) == errors(plan)
    assert (people(database), tree(database)) == before


def test_looking_changes_nothing_and_says_the_same(database: Database) -> None:
    seen = looked_at(database, company_file())
    assert people(database) == {}
    assert paths(database) == []
    done = imported(database, company_file())
    assert importing.as_json(seen) == importing.as_json(done)


def test_json_has_the_keys_of_the_contract(plan: ImportPlan) -> None:
    document = importing.as_json(plan)
    assert list(document) == ["new", "changed", "same", "moved", "deactivated", "errors"]
    assert document["errors"][0] == {  # type: ignore[index]
        "row": 7,
        "column": "email",
        "value": "not an address",
        "message": "this is no e-mail address: write it like name@example.com or leave it empty",
    }


def test_the_error_also_has_the_header_of_the_file(plan: ImportPlan) -> None:
    assert plan.errors[0].header == "E-mail"
