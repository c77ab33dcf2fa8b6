"""Every way a row can be wrong: which one it is, that it is left out, and the others are not."""

import re
from pathlib import Path

import pytest

from app.kit import csv as csv_file
from app.kit.database import Database
from app.kit.language import Language
from app.people import checks, columns, known, rows
from app.people.known import Known
from app.people.problems import FILE_MESSAGES, ROW_MESSAGES, ImportRefused
from app.people.rows import Errors
from tests.people.files import CAST, counts, csv, errors, imported, looked_at, people

HEADER = "employee_id,name,email,department,department_code,manager_id,language,start_date"
AMINAH = "0001,Aminah,aminah@contoh.example.com,HR,,,ms,2020-01-31"

# What the second person's row says, and what is wrong with it.
CELLS = [
    (",Badrul,,Sales,,,,", "employee_id", "id_missing"),
    ("1.2E+11,Badrul,,Sales,,,,", "employee_id", "id_rounded"),
    ("0001,Badrul,,Sales,,,,", "employee_id", "id_twice"),
    (f"{'9' * 65},Badrul,,Sales,,,,", "employee_id", "long"),
    ("2,Bad\u202erul,,Sales,,,,", "name", "control"),
    ("2,Bad\x07rul,,Sales,,,,", "name", "control"),
    ('2,"Bad\nrul",,Sales,,,,', "name", "control"),
    ("2,Bad\u200brul,,Sales,,,,", "name", "control"),
    (f"2,{'B' * 201},,Sales,,,,", "name", "long"),
    ("2,Badrul,badrul,Sales,,,,", "email", "email_wrong"),
    ("2,Badrul,badrul@contoh,Sales,,,,", "email", "email_wrong"),
    ("2,Badrul,Badrul <b@contoh.example.com>,Sales,,,,", "email", "email_wrong"),
    ("2,Badrul,AMINAH@contoh.example.com,Sales,,,,", "email", "email_twice"),
    ("2,Badrul,, ,,,,", "department", "department_missing"),
    ("2,Badrul,,A//B,,,,", "department", "department_level"),
    ("2,Badrul,,/A,,,,", "department", "department_level"),
    ("2,Badrul,,A/ /B,,,,", "department", "department_level"),
    ("2,Badrul,,1/2/3/4/5/6/7/8/9/10/11,,,,", "department", "department_deep"),
    (f"2,Badrul,,A/{'B' * 121},,,,", "department", "department_long"),
    ("2,Badrul,,Sales,,2,,", "manager_id", "manager_self"),
    ("2,Badrul,,Sales,,,Klingon,", "language", "language_unknown"),
    ("2,Badrul,,Sales,,,,03/04/2020", "start_date", "date_unclear"),
    ("2,Badrul,,Sales,,,,2020-02-30", "start_date", "date_wrong"),
    ("2,Badrul,,Sales,,,,last May", "start_date", "date_wrong"),
    ("2,Badrul,,Sales,,,,0001-01-01", "start_date", "date_wrong"),
    ("2,Badrul,,Sales,,,", "", "cells"),
    ("2,Badrul,,Sales,,,,,", "", "cells"),
]


@pytest.mark.parametrize(("row", "column", "key"), CELLS)
def test_one_wrong_cell_leaves_out_one_row(
    sqlite_database: Database, row: str, column: str, key: str
) -> None:
    plan = imported(sqlite_database, csv(HEADER, AMINAH, row, "0003,Chong,,Sales,,0001,en,"))
    assert errors(plan) == [(3, column, key)]
    assert plan.errors[0].left_out
    assert sorted(people(sqlite_database)) == ["0001", "0003"]


@pytest.mark.parametrize("language", ["ms", "BM", "Malay", "bahasa  melayu", "ms-MY", "MS_my"])
def test_malay_has_many_names(sqlite_database: Database, language: str) -> None:
    imported(sqlite_database, csv("employee_id,department,language", f"1,Sales,{language}"))
    assert people(sqlite_database)["1"].language == "ms"


@pytest.mark.parametrize("written", ["2020-12-31", "31/12/2020", "31.12.2020", "31-12-2020"])
def test_dates_are_stored_in_one_form(sqlite_database: Database, written: str) -> None:
    imported(sqlite_database, csv("employee_id,department,start_date", f"1,Sales,{written}"))
    assert people(sqlite_database)["1"].attributes == {"start_date": "2020-12-31"}


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("aminah@Contoh.Example.COM", "aminah@contoh.example.com"),
        ("aminah@xn--bcher-kva.example.com", "aminah@bücher.example.com"),
        ("aminah@bücher.example.com", "aminah@bücher.example.com"),
    ],
)
def test_addresses_are_stored_in_one_form(
    sqlite_database: Database, written: str, stored: str
) -> None:
    imported(sqlite_database, csv("employee_id,department,email", f"1,Sales,{written}"))
    assert people(sqlite_database)["1"].email == stored


def test_every_wrong_cell_of_a_row_is_named(sqlite_database: Database) -> None:
    plan = looked_at(sqlite_database, csv(HEADER, "2,,x,,,,Klingon,"))
    assert [error.column for error in plan.errors] == ["email", "department", "language"]


def test_row_numbers_count_empty_lines_too(sqlite_database: Database) -> None:
    plan = looked_at(sqlite_database, csv("employee_id,department", "1,HR", "", ",", ",Sales"))
    assert errors(plan) == [(5, "employee_id", "id_missing")]


def test_what_is_shown_of_a_cell_is_short_and_safe(sqlite_database: Database) -> None:
    plan = looked_at(sqlite_database, csv(HEADER, f"2,\x1b[31m{'B' * 300},,Sales,,,,"))
    assert plan.errors[0].value.startswith("\N{REPLACEMENT CHARACTER}[31mBBB")
    assert len(plan.errors[0].value) == 100


def test_messages_name_the_other_row(sqlite_database: Database) -> None:
    plan = looked_at(sqlite_database, csv("employee_id,department", "1,HR", "2,HR", "1,HR"))
    assert plan.errors[0].message == "row 2 has the same employee id: keep one of the two rows"


def test_an_address_of_somebody_else_is_refused(database: Database) -> None:
    imported(database, CAST)
    file = csv("employee_id,department,email", "0009,HR,Chong@contoh.example.com")
    plan = imported(database, file)
    assert errors(plan) == [(2, "email", "email_taken")]
    assert "employee id 0003" in plan.errors[0].message
    assert "0009" not in people(database)


def test_who_is_left_out_keeps_his_address_from_others(database: Database) -> None:
    """Devi would get Chong's address, Chong a new one; but Chong's row is wrong."""
    imported(database, CAST)
    file = CAST.replace("chong@", "not an address").replace("devi@", "chong@")
    plan = imported(database, file)
    assert errors(plan) == [(4, "email", "email_wrong"), (5, "email", "email_taken")]
    assert people(database)["0004"].email == "devi@contoh.example.com"


def test_a_column_that_slipped_by_a_row_is_seen_in_one_turn(sqlite_database: Database) -> None:
    """Everybody gets the next one's address; only the last one's row is wrong by itself."""
    emails = [f"p{number}@contoh.example.com" for number in range(20)]
    imported(sqlite_database, _with_emails(emails))
    slipped = _with_emails([*emails[1:], "not an address"])
    assert len(looked_at(sqlite_database, slipped).errors) == 20

    table, before = csv_file.read(slipped), _known(sqlite_database)
    header = columns.read(table.header)
    good = {row.employee_id: row for row in rows.read(table, header, Errors(header)).good}
    assert len(list(checks.taken_emails(good, before, frozenset()))) == len(good) == 19


def test_exchanged_ids_are_refused(database: Database) -> None:
    imported(database, CAST)
    swapped = CAST.replace("badrul@", "x@").replace("chong@", "badrul@").replace("x@", "chong@")
    plan = imported(database, swapped)
    assert errors(plan) == [(3, "employee_id", "ids_swapped"), (4, "employee_id", "ids_swapped")]
    assert "0002 and 0003" in plan.errors[0].message
    assert people(database)["0002"].email == "badrul@contoh.example.com"


def test_an_unknown_manager_is_named_and_the_person_imported(database: Database) -> None:
    plan = imported(database, CAST.replace("Sales,0002", "Sales,0815"))
    assert errors(plan) == [(4, "manager_id", "manager_unknown")]
    assert not plan.errors[0].left_out
    assert counts(plan) == {"new": 4}
    assert people(database)["0003"].manager_id == ""


def test_an_unknown_manager_leaves_the_known_one(database: Database) -> None:
    imported(database, CAST)
    assert counts(imported(database, CAST.replace("Sales,0002", "Sales,0815"))) == {"same": 4}
    assert people(database)["0003"].manager_id == "0002"


def test_a_manager_in_a_bad_row_is_no_error_of_his_team(database: Database) -> None:
    plan = imported(database, CAST.replace("badrul@", "bad rul@"))
    assert errors(plan) == [(3, "email", "email_wrong")]
    assert people(database)["0003"].manager_id == "0002"


def test_managers_in_a_circle_are_named(database: Database) -> None:
    plan = imported(database, CAST.replace("Human Resources,", "Human Resources,0003"))
    loop = [(row, "manager_id", "manager_loop") for row in (2, 3, 4)]
    assert errors(plan) == loop
    assert "0001 > 0003 > 0002 > 0001" in plan.errors[0].message
    assert sorted(people(database)) == ["0004"]


def test_a_circle_through_people_who_are_not_in_the_file(database: Database) -> None:
    imported(database, CAST)
    plan = imported(database, csv("employee_id,department,manager_id", "0001,HR,0003"))
    assert errors(plan) == [(2, "manager_id", "manager_loop")]
    assert people(database)["0001"].manager_id == ""


def test_a_circle_that_only_closes_because_a_row_is_left_out(database: Database) -> None:
    """Badrul moves below Chong, which is fine until Chong's own move is refused."""
    imported(database, CAST)
    file = csv(
        "employee_id,department,manager_id,email",
        "0003,Commercial/Sales,0001,not an address",
        "0002,Commercial/Sales,0003,badrul@contoh.example.com",
    )
    plan = imported(database, file)
    assert errors(plan) == [(2, "email", "email_wrong"), (3, "manager_id", "manager_loop")]


def test_nobody_is_their_own_manager_by_address_either(sqlite_database: Database) -> None:
    file = CAST.replace("Sales,0002", "Sales,chong@contoh.example.com")
    assert errors(looked_at(sqlite_database, file)) == [(4, "manager_id", "manager_self")]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "unreadable"),
        (b"\xff\xfe\x00", "unreadable"),
        (b"employee_id,department\n1,\0", "unreadable"),
        (b'employee_id,department\n1,"Sales', "unreadable"),
        (b"employee_id,department\n", "nobody"),
        (b"employee_id,name\n1,Badrul", "no_column"),
        (b"name,department\nBadrul,Sales", "no_column"),
        (b"employee_id,department,Department\n1,Sales,Sales", "same_name"),
        (b"employee_id,department,e-mail,email\n1,Sales,,", "same_meaning"),
        (b"emp no,staff id,department\n1,1,Sales", "same_meaning"),
        (b"employee_id,department\n" + b"1,S\n" * 50_001, "rows"),
        (b"employee_id,department\n" + b"1" * (5 * 1024 * 1024), "large"),
    ],
)
def test_files_that_are_refused_whole(sqlite_database: Database, content: bytes, key: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        looked_at(sqlite_database, content)
    assert refused.value.key == key


class Loud(Language):
    """A language that only shouts, and keeps the places of values as they are."""

    def text(self, message: str, /, **values: object) -> str:
        return message.replace("row", "ROW") % values


def test_messages_are_translated_before_they_are_filled(sqlite_database: Database) -> None:
    plan = looked_at(sqlite_database, csv("employee_id,department", "1,HR", "1,HR"))
    expected = "ROW 2 has the same employee id: keep one of the two ROWs"
    assert plan.errors[0].text(Loud("en")) == expected
    with pytest.raises(ImportRefused) as refused:
        looked_at(sqlite_database, b"employee_id,department\n" + b"1,S\n" * 50_001)
    assert refused.value.text(Loud("en")).startswith("The file has more than 50000 ROWs:")


def test_every_sentence_names_a_remedy() -> None:
    assert all(": " in text for text in (ROW_MESSAGES | FILE_MESSAGES).values())


def _known(database: Database) -> Known:
    with database.reading() as session:
        return known.read(session)


def _with_emails(emails: list[str]) -> bytes:
    return csv("employee_id,department,email", *(f"{i},HR,{one}" for i, one in enumerate(emails)))


def test_every_sentence_stands_in_the_documents() -> None:
    page = (Path(__file__).parents[2] / "docs" / "import-people.md").read_text()
    for sentence in (ROW_MESSAGES | FILE_MESSAGES).values():
        assert f"| {re.sub(r'%[(][a-z]+[)]s', '…', sentence)} |" in page
