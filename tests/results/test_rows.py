"""Files of rows: what stands in them, where they are refused, and when they are gone."""

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text
from sqlmodel import select

from app.campaigns import keeping
from app.campaigns.rounds import RoundRefused
from app.kit import csv
from app.kit.runtime import Runtime
from app.kit.seal import Keyring, SealBroken
from app.responses import kept, key_care, submission
from app.results import analysis, release, row_files, rows
from app.results.models import Release
from app.surveys import answer_file, library
from app.surveys.coding import Layout
from app.surveys.definition import Survey
from tests.attackers.test_database_reader import raw_bytes
from tests.results.company import Company, random_company, survey_of
from tests.results.rounds import answered, closed, launched, staffed
from tests.results.test_retention import DAY, released, work

FIVE = survey_of()
K, FEWEST = 5, 10
COMPANY = {"Sales": 14, "Ops": 14, "Legal": 4}


def cells(runtime: Runtime, round_id: str, what: str = "wide") -> tuple[tuple, list[list]]:
    with runtime.database.reading() as session:
        file = row_files.kept(session, runtime.keyring, round_id, what)
        return file.header, list(file.lines)


def survey() -> Survey:
    return library.template("team_pulse")


@pytest.fixture
def round_id(runtime: Runtime) -> str:
    """Everybody has answered a round that allows files of rows for three months."""
    staffed(runtime, COMPANY)
    one = launched(runtime, survey(), row_export=True, keep_rows_months=3)
    chance = random.Random(3)
    size = Layout.of(survey()).size
    ballots = {
        path: [(bytes(chance.randrange(5) for _ in range(size)), {}) for _ in range(people)]
        for path, people in COMPANY.items()
    }
    answered(runtime, one, ballots)
    closed(runtime, one)
    return one


def test_a_line_a_ballot_under_the_deepest_group_of_ten(runtime: Runtime, round_id: str) -> None:
    released(runtime, round_id)
    header, lines = cells(runtime, round_id)
    items = [column.key for column in Layout.of(survey()).columns]
    assert header == ("department", *items)
    # Legal is too small, and one neighbour more is needed to hide it.
    places = Counter(line[0] for line in lines)
    assert places == {"Sales": 14, "": 18} or places == {"Ops": 14, "": 18}
    with runtime.database.reading() as session:
        whole = release.read(session, round_id)["groups"][0]
    for at, item in enumerate(whole["items"], start=1):
        found = Counter(line[at] for line in lines)
        assert [found[code] for code in range(5)] == item["counts"], item["key"]


def test_the_long_file_says_the_same_and_its_ids_are_of_this_file(
    runtime: Runtime, round_id: str
) -> None:
    released(runtime, round_id)
    header, wide = cells(runtime, round_id)
    names, long = cells(runtime, round_id, "long")
    assert names == ("ballot", "department", "item", "answer")
    ballots: dict[str, list] = {}
    for ballot, place, item, answer in long:
        ballots.setdefault(ballot, [place]).append(answer)
        assert item in header
    assert Counter(map(tuple, ballots.values())) == Counter(map(tuple, wide))
    again = {line[0] for line in cells(runtime, round_id, "long")[1]}
    assert not again & ballots.keys()
    assert cells(runtime, round_id)[1] != wide, "the order is drawn anew"


def test_scored_again_the_file_gives_the_figures_of_the_release(
    runtime: Runtime, round_id: str
) -> None:
    released(runtime, round_id)
    header, lines = cells(runtime, round_id)
    table = csv.read("".join(csv.write(header, lines, excel=False)).encode(), keep_blank=True)
    answers = answer_file.read(table, survey(), "zero", None, analysis.unplaceable)
    scored = analysis.analyse(answers, survey(), "file", None).release
    with runtime.database.reading() as session:
        whole = release.read(session, round_id)["groups"][0]
    for key in ("answered", "n", "promoters", "passives", "detractors", "score_exact", "index"):
        assert scored["groups"][0][key] == whole[key]


def test_a_round_whose_policy_does_not_allow_it_keeps_nothing(runtime: Runtime) -> None:
    staffed(runtime, COMPANY)
    one = launched(runtime, survey())
    size = Layout.of(survey()).size
    answered(runtime, one, {"Sales": [(bytes([n % 5] * size), {}) for n in range(14)]})
    closed(runtime, one)
    with pytest.raises(RoundRefused, match="does not allow it"):
        cells(runtime, one)
    released(runtime, one)
    with pytest.raises(RoundRefused, match="does not allow it"):
        cells(runtime, one)
    with runtime.database.reading() as session:
        assert submission.kept_keys(session) == {}


def test_before_the_release_there_is_no_file(runtime: Runtime, round_id: str) -> None:
    with pytest.raises(release.NotReleased):
        cells(runtime, round_id)


def test_of_fewer_than_ten_there_is_no_file(runtime: Runtime) -> None:
    staffed(runtime, {"Sales": 9})
    one = launched(runtime, survey(), row_export=True)
    size = Layout.of(survey()).size
    answered(runtime, one, {"Sales": [(bytes([n % 5] * size), {}) for n in range(9)]})
    closed(runtime, one)
    released(runtime, one)
    with pytest.raises(RoundRefused, match="fewer than 10"):
        cells(runtime, one)


def test_the_rows_are_gone_at_their_time_with_their_key(
    runtime: Runtime, round_id: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ended = released(runtime, round_id)
    with runtime.database.reading() as session:
        row = session.connection().execute(text("SELECT * FROM kept_ballots")).one()
        sealed, wrapped = bytes(row.sealed), bytes(row.wrapped)
        assert {one.key for one in key_care.needed(session)} == {runtime.keyring.current}
    due = keeping.months_after(ended, 3)
    work(runtime, due - DAY)
    assert len(cells(runtime, round_id)[1]) == 32
    assert sealed[-32:] in raw_bytes(runtime, tmp_path, request, log=False)

    work(runtime, due + timedelta(minutes=1))

    with pytest.raises(RoundRefused, match="has ended"):
        cells(runtime, round_id)
    after = raw_bytes(runtime, tmp_path, request, log=False)
    assert sealed[-32:] not in after
    assert wrapped[-32:] not in after, "what opened it is gone as well"
    assert round_id.encode() in after, "he really reads the stored bytes"
    with runtime.database.reading() as session:
        assert key_care.needed(session) == []
        purges = session.connection().execute(text("SELECT what FROM round_purge")).scalars().all()
        assert sorted(purges) == ["invitations", "rows"]
        assert session.exec(select(Release)).one().answered == 32, "the release stays"


def test_what_is_kept_holds_nothing_that_is_not_printed() -> None:
    """Of withheld answers no byte is sealed: of Legal's own statement only three answered."""
    for company in (random_company(random.Random(seed), FIVE) for seed in range(12)):
        file = company.published(rows=FEWEST).rows
        if file is None:
            continue
        assert min(Counter(file.group.tolist()).values()) >= FEWEST
        for start, key in enumerate(file.columns):
            for number, group in enumerate(file.groups):
                codes = file.codes[file.group == number, start]
                if key in group.withheld:
                    assert not codes.any()
                else:
                    given = codes[codes < 254]
                    assert not 0 < len(given) < K
                    assert len(given) == 0 or len(np.unique(given)) > 1


def test_a_withheld_answer_reads_minus_99_and_one_that_does_not_apply_minus_98() -> None:
    company = Company(FIVE)
    company.add("A", 12, [bytes([n % 5, n % 4, (n * 3) % 5, n % 3]) for n in range(12)])
    # In B only three answered the first statement.
    company.add("B", 12, [bytes([n % 5 if n < 3 else 254, n % 4, n % 5, n % 3]) for n in range(12)])
    company.add("C", 14, [bytes([n % 5, (n + 1) % 4, n % 5, n % 3]) for n in range(14)])
    file = row_files.wide(company.published(rows=FEWEST).rows, FIVE)
    told: dict[str, set] = {}
    for place, first, *_ in file.lines:
        told.setdefault(str(place), set()).add(first)
    assert told[""] == {-99}, "the rows of B and of the neighbour that hides it"
    [seen] = [one for path, one in told.items() if path]
    assert seen == set(range(5))

    company.ballots["C"][0] = bytes([254, 0, 0, 0])
    company.ballots["B"] = [bytes([n % 5, n % 4, n % 5, n % 3]) for n in range(12)]
    file = row_files.wide(company.published(rows=FEWEST).rows, FIVE)
    assert [line[1] for line in file.lines].count(-98) == 1


def test_nothing_banded_stands_beside_rows() -> None:
    banded = [
        seed
        for seed in range(8)
        if any(g.band for g in random_company(random.Random(seed), FIVE).published().groups)
    ]
    assert banded, "there are bands to leave out"
    for seed in banded:
        published = random_company(random.Random(seed), FIVE).published(rows=FEWEST)
        assert not any(group.band for group in published.groups)


def test_a_moved_or_changed_set_does_not_open(runtime: Runtime, round_id: str) -> None:
    released(runtime, round_id)
    with runtime.database.writing() as session:
        session.connection().execute(text("UPDATE kept_ballots SET sealed = wrapped"))
    with runtime.database.reading() as session, pytest.raises(SealBroken):
        kept.opened(session.connection(), runtime.keyring, round_id)


def test_the_key_of_the_rows_is_sealed_anew_with_the_others(
    runtime: Runtime, round_id: str
) -> None:
    released(runtime, round_id)
    both = Keyring(("another-secret-of-the-server-0123456789", *runtime.settings.server_secrets()))
    with runtime.database.writing() as session:
        assert key_care.rewrap(session, both, "test") == 1
        assert rows.opened(session, both, round_id) is not None
        assert submission.kept_keys(session) == {round_id: both.current}
