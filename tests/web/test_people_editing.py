"""Aminah keeps the people by hand: one person, the departments, the columns of a file, an undo."""

import json
import re
from collections.abc import Callable

import pytest
from sqlmodel import select

from app.access.bringing import Importing
from app.access.models import AccountDepartment
from app.kit import leasing
from app.kit.jobs import Kind
from app.people import importing
from app.people.models import Employee
from app.people.tree import Tree
from tests.people.files import CAST, imported, paths, people, where
from tests.web.test_people_pages import Browser, House, aminah, house, open_house

__all__ = ["aminah", "house", "open_house"]


def person_of(house: House, employee_id: str) -> str:
    return people(house.database)[employee_id].id


def department_of(house: House, path: str) -> str:
    with house.database.reading() as session:
        node = Tree.read(session).find(path)
    assert node is not None
    return node.id


def shown(browser: Browser, address: str) -> dict[str, str]:
    """What the form of the page would send if nothing were touched."""
    source = browser.get(address).source
    form = next(
        one for one in re.findall(r"<form.*?</form>", source, re.DOTALL) if "novalidate" in one
    )
    values = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
    for name, options in re.findall(
        r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        values[name] = chosen[1] if chosen else ""
    values.pop("csrf", None)
    return values


# One person


def test_person_is_changed_and_the_log_names_fields_but_no_values(
    open_house: Callable[..., House], database_url: str
) -> None:
    house = open_house(database_url)
    aminah = house.browser("aminah@example.com")
    imported(house.database, CAST)
    address = f"/people/{person_of(house, '0003')}"
    fields = shown(aminah, address)
    assert fields["email"] == "chong@contoh.example.com"
    fields |= {
        "name": "Chong W. L.",
        "department": department_of(house, "Human Resources"),
        "manager_id": "AMINAH@contoh.example.com",
        "language": "en",
        "start_date": "31/1/2024",
    }
    saved = aminah.post(address, fields)
    assert (saved.status, saved.leads_to) == (303, f"/people?saved={person_of(house, '0003')}")
    assert "Chong W. L. is saved." in aminah.get(saved.leads_to).text
    person = people(house.database)["0003"]
    assert (person.name, person.manager_id, person.language) == ("Chong W. L.", "0001", "en")
    assert person.attributes == {"start_date": "2024-01-31"}
    assert where(house.database, "0003") == "Human Resources"
    (entry,) = house.acts("person.changed")
    assert json.loads(entry.detail) == {
        "fields": ["name", "department_id", "manager_id", "language", "attributes"]
    }


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("email", "chong", "This is no e-mail address"),
        ("email", "DEVI@contoh.example.com", "The e-mail address belongs to employee id 0004"),
        ("department", "", "Everybody needs a department"),
        ("manager_id", "0099", "Nobody here has this employee id"),
        ("manager_id", "0003", "Nobody is their own manager"),
        ("manager_id", "0008", "in a circle (0003 &gt; 0008 &gt; 0003)"),
        ("start_date", "03/04/2020", "This date can be read in two ways"),
        ("name", "B" * 201, "It is longer than 200 characters"),
    ],
)
def test_mistake_is_said_at_its_field_and_nothing_is_stored(
    house: House, aminah: Browser, field: str, value: str, told: str
) -> None:
    imported(house.database, CAST + "0008,Hana,,Commercial,0003\n")
    before = people(house.database)
    address = f"/people/{person_of(house, '0003')}"
    page = aminah.post(address, {**shown(aminah, address), field: value})
    assert page.status == 422
    assert told in page.source
    assert f'id="{field}-error"' in page.source
    assert people(house.database) == before


def test_one_person_is_added_and_an_id_is_nobody_elses(house: House, aminah: Browser) -> None:
    assert "There is no department yet" in aminah.get("/people/new").text
    imported(house.database, CAST)
    fields = shown(aminah, "/people/new") | {
        "employee_id": "0003",
        "name": "Farid",
        "department": department_of(house, "Commercial"),
    }
    page = aminah.post("/people/new", fields)
    assert page.status == 422
    assert "Somebody has this employee id already" in page.text
    assert aminah.post("/people/new", {**fields, "employee_id": "0017"}).status == 303
    assert people(house.database)["0017"].name == "Farid"
    assert len(house.acts("person.added")) == 1


def test_who_left_comes_back_unless_their_address_is_taken(house: House, aminah: Browser) -> None:
    imported(house.database, CAST)
    address = f"/people/{person_of(house, '0004')}"
    aminah.get(address)
    assert aminah.post(f"{address}/deactivate").status == 303
    assert "has left" in aminah.get(address).text
    imported(
        house.database, "employee_id,email,department\n0009,devi@contoh.example.com,Commercial\n"
    )
    page = aminah.post(f"{address}/reactivate")
    assert page.status == 422
    assert "belongs to employee id 0009" in page.text
    with house.database.writing() as session:
        other = session.exec(select(Employee).where(Employee.employee_id == "0009")).one()
        other.email = ""
        session.add(other)
    assert aminah.post(f"{address}/reactivate").status == 303
    assert people(house.database)["0004"].active
    assert len(house.acts("person.deactivated")) == len(house.acts("person.reactivated")) == 1


# Departments


def test_departments_are_added_renamed_merged_and_removed_in_the_browser(
    house: House, aminah: Browser
) -> None:
    imported(house.database, CAST)
    house.browser("badrul@example.com", "manager", "Commercial/Sales")
    assert aminah.post("/people/departments", shown(aminah, "/people/departments")).status == 422
    fields = {"name": "Finance", "parent": department_of(house, "Commercial"), "code": ""}
    assert aminah.post("/people/departments", fields).status == 303
    finance = f"/people/departments/{department_of(house, 'Commercial/Finance')}"
    assert aminah.post(finance, {"name": "Kewangan", "parent": "", "code": "F-1"}).status == 303
    assert "Kewangan" in paths(house.database)
    page = aminah.post(finance, {"name": "commercial", "parent": "", "code": ""})
    assert page.status == 422
    assert "There is Commercial already" in page.text

    sales, marketing = (department_of(house, f"Commercial/{one}") for one in ("Sales", "Marketing"))
    merging = f"/people/departments/{sales}/merge?other={marketing}"
    page = aminah.get(merging)
    assert "badrul@example.com" in page.text
    assert " checked" not in page.source, "who read the smaller one reads no more by itself"
    account = re.search(r'name="account" value="([^"]+)"', page.source)
    assert account is not None
    above = department_of(house, "Commercial")
    nested = aminah.post(f"/people/departments/{above}/merge", {"other": sales, "name": "Market"})
    assert nested.status == 422
    merged = aminah.post(
        f"/people/departments/{sales}/merge",
        {"other": marketing, "name": "Market", "account": account[1]},
    )
    assert merged.status == 303
    assert paths(house.database) == [
        "Commercial",
        "Commercial/Market",
        "Human Resources",
        "Kewangan",
    ]
    with house.database.reading() as session:
        bound = session.exec(select(AccountDepartment.department_id)).all()
    assert set(bound) == {sales, department_of(house, "Commercial/Market")}

    hr = f"/people/departments/{department_of(house, 'Human Resources')}"
    assert aminah.post(f"{hr}/remove").status == 422
    assert aminah.post(f"{finance}/remove").status == 303
    acts = ("added", "changed", "merged", "removed")
    assert [len(house.acts(f"department.{act}")) for act in acts] == [1, 1, 1, 1]


# Columns


def test_columns_nobody_knows_are_told_once_and_remembered(
    open_house: Callable[..., House], database_url: str
) -> None:
    house = open_house(database_url)
    aminah = house.browser("aminah@example.com")
    file = b"Kod Staf HQ;Nama;Bilik Kerja;E-mel\n0001;Aminah;Human Resources;a@contoh.example.com\n"
    address = aminah.send(("file", "p.csv", file)).leads_to
    assert aminah.get(address).leads_to == f"{address}/columns"
    page = aminah.get(f"{address}/columns")
    assert "The file has no column employee_id" in page.text
    assert "Aminah" in page.text, "the first cells of a column help to tell it"
    fields = {"column-1": "", "column-2": "name", "column-3": "department", "column-4": "email"}
    assert aminah.post(f"{address}/columns", fields).status == 422
    twice = {**fields, "column-1": "employee_id", "column-4": "employee_id"}
    page = aminah.post(f"{address}/columns", twice)
    assert page.status == 422
    assert "both mean employee_id" in page.text
    right = {**fields, "column-1": "employee_id", "column-4": ""}
    assert aminah.post(f"{address}/columns", right).leads_to == address
    preview = aminah.get(address)
    assert preview.has_button("Import 1 person")
    assert "E-mel not used" in preview.text
    assert house.head_count() == 0

    again = aminah.send(("file", "next.csv", file.replace(b"0001", b"0002"))).leads_to
    preview = aminah.get(again)
    assert aminah.post(again, {"seen": preview.value("seen")}).status == 303
    assert people(house.database)["0002"].email == ""
    assert where(house.database, "0002") == "Human Resources"


# Undo


def test_import_is_undone_from_the_browser_and_says_what_stays(
    house: House, aminah: Browser
) -> None:
    address = aminah.send(("file", "staff.csv", CAST.encode())).leads_to
    seen = aminah.get(address).value("seen")
    aminah.post(address, {"seen": seen})
    imported(house.database, "employee_id,name,department\n0003,Chong,Commercial/Sales\n")
    listed = aminah.get("/people/imports")
    assert "staff.csv" in listed.text
    mine = re.findall(r"/people/imports/[\w-]+", listed.source)[-1]
    page = aminah.get(mine)
    assert "3 people it brought are deleted." in page.text
    assert "0003 Chong changed since then" in page.text
    assert aminah.post(mine).status == 303
    assert list(people(house.database)) == ["0003"]
    assert "undone on" in aminah.get("/people/imports").text
    assert aminah.get(mine).status == 404
    (entry,) = house.acts("people.import_undone")
    assert json.loads(entry.detail) == {"removed": 3, "restored": 0, "stayed": 1}


# A large file


def work(house: House) -> None:
    """What the worker does with the one job there is."""
    kinds = {"people-import": Kind(Importing(house.database))}
    with house.database.writing() as session:
        leases = leasing.claim(session.connection(), kinds, "test")
    for outcome in Importing(house.database)(leases):
        with house.database.writing() as session:
            leasing.finish(session.connection(), [outcome])


@pytest.fixture
def large(house: House, aminah: Browser, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file that is large for this test, confirmed and under way."""
    monkeypatch.setattr("app.access.bringing.AT_ONCE", 3)
    address = aminah.send(("file", "p.csv", CAST.encode())).leads_to
    reply = aminah.post(address, {"seen": aminah.get(address).value("seen")})
    assert (reply.status, reply.leads_to) == (303, f"{address}/progress")
    return address


def test_large_file_shows_its_progress_until_it_is_in(
    house: House, aminah: Browser, large: str
) -> None:
    page = aminah.get(f"{large}/progress")
    assert '<progress id="progress" max="100" value="0"' in page.source
    assert '<noscript><meta http-equiv="refresh"' in page.source
    assert house.head_count() == 0
    assert aminah.get(large).leads_to == f"{large}/progress", "it cannot be confirmed twice"
    work(house)
    assert house.head_count() == 4
    assert aminah.get(f"{large}/progress").leads_to == "/people?imported=1"
    work(house)
    assert len(house.acts("people.imported")) == 1


def test_large_file_whose_people_changed_meanwhile_is_looked_at_again(
    house: House, aminah: Browser, large: str
) -> None:
    imported(house.database, "employee_id,name,department\n0001,Somebody,Elsewhere\n")
    work(house)
    assert house.head_count() == 1
    assert aminah.get(f"{large}/progress").leads_to == large
    assert "The people have changed since you looked" in aminah.get(large).text


def test_progress_is_told_while_the_rows_are_read(house: House) -> None:
    told: list[float] = []
    rows = "\n".join(f"{n},Sales" for n in range(6_000))
    with house.database.reading() as session:
        importing.plan(session, f"employee_id,department\n{rows}\n".encode(), tell=told.append)
    assert told == sorted(told)
    assert len(told) >= 4
    assert all(0 < share < 1 for share in told)
