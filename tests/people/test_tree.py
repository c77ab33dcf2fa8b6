"""The tree of departments: order, neighbours and finding by path."""

import pytest

from app.kit.database import Database
from app.people.models import Department
from app.people.tree import Tree, folded
from tests.people.files import csv, imported, tree


@pytest.fixture
def company(sqlite_database: Database) -> Tree:
    departments = ("Sales/Team 10", "Sales/Team 2", "sales/Élan", "Sales/Team 2/Utara", "HR", "IT")
    rows = (f"{number},{path}" for number, path in enumerate(departments))
    imported(sqlite_database, csv("employee_id,department", *rows))
    return tree(sqlite_database)


def ids(company: Tree, *paths: str) -> list[str]:
    return [node.id for path in paths if (node := company.find(path))]


def test_order_is_that_of_people(company: Tree) -> None:
    assert [node.path_text for node in company.nodes] == [
        "HR",
        "IT",
        "Sales",
        "Sales/Élan",
        "Sales/Team 2",
        "Sales/Team 2/Utara",
        "Sales/Team 10",
    ]


def test_neighbours(company: Tree) -> None:
    sales, team, utara = ids(company, "Sales", "Sales/Team 2", "Sales/Team 2/Utara")
    assert [node.name for node in company.children(None)] == ["HR", "IT", "Sales"]
    assert [node.name for node in company.children(sales)] == ["Élan", "Team 2", "Team 10"]
    assert [node.id for node in company.ancestors(utara)] == [sales, team]
    names = [node.name for node in company.descendants(sales)]
    assert names == ["Élan", "Team 2", "Utara", "Team 10"]
    assert company.subtree_ids(team) == {team, utara}
    assert company.children(utara) == company.descendants(utara) == ()
    assert company[utara].path == ("Sales", "Team 2", "Utara")
    assert utara in company
    assert "nobody" not in company


@pytest.mark.parametrize(
    "path", ["sales/team 2", "SALES / Team  2", "Sales/Team\u00a02", "sales/team2"]
)
def test_found_in_any_case_and_spacing(company: Tree, path: str) -> None:
    found = company.find(path)
    assert found is not None
    assert found.path_text == "Sales/Team 2"


@pytest.mark.parametrize("path", ["", "Team 2", "Sales/", "Sales//Team 2", "Sales/Team 3"])
def test_not_found(company: Tree, path: str) -> None:
    assert company.find(path) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Sales", "SALES "), ("R & D", "r&d"), ("Straße", "STRASSE"), ("Café", "Cafe\u0301")],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_accents_make_two_names() -> None:
    assert folded("Pate") != folded("Pâté")


def test_a_unit_without_its_parent_is_left_out() -> None:
    lost = Department(id="b", parent_id="gone", name="Lost", folded_path="gone/lost")
    top = Department(id="a", name="Top", folded_path="top")
    assert [node.id for node in Tree.of([lost, top]).nodes] == ["a"]


def test_a_tree_may_be_deep() -> None:
    units = [
        Department(id=str(n), parent_id=str(n - 1) if n else None, name=f"D{n}", folded_path=str(n))
        for n in range(2_000)
    ]
    assert len(Tree.of(units).subtree_ids("0")) == 2_000
