"""A second round says what has clearly changed, and compares like with like only."""

import json
from collections.abc import Mapping

import pytest
from sqlmodel import select

from app.kit.language import language
from app.kit.runtime import Runtime
from app.people.models import Department
from app.results import release, wording, workings
from app.scoring import compare
from app.scoring.classes import ClassCounts
from app.surveys.definition import Survey
from app.surveys.loading import read_template
from tests.results.company import survey_of
from tests.results.rounds import answered, closed, launched, staffed

PEOPLE = {"Sales": 30, "Ops": 30}
SURVEY = survey_of(extra="")
UP, DOWN, MIXED = "43124", "01420", "20242"


def answers(codes: str) -> list:
    return [(bytes(int(codes[(n + k) % 5]) for k in range(3)), {}) for n in range(30)]


def held(runtime: Runtime, cast: Mapping[str, list], survey: Survey = SURVEY) -> dict:
    """A round launched, answered by everybody, closed and released; what it says."""
    round_id = launched(runtime, survey)
    answered(runtime, round_id, cast)
    closed(runtime, round_id)
    with runtime.database.writing() as session:
        stored = release.release(
            session, runtime.keyring, runtime.settings.zone, round_id, "aminah"
        )
        return dict(json.loads(stored.document))


@pytest.fixture
def first(runtime: Runtime) -> dict:
    staffed(runtime, PEOPLE)
    return held(runtime, {"Sales": answers(DOWN), "Ops": answers(MIXED)})


def changes(content: dict) -> dict[str, dict]:
    return {one["department"]: one for one in content["comparisons"] if one["with"] != "rest"}


def classes(content: dict, path: str) -> ClassCounts:
    [group] = [one for one in content["groups"] if one["department"] == path]
    return ClassCounts(group["promoters"], group["passives"], group["detractors"])


def test_the_first_round_has_nothing_to_be_compared_with(first: dict) -> None:
    assert {one["with"] for one in first["comparisons"]} == {"rest"}


def test_what_has_changed_is_told_and_what_has_not(runtime: Runtime, first: dict) -> None:
    second = held(runtime, {"Sales": answers(UP), "Ops": answers(MIXED)})
    found = changes(second)
    assert set(found) == {"", "Sales", "Ops"}
    assert {one["with"] for one in found.values()} == {f"round:{first['round']['id']}"}
    assert {path: one["verdict"] for path, one in found.items() if path} == {
        "Sales": "higher",
        "Ops": "no clear difference",
    }
    mine, then = classes(second, "Sales"), classes(first, "Sales")
    expected = compare.difference_interval(mine, then)
    assert expected is not None
    assert found["Sales"]["low"] == pytest.approx(expected.low, abs=1e-4)
    p_values = [one["p"] for one in second["comparisons"]]
    q_values = [one["q"] for one in second["comparisons"]]
    assert q_values == pytest.approx(list(compare.benjamini_hochberg(p_values)), abs=1e-7)


def test_it_is_said_in_words_with_its_own_counts(runtime: Runtime, first: dict) -> None:
    second = held(runtime, {"Sales": answers(UP), "Ops": answers(MIXED)})
    groups = {one["department"]: one for one in second["groups"]}
    english = language("en")
    assert wording.change(second, groups["Sales"], english).startswith("Clearly up since “May”: +")
    assert wording.change(second, groups["Ops"], english).startswith("No clear change since “May”")
    assert wording.change(first, first["groups"][0], english) == ""
    then, row = classes(first, "Sales"), changes(second)["Sales"]
    formula = workings.change(groups["Sales"], row)
    assert f"− 100 × ({then.promoters} − {then.detractors}) / {then.n} = " in formula


def test_a_renamed_department_is_the_same_one(runtime: Runtime, first: dict) -> None:
    with runtime.database.writing() as session:
        one = session.exec(select(Department).where(Department.name == "Sales")).one()
        one.name, one.folded_path = "Growth", "growth"
    second = held(runtime, {"Growth": answers(UP), "Ops": answers(MIXED)})
    assert changes(second)["Growth"]["verdict"] == "higher"


@pytest.mark.parametrize(
    ("old", "new"), [("version = 1", "version = 2"), ("max_detractor = 1", "max_detractor = 0")]
)
def test_other_wording_or_cut_offs_are_another_measure(
    runtime: Runtime, first: dict, old: str, new: str
) -> None:
    from tests.results import company

    head = company.HEADER.format(points=5, low=1, high=3, labels=[f"P{n}" for n in range(5)])
    items = [("a1", "two"), ("a2", "two"), ("b1", "one")]
    text = head + "".join(company.ITEM.format(key=key, theme=theme) for key, theme in items)
    assert old in text
    other = read_template(text.replace(old, new).encode(), "pulling.toml")
    second = held(runtime, {"Sales": answers(UP), "Ops": answers(MIXED)}, other)
    assert changes(second) == {}


def test_a_department_that_was_protected_has_nothing_to_compare(
    runtime: Runtime, first: dict
) -> None:
    second = held(runtime, {"Sales": answers(UP)[:3], "Ops": answers(MIXED)})
    third = held(runtime, {"Sales": answers(UP), "Ops": answers(MIXED)})
    assert "Sales" not in changes(second)
    assert "Sales" not in changes(third), "it looks at the round before, and there it was hidden"
