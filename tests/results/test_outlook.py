"""The preview's chances beside every number of answers that may come, planned as a release is."""

import itertools
import json
from math import comb, prod

import pytest

from app.campaigns.preview import as_usual
from app.kit.clock import now
from app.results import outlook, planning
from app.results.models import Release
from app.results.planning import Shape, fewer_than
from tests.campaigns.test_merging import audience_of
from tests.results.company import survey_of
from tests.results.rounds import launched, staffed

K = 4


def by_enumeration(people, rate):
    """The chance of each path to be printed, from the planning of every outcome."""
    audience = audience_of(people)
    shape = Shape.of([(one.id, one.parent_id, people[one.path_text]) for one in audience.nodes])
    shown = planning.headcounts(shape, audience.reachable(), K)
    chances = dict.fromkeys(people, 0.0)
    for counts in itertools.product(*(range(n + 1) for n in people.values())):
        weight = prod(
            comb(n, x) * rate**x * (1 - rate) ** (n - x)
            for n, x in zip(people.values(), counts, strict=True)
        )
        sums = shape.totals({f"id {path}": n for path, n in zip(people, counts, strict=True)})
        printed = planning.plan(shape, lambda one, s=sums: ((s[one],),), fewer_than(K), shown)
        for path in people:
            chances[path] += weight * (f"id {path}" in printed)
    return chances


@pytest.mark.parametrize(
    "people",
    [
        {"A": 5, "B": 6, "C": 7},
        {"A": 5, "B": 5, "C": 5, "D": 4},
        {"A": 3, "B": 6, "C": 7},
        {"A": 1, "B": 4, "C": 5, "D": 9},
    ],
)
def test_a_chance_is_exactly_that_of_being_planned(people):
    expected = by_enumeration(people, 0.7)
    found = {one.department: one.chance for one in outlook.prospects(audience_of(people), K)}
    for path, chance in expected.items():
        assert found[path] == pytest.approx(chance, abs=1e-6), path


def test_within_a_department_it_is_close():
    people = {"S": 0, "S/A": 5, "S/B": 6, "T": 6}
    expected = by_enumeration(people, 0.7)
    found = {one.department: one.chance for one in outlook.prospects(audience_of(people), K)}
    for path, chance in expected.items():
        assert found[path] == pytest.approx(chance, abs=0.05), path


def test_a_neighbour_of_too_few_people_holds_back_the_smallest():
    found = {
        one.department: one for one in outlook.prospects(audience_of({"A": 2, "B": 9, "C": 20}), 5)
    }
    assert [(path, one.held_back) for path, one in found.items()] == [
        ("", False),
        ("A", False),
        ("B", True),
        ("C", False),
    ]
    assert found["B"].chance == 0.0
    assert found["C"].chance == pytest.approx(0.9784, abs=1e-4)


def test_a_company_of_many_departments_is_quick():
    people = {f"D{n}": 5 + n % 40 for n in range(200)}
    assert len(outlook.prospects(audience_of(people), 5)) == 201


def test_one_combined_result_is_said_where_no_group_is_likely():
    assert outlook.combined(outlook.prospects(audience_of({"A": 4, "B": 5, "C": 3}), 5))
    assert not outlook.combined(outlook.prospects(audience_of({"A": 14, "B": 15}), 5))


def test_the_last_round_says_how_many_to_expect(runtime):
    staffed(runtime, {"Sales/Inside": 9, "Sales/Field": 9, "Legal": 9, "Ops": 9})
    survey = survey_of()
    audience = audience_of({"Sales": 0, "Sales/Inside": 9, "Sales/Field": 9, "Legal": 9, "Ops": 9})
    with runtime.database.reading() as session:
        rate = outlook.expected(session, survey.key, audience)
        assert {rate(node.id) for node in audience.nodes} == {0.7}
    groups = [
        {"department": "", "disclosed": True, "invited": 36, "answered": 18},
        {"department": "Sales", "disclosed": True, "invited": 18, "answered": 9},
        {"department": "Sales/Inside", "disclosed": True, "invited": 9, "answered": 9},
        {"department": "Sales/Field", "disclosed": False},
        {"department": "Legal", "disclosed": True, "invited": 9, "answered": 8},
        {"department": "Ops", "disclosed": False},
    ]
    row = launched(runtime, survey)
    with runtime.database.writing() as session:
        text = json.dumps({"groups": groups})
        session.add(Release(round_id=row, document=text, hash="", answered=18, at=now(), by="t"))
    with runtime.database.reading() as session:
        rate = outlook.expected(session, survey.key, audience)
        other = outlook.expected(session, "another", audience)
    # Never none and never all: somebody may answer this time, or not.
    assert {one.path_text: round(rate(one.id), 4) for one in audience.nodes} == {
        "Sales": 0.5,
        "Sales/Inside": 0.95,
        "Sales/Field": 0.5,
        "Legal": 0.8889,
        "Ops": 0.5,
    }
    assert rate("") == 0.5
    assert other("") == 0.7
    assert as_usual("") == 0.7
