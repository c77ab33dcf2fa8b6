"""Managers are proposed what they lead whole, and nothing of people who report to another."""

from app.access import accounts, proposing
from app.kit.database import Database
from tests.people.files import imported

COMPANY = """\
employee_id,name,email,department,manager_id
1,Aminah,aminah@contoh.example.com,Board,
2,Badrul,badrul@contoh.example.com,Commercial/Sales,1
3,Chong,chong@contoh.example.com,Commercial/Sales,2
4,Devi,,Commercial/Sales/East,3
5,Farid,farid@contoh.example.com,Commercial/Marketing,1
6,Hana,hana@contoh.example.com,Commercial/Marketing,5
7,Ivan,ivan@contoh.example.com,Finance,1
8,Jay,jay@contoh.example.com,Finance,7
9,Kim,kim@contoh.example.com,Finance,5
10,Lim,lim@contoh.example.com,Alone,1
11,Mei,,Office,1
12,Nor,,Office,11
"""


def proposed(database: Database) -> dict[str, list[str]]:
    with database.reading() as session:
        return {
            one.person.name: [node.path_text for node in one.departments]
            for one in proposing.proposals(session)
        }


def test_only_what_somebody_leads_whole_is_proposed(database: Database) -> None:
    imported(database, COMPANY)
    assert proposed(database) == {
        "Aminah": ["Alone", "Commercial", "Finance", "Office"],
        "Badrul": ["Commercial/Sales"],
        "Chong": ["Commercial/Sales/East"],
        "Farid": ["Commercial/Marketing"],
        # Kim of Finance reports to Farid.
        "Ivan": [],
    }


def test_who_has_an_account_or_left_is_not_proposed(database: Database) -> None:
    imported(database, COMPANY)
    with database.writing() as session:
        accounts.add(session, "Badrul@contoh.example.com", "manager", ["Commercial/Sales"], "test")
    rest = "\n".join(line for line in COMPANY.splitlines() if not line.startswith("5,"))
    imported(database, rest, full=True, deactivate=1)
    assert proposed(database).keys() == {"Aminah", "Chong", "Ivan"}


def test_managers_in_a_circle_end_it(database: Database) -> None:
    imported(database, "employee_id,name,email,department,manager_id\n1,A,a@x.example.com,One,\n")
    imported(database, "employee_id,name,email,department,manager_id\n2,B,b@x.example.com,One,1\n")
    with database.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE employee SET manager_id = '2' WHERE employee_id = '1'"
        )
    assert proposed(database) == {"A": ["One"], "B": ["One"]}
