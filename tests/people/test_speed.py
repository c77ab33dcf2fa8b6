"""Fifty thousand people, which is the most one file may hold."""

import time

import pytest

from app.kit.database import Database
from tests.people.files import counts, csv, imported

MANY = 50_000
# Of processor time, so that other tests beside this one do not count; it was 2 to 5 when written.
SECONDS = 8


def company(people: int, shift: int = 0) -> bytes:
    return csv(
        "employee_id,name,email,department,manager_id",
        *(
            f"{n:06},Pekerja {n},p{n}@contoh.example.com,{place((n + shift) % 600)},{boss(n)}"
            for n in range(people)
        ),
    )


def place(number: int) -> str:
    return f"Division {number % 12}/Department {number % 120}/Team {number}"


def boss(number: int) -> str:
    return f"{number // 8:06}" if number else ""


@pytest.mark.nightly
def test_the_largest_file_takes_seconds(database: Database) -> None:
    for file, expected in (
        (company(MANY), {"new": MANY}),
        (company(MANY), {"same": MANY}),
        (company(MANY, shift=1), {"moved": MANY}),
    ):
        started = time.process_time()
        assert counts(imported(database, file)) == expected
        assert time.process_time() - started < SECONDS
