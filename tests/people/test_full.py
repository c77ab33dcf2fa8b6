"""Full imports: who is absent from the file is deactivated, and never many by accident."""

import pytest

from app.kit.database import Database
from app.people import directory
from app.people.importing import TooManyDeactivated
from tests.people.files import counts, csv, errors, imported, looked_at, people

EVERYBODY = range(1, 21)


def file(numbers: range, *more: str) -> bytes:
    return csv("employee_id,department,email", *(f"{n:02},Sales," for n in numbers), *more)


def active(database: Database) -> int:
    with database.reading() as session:
        return directory.people_count(session)


def test_without_full_nobody_is_deactivated(database: Database) -> None:
    imported(database, file(EVERYBODY))
    assert counts(imported(database, file(range(1, 2)))) == {"same": 1}
    assert active(database) == 20


def test_a_tenth_may_leave(database: Database) -> None:
    imported(database, file(EVERYBODY))
    plan = imported(database, file(range(1, 19)), full=True)
    assert counts(plan) == {"same": 18, "deactivated": 2}
    assert active(database) == 18
    assert not people(database)["20"].active
    assert people(database)["18"].active


def test_more_than_a_tenth_is_refused_and_nothing_done(database: Database) -> None:
    imported(database, file(EVERYBODY))
    with pytest.raises(TooManyDeactivated) as refused:
        imported(database, file(range(1, 18), "99,Sales,"), full=True)
    assert refused.value.count == 3
    assert "3 people" in str(refused.value)
    assert active(database) == 20
    assert "99" not in people(database)


@pytest.mark.parametrize("given", [2, 4, 0])
def test_a_wrong_number_is_refused(sqlite_database: Database, given: int) -> None:
    imported(sqlite_database, file(EVERYBODY))
    with pytest.raises(TooManyDeactivated):
        imported(sqlite_database, file(range(1, 18)), full=True, deactivate=given)
    assert active(sqlite_database) == 20


def test_the_exact_number_is_taken(database: Database) -> None:
    imported(database, file(EVERYBODY))
    imported(database, file(range(1, 18)), full=True, deactivate=3)
    assert active(database) == 17


def test_looking_says_how_many_without_refusing(database: Database) -> None:
    imported(database, file(EVERYBODY))
    plan = looked_at(database, file(range(1, 11)), full=True)
    assert counts(plan) == {"same": 10, "deactivated": 10}
    assert plan.deactivates_many


def test_who_left_before_is_not_counted_again(database: Database) -> None:
    imported(database, file(EVERYBODY))
    imported(database, file(range(1, 19)), full=True)
    assert counts(imported(database, file(range(1, 19)), full=True)) == {"same": 18}


@pytest.mark.parametrize("bad", ["20,,", "20,Sales", "20,Sales,wrong", "20,Sales,,,"])
def test_a_bad_row_makes_nobody_absent(database: Database, bad: str) -> None:
    imported(database, file(EVERYBODY))
    plan = imported(database, file(range(1, 20), bad), full=True)
    assert counts(plan) == {"same": 19}
    assert len(errors(plan)) == 1
    assert people(database)["20"].active


def test_who_leaves_sets_his_address_free(database: Database) -> None:
    imported(database, file(EVERYBODY, "21,Sales,chong@contoh.example.com"))
    plan = imported(database, file(EVERYBODY, "99,Sales,chong@contoh.example.com"), full=True)
    assert counts(plan) == {"new": 1, "same": 20, "deactivated": 1}


def test_who_comes_back_to_a_taken_address_is_refused(database: Database) -> None:
    imported(database, file(EVERYBODY, "21,Sales,chong@contoh.example.com"))
    imported(database, file(EVERYBODY, "99,Sales,chong@contoh.example.com"), full=True)
    plan = imported(database, csv("employee_id,department", "21,Sales"))
    assert errors(plan) == [(2, "email", "email_taken")]
    assert not people(database)["21"].active
