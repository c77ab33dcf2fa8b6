"""Whoever has the file of rows besides everything else learns no count of a few either."""

import asyncio
import random

import numpy as np
import pytest

from app.kit.runtime import Runtime
from app.responses import packing
from app.responses.submission import Submission, Submissions
from app.results import row_files, rows
from app.surveys import library
from app.surveys.coding import Layout
from tests.attackers.matching import hits, leaks
from tests.attackers.solver import Breach, RowsAttack
from tests.results.company import Company, random_company, survey_of
from tests.results.rounds import _sent, closed, launched, links, staffed
from tests.results.test_retention import released

COMPANIES, MORE = 6, 120
FEWEST = 10
THREE = survey_of(3, "")


def learnt(company: Company) -> list[Breach]:
    published = company.published(rows=FEWEST)
    if published.rows is None:
        return []
    file = row_files.wide(published.rows, company.survey)
    return list(RowsAttack(company, company.release(rows=FEWEST), file).breaches())


def found(seeds: range) -> dict[int, list[Breach]]:
    some = {seed: learnt(random_company(random.Random(seed), THREE, 2)) for seed in seeds}
    return {seed: one for seed, one in some.items() if one}


def test_no_count_of_few_follows_from_the_file_and_all_else():
    assert found(range(COMPANIES)) == {}


@pytest.mark.nightly
def test_no_count_of_few_follows_of_many_companies():
    assert found(range(COMPANIES, COMPANIES + MORE)) == {}


def test_he_catches_rows_of_departments_of_which_something_is_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every = lambda field, _planned, _every: frozenset(field.shape.below)  # noqa: E731
    monkeypatch.setattr(rows, "_whole", every)
    assert learnt(random_company(random.Random(0), THREE, 2))


def test_he_catches_an_answer_that_is_hidden_of_a_smaller_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    company = random_company(random.Random(82), THREE, 2)
    assert learnt(company) == []
    monkeypatch.setattr(rows, "_tells", lambda *_: False)
    assert learnt(company)


class Room:
    """Departments of twelve answer one after another, and are released with their rows."""

    PEOPLE = 12

    def __init__(self, runtime: Runtime, count: int) -> None:
        survey = library.template("team_pulse")
        size, chance = Layout.of(survey).size, random.Random(8)
        departments = [f"D{n:03}" for n in range(count)]
        staffed(runtime, dict.fromkeys(departments, self.PEOPLE))
        self.round_id = launched(runtime, survey, row_export=True)
        given = links(runtime, self.round_id)
        self.truth: dict[str, list[bytes]] = {}
        for department in departments:
            different = {bytes(chance.randrange(5) for _ in range(size)): None for _ in range(60)}
            self.truth[department] = list(different)[: self.PEOPLE]
        sent = [
            Submission(
                given[department][place], self.truth[department][place], {}, f"{department}{place}"
            )
            for place in range(self.PEOPLE)
            for department in departments
        ]
        asyncio.run(_sent(Submissions(runtime.writer, runtime.keyring), sent))
        closed(runtime, self.round_id)
        released(runtime, self.round_id)
        self.runtime = runtime

    def matches(self) -> list[int]:
        """With the server's key: how often a row lies where its person came, in each department."""
        with self.runtime.database.reading() as session:
            file = rows.opened(session, self.runtime.keyring, self.round_id)
        assert file is not None
        found = []
        for number, group in enumerate(file.groups):
            stored = [codes.tobytes() for codes in file.codes[file.group == number]]
            if group.path and not group.withheld:
                found.append(hits(stored, self.truth[group.path]))
        return found


def test_with_the_key_a_row_may_be_anybody_s_of_its_department(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He reads it as it is stored, before any order is drawn anew for a file.

    Pooled over so many departments that being lucky is one in thousands, and then looked at again:
    what is a leak works the second time.
    """
    room = Room(runtime, 300)
    monkeypatch.setattr(rows, "_order", np.arange)
    found = room.matches()
    assert len(found) >= 250
    assert not leaks(found) or not leaks(Room(runtime, 300).matches())


def test_he_catches_rows_that_are_kept_as_they_came(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_order", np.arange)
    monkeypatch.setattr(packing, "_shuffled", list)
    assert leaks(Room(runtime, 50).matches())
