"""Headers of other systems: what each column is taken for, and what is left out."""

import pytest

from app.people import columns
from app.people.columns import ALIASES
from app.people.problems import ImportRefused

EVERY_FIELD = (
    "employee_id,name,email,department,department_code,manager_id,language,location,level,"
    "start_date"
)
SYSTEMS = {
    "workday": (
        (
            "Employee ID,Legal Name,Work Email,Supervisory Organization,Cost Center,"
            "Manager Employee ID,Preferred Locale,Location,Management Level,Hire Date"
        ),
        EVERY_FIELD,
    ),
    "bamboohr": (
        "Employee #,First Name,Last Name,Work Email,Department,Division,Reporting To,Location,Hire Date",
        "employee_id,first_name,last_name,email,department,,manager_id,location,start_date",
    ),
    "culture_amp": (
        (
            "Name,Preferred Name,Employee Id,Email,Date of Birth,Start Date,End Date,Language,"
            "Manager Email,Department"
        ),
        "name,,employee_id,email,,start_date,,language,manager_id,department",
    ),
    "glint": (
        "First name,Last name,Email,Employee ID,Status,Manager ID,Business Unit",
        "first_name,last_name,email,employee_id,,manager_id,department",
    ),
    "peopleforce": (
        "employee_id,first_name,last_name,email,position,department,location,hired_on,reporting_to",
        "employee_id,first_name,last_name,email,,department,location,start_date,manager_id",
    ),
    "malay": (
        "ID Pekerja,Nama,E-mel,Jabatan,Kod Jabatan,ID Pengurus,Bahasa,Lokasi,Gred,Tarikh Mula",
        EVERY_FIELD,
    ),
    "malay_public_service": (
        "No. Kakitangan;Nama Penuh;Alamat E-mel;Bahagian;Penyelia",
        "employee_id;name;email;department;manager_id",
    ),
    "by_hand": (
        "EMP NO;  Full   Name ;E-Mail Address;DEPT.;Supervisor",
        "employee_id;name;email;department;manager_id",
    ),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_headers_of_common_systems(system: str) -> None:
    header, expected = (
        (text.split(";") if ";" in text else text.split(",")) for text in SYSTEMS[system]
    )
    found = columns.read(header)
    fields = {column.index: column.field for column in found.used}
    assert [fields.get(index, "") for index in range(len(header))] == expected
    assert list(found.ignored) == [
        name for name, field in zip(header, expected, strict=True) if not field
    ]


def test_our_own_name_wins_over_an_alias() -> None:
    found = columns.read(["Division", "Staff No", "Employee_ID", "Department"])
    assert [column.header for column in found.used] == ["Employee_ID", "Department"]
    assert found.ignored == ("Division", "Staff No")


def test_an_earlier_alias_wins_where_it_is_not_required() -> None:
    found = columns.read(["employee_id", "department", "Grade", "Job level"])
    assert found.header("level") == "Job level"


def test_a_whole_name_wins_over_its_parts() -> None:
    found = columns.read(["employee_id", "department", "First name", "Name"])
    assert found.header("name") == "Name"
    assert found.ignored == ("First name",)


def test_a_column_named_employee_is_no_id() -> None:
    assert columns.read(["Employee", "Emp #", "Department"]).header("employee_id") == "Emp #"


def test_columns_without_a_name_are_not_reported() -> None:
    assert columns.read(["employee_id", "department", "", ""]).ignored == ()


@pytest.mark.parametrize("header", [["Emp No", "Division", "Team"], ["Emp No", "Staff ID", "Dept"]])
def test_who_and_where_are_never_chosen_between_two(header: list[str]) -> None:
    with pytest.raises(ImportRefused, match="both mean"):
        columns.read(header)


@pytest.mark.parametrize("header", [["id", "department"], ["employee_id"], ["", ""]])
def test_missing_columns_are_named(header: list[str]) -> None:
    with pytest.raises(ImportRefused, match=r"no column (employee_id|department)"):
        columns.read(header)


def test_no_alias_means_two_things() -> None:
    keys = [key for field in ALIASES for key in columns._ranks(field)]
    assert len(keys) == len(set(keys))
