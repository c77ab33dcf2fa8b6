"""Reading the directory: who is counted, found, and in which departments."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from app.kit.database import Database
from app.people import directory
from app.people.tree import Tree
from tests.people.files import CAST, csv, imported


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """The cast of four, and Elena who has left."""
    imported(database, CAST)
    imported(database, csv("employee_id,name,department", "0005,Elena 100%,Commercial/Sales"))
    imported(database, CAST, full=True, deactivate=1)
    with database.reading() as reading:
        yield reading


def names(people: tuple[directory.Person, ...]) -> list[str]:
    return [person.name.split()[0] for person in people]


def department(session: Session, path: str) -> str:
    found = Tree.read(session).find(path)
    assert found is not None
    return found.id


def test_only_active_people_count(session: Session) -> None:
    assert directory.people_count(session) == 4
    assert names(directory.active(session)) == ["Aminah", "Badrul", "Chong", "Devi"]


def test_people_of_departments(session: Session) -> None:
    sales, top = department(session, "Commercial/Sales"), department(session, "Commercial")
    assert names(directory.in_departments(session, [sales])) == ["Badrul", "Chong"]
    assert directory.in_departments(session, [top]) == directory.in_departments(session, []) == ()
    everything = [*Tree.read(session).subtree_ids(top), *(f"nobody {n}" for n in range(3_000))]
    assert names(directory.in_departments(session, everything)) == ["Badrul", "Chong", "Devi"]


def test_a_page_of_the_people_found(session: Session) -> None:
    first = directory.find(session, limit=3)
    second = directory.find(session, offset=3, limit=3)
    assert names(first.people) == ["Aminah", "Badrul", "Chong"]
    assert names(second.people) == ["Devi"]
    assert first.total == second.total == 4


@pytest.mark.parametrize("text", ["chong", " WEI ", "CHONG@contoh", "0003"])
def test_found_by_name_address_or_id(session: Session, text: str) -> None:
    assert names(directory.find(session, text).people) == ["Chong"]


def test_signs_of_a_pattern_are_signs(session: Session) -> None:
    assert directory.find(session, "%").total == 0
    assert names(directory.find(session, "0%", inactive=True).people) == ["Elena"]
    assert directory.find(session, "_").total == 0


def test_a_department_takes_what_is_below_it_along(session: Session) -> None:
    top = department(session, "Commercial")
    assert names(directory.find(session, department_id=top).people) == ["Badrul", "Chong", "Devi"]
    assert names(directory.find(session, "devi", top).people) == ["Devi"]


def test_who_left_is_found_when_asked_for(session: Session) -> None:
    found = directory.find(session, "elena", inactive=True).people
    assert [person.active for person in found] == [False]
    assert directory.find(session, "elena").total == 0
