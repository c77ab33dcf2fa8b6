"""Answers from a file come to the same numbers as a round with the same answers."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit import csv
from app.results import analysis
from app.scoring.counts import BLANK, NOT_APPLICABLE
from app.surveys import answer_file
from app.surveys.coding import Layout
from tests.results.company import Company, example, groups_of, random_company, survey_of
from tests.surveys.samples import calm

# What rests on who was asked, which a file does not tell.
OF_THE_ASKED = {
    *("invited", "response_pct", "score_low", "score_high", "interval", "range_low", "range_high"),
    "score_by_headcount",
}
CELLS = {BLANK: "", NOT_APPLICABLE: "-98"}


def file_of(company: Company) -> bytes:
    keys = [column.key for column in Layout.of(company.survey).columns]
    rows = [
        [path, *(CELLS.get(code, str(code)) for code in ballot)]
        for path, some in company.ballots.items()
        for ballot in some
    ]
    random.Random(4).shuffle(rows)
    return "".join(csv.write(["department", *keys], rows, excel=False)).encode()


def analysed(company: Company, min_group: int | None = 5) -> dict:
    answers = answer_file.read(
        csv.read(file_of(company)), company.survey, "zero", "department", analysis.unplaceable
    )
    return dict(analysis.analyse(answers, company.survey, "answers.csv", min_group).release)


def without(part: dict) -> dict:
    """A group without what rests on who was asked, its themes and items neither."""
    kept = {name: value for name, value in part.items() if name not in OF_THE_ASKED}
    for name in ("themes", "items"):
        if name in kept:
            kept[name] = [without(one) for one in kept[name]]
    return kept


def same(company: Company) -> None:
    release, found = company.release(), analysed(company)
    shown = [without(one) for one in release["groups"]]
    # A department nobody answered in is not in the file.
    paths = {one["department"] for one in found["groups"]}
    order = sorted((one for one in shown if one["department"] in paths), key=str)
    assert sorted((without(one) for one in found["groups"]), key=str) == order
    if len(order) == len(shown):
        for part in ("gaps", "comparisons", "drivers"):
            assert sorted(found[part], key=str) == sorted(release[part], key=str)
        assert [found[part] for part in ("reliability", "icc")] == [
            release[part] for part in ("reliability", "icc")
        ]


def test_the_worked_example_is_the_round_s():
    same(example())


@given(st.integers(0, 10_000))
@settings(calm, max_examples=40)
def test_any_company_is_the_round_s_and_hides_what_it_hides(seed):
    company = random_company(random.Random(seed), survey_of(extra=""))
    for path, asked in company.invited.items():
        # Everybody answers: the plan of a round also looks at who was asked.
        company.invited[path] = min(asked, len(company.ballots[path]))
    if any(company.ballots.values()):
        same(company)


def test_nothing_is_claimed_about_who_was_asked():
    group = groups_of(analysed(example()))["Sales"]
    assert {group[name] for name in ("invited", "response_pct", "range_low", "range_high")} == {
        None
    }
    assert group["interval"] == "adjusted_wald"
    assert (group["score_low"], group["score_high"]) == (
        group["process_low"],
        group["process_high"],
    )


def test_a_small_department_is_hidden_unless_control_is_given_up():
    assert groups_of(analysed(example()))["Legal"] == {
        "department": "Legal",
        "disclosed": False,
        "reason": "protected",
    }
    legal = groups_of(analysed(example(), min_group=None))["Legal"]
    assert (legal["promoters"], legal["passives"], legal["detractors"]) == (0, 1, 2)


def test_without_control_even_one_mind_and_one_person_are_printed():
    company = Company(survey_of(extra=""))
    company.add("Sales", 1, [bytes([4, 4, 4])])
    company.add("Ops", 2, [bytes([0, 0, 0])] * 2)
    groups = groups_of(analysed(company, min_group=None))
    assert [(one["n"], one["score"]) for one in groups.values()] == [(3, -33), (2, -100), (1, 100)]
    assert groups["Ops"]["items"][0]["counts"] == [2, 0, 0, 0, 0]


def test_departments_that_differ_in_case_or_space_are_one():
    company = Company(survey_of(extra=""))
    company.add("Sales", 4, [bytes([n, n, n]) for n in range(4)])
    company.add("SALES ", 4, [bytes([n, n, n]) for n in range(4)])
    groups = groups_of(analysed(company))
    assert [(path, one["answered"]) for path, one in groups.items()] == [("", 8), ("Sales", 8)]


def test_a_file_of_nobody_is_no_release():
    answers = answer_file.AnswerFile(b"", (), {}, ())
    found = analysis.analyse(answers, survey_of(extra=""), "empty.csv", 5)
    assert found.release["groups"][0]["disclosed"] is False


@pytest.mark.parametrize("min_group", [5, None])
def test_comments_go_with_their_department_or_the_whole(min_group):
    company = Company(survey_of())
    rows = [
        ["Sales" if n % 2 else "Ops", *[str(n % 5)] * 3, str(n % 3), f"word {n}"] for n in range(24)
    ]
    header = ["department", "a1", "a2", "b1", "where", "why"]
    content = "".join(csv.write(header, rows, excel=False)).encode()
    answers = answer_file.read(
        csv.read(content), company.survey, "zero", "department", analysis.unplaceable
    )
    comments = analysis.analyse(answers, company.survey, "a.csv", min_group).release["comments"]
    assert {one["text"] for one in comments} == {f"word {n}" for n in range(24)}
    assert {one["department"] for one in comments} == {"Sales", "Ops"}
