"""The tree changed by hand: renamed, moved, merged, removed; what was launched before stays."""

import pytest
from sqlmodel import Session, select

from app.access import accounts, following
from app.access.models import AccountDepartment
from app.kit.database import Database
from app.people import reshaping
from app.people.models import Department
from app.people.reshaping import Place, ReshapingRefused
from app.people.tree import Tree
from tests.people.files import CAST, counts, imported, looked_at, paths, people, tree, where


@pytest.fixture
def company(database: Database) -> Database:
    imported(database, CAST)
    return database


def place_of(database: Database, path: str) -> str:
    node = tree(database).find(path)
    assert node is not None
    return node.id


def changed(database: Database, path: str, name: str, below: str = "", code: str = "") -> None:
    parent = place_of(database, below) if below else None
    with database.writing() as session:
        reshaping.change(session, place_of(database, path), Place(name, parent, code))


def merged(database: Database, one: str, other: str, name: str) -> Department:
    first, second = place_of(database, one), place_of(database, other)
    with database.writing() as session:
        return reshaping.merge(session, first, second, name)


def test_renamed_department_is_the_same_with_all_below_it(company: Database) -> None:
    before = {place_of(company, "Commercial"), place_of(company, "Commercial/Sales")}
    changed(company, "Commercial", "Market")
    assert paths(company) == ["Human Resources", "Market", "Market/Marketing", "Market/Sales"]
    assert before == {place_of(company, "Market"), place_of(company, "market / SALES")}
    again = CAST.replace("Commercial", "Market")
    assert counts(looked_at(company, again)) == {"same": 4}


def test_moved_department_takes_everything_along(company: Database) -> None:
    changed(company, "Commercial", "Commercial", below="Human Resources")
    assert where(company, "0003") == "Human Resources/Commercial/Sales"
    assert counts(looked_at(company, CAST))["moved"] == 3


def test_code_given_by_hand_answers_the_next_import(company: Database) -> None:
    changed(company, "Commercial/Sales", "Sales", below="Commercial", code="S-1")
    file = "employee_id,department,department_code\n0003,Jualan,S-1\n"
    plan = imported(company, file)
    assert plan.new_departments == ()
    assert where(company, "0002") == "Jualan"


@pytest.mark.parametrize(
    ("path", "name", "below", "told"),
    [
        ("Commercial/Sales", "marketing ", "Commercial", "is Commercial/Marketing already"),
        ("Commercial", "Commercial", "Commercial/Sales", "cannot stand below itself"),
        ("Commercial", "A/B", "", "without a slash"),
        ("Commercial", "*", "", "without a slash"),
        ("Commercial", " ", "", "without a slash"),
        ("Commercial", "x" * 121, "", "at most 120"),
    ],
)
def test_what_would_break_the_tree_is_refused(
    sqlite_database: Database, path: str, name: str, below: str, told: str
) -> None:
    company = sqlite_database
    imported(company, CAST)
    before = paths(company)
    with pytest.raises(ReshapingRefused, match=told):
        changed(company, path, name, below)
    assert paths(company) == before


def test_tree_never_gets_deeper_than_a_file_may_say(sqlite_database: Database) -> None:
    company = sqlite_database
    imported(company, CAST)
    levels = "/".join("123456789")
    imported(company, f"employee_id,department\n9,{levels}\n")
    with pytest.raises(ReshapingRefused, match="more than 10 levels"):
        changed(company, "Commercial", "Commercial", below=levels)


def test_merged_department_is_a_new_one_and_the_two_keep_their_past(company: Database) -> None:
    sales, marketing = (place_of(company, f"Commercial/{one}") for one in ("Sales", "Marketing"))
    with company.writing() as session:
        accounts.add(session, "b@contoh.example.com", "manager", ["Commercial/Sales"], "test")
    made = merged(company, "Commercial/Sales", "Commercial/Marketing", "Market")
    assert paths(company) == ["Commercial", "Commercial/Market", "Human Resources"]
    assert made.id not in {sales, marketing}
    assert [where(company, one) for one in ("0002", "0003", "0004")] == ["Commercial/Market"] * 3
    with company.reading() as session:
        (bound,) = following.bound(session, [sales])
        assert session.get_one(Department, sales).name == "Sales"
        assert scope_of(session, bound.id) == {sales}, "nobody sees more than before by itself"
    with company.writing() as session:
        following.grant(session, [bound.id], made.id, "test")
        assert scope_of(session, bound.id) == {sales, made.id}


def test_old_name_in_the_next_file_is_a_new_department(company: Database) -> None:
    merged(company, "Commercial/Sales", "Commercial/Marketing", "Market")
    plan = imported(company, CAST)
    brought = {one.path for one in plan.new_departments}
    assert brought == {"Commercial/Marketing", "Commercial/Sales"}
    assert people(company)["0002"].department_id == place_of(company, "Commercial/Sales")


def test_what_is_below_both_comes_along_unless_names_collide(company: Database) -> None:
    imported(company, "employee_id,department\n7,Commercial/Sales/East\n8,Human Resources/West\n")
    merged(company, "Human Resources", "Commercial/Sales", "One")
    assert paths(company) == [
        "Commercial",
        "Commercial/Marketing",
        "Commercial/One",
        "Commercial/One/East",
        "Commercial/One/West",
    ]
    imported(company, "employee_id,department\n9,Commercial/Marketing/east\n")
    with pytest.raises(ReshapingRefused, match="same name"):
        merged(company, "Commercial/One", "Commercial/Marketing", "Two")


def test_department_merges_into_the_one_above_it_and_not_the_other_way(company: Database) -> None:
    with pytest.raises(ReshapingRefused, match="is below this one"):
        merged(company, "Commercial", "Commercial/Sales", "X")
    merged(company, "Commercial/Sales", "Commercial", "Commercial")
    assert paths(company) == ["Commercial", "Commercial/Marketing", "Human Resources"]
    assert where(company, "0002") == "Commercial"


def test_only_an_empty_department_is_removed(company: Database) -> None:
    with company.writing() as session:
        made = reshaping.add(session, Place("Empty", None))
        for full in ("Commercial", "Commercial/Sales"):
            node = Tree.read(session).find(full)
            assert node is not None
            with pytest.raises(ReshapingRefused, match="move or merge them first"):
                reshaping.remove(session, node.id)
        reshaping.remove(session, made.id)
    assert "Empty" not in paths(company)
    with company.writing() as session:
        reshaping.add(session, Place("empty", None))


def scope_of(session: Session, account_id: str) -> set[str]:
    statement = select(AccountDepartment.department_id).where(
        AccountDepartment.account_id == account_id
    )
    return set(session.exec(statement))
