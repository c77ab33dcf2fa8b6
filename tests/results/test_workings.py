"""Every formula the page fills in, taken at its word and worked out, gives the figure beside it."""

import math
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.results import workings
from tests.results.company import Company, groups_of, mixed, random_company, survey_of
from tests.results.test_statistics import two_sides
from tests.surveys.samples import calm

SURVEY = survey_of(extra="")


def worked_out(formula: str) -> tuple[list[float], list[float]]:
    """What the left side comes to (two figures where it has ± or ∓), and what the right says."""
    left, _, right = formula.rpartition(" = ")
    code = left.replace("−", "-").replace("×", "*").replace("√", "math.sqrt")
    assert re.fullmatch(r"[\d\s.()+*/±∓-]+", code.replace("math.sqrt", "")), code
    ways = [code]
    if "±" in code or "∓" in code:
        ways = [re.sub("[±∓]", "-", code), re.sub("[±∓]", "+", code)]
    figures = [eval(way, {"__builtins__": {}, "math": math}) for way in ways]
    return figures, [float(one.replace("−", "-")) for one in right.split(", ")]


def holds(formula: str, within: float = 0.051) -> None:
    found, said = worked_out(formula)
    assert len(found) == len(said)
    for one, other in zip(found, said, strict=True):
        assert max(-100, min(100, one)) == pytest.approx(other, abs=within), formula


@given(st.integers(0, 10_000))
@settings(calm, max_examples=30)
def test_of_any_group_theme_and_item(seed):
    release = random_company(random.Random(seed), SURVEY).release()
    for group in release["groups"]:
        if not group["disclosed"] or group["band"]:
            continue
        holds(workings.response(group))
        parts = [group, *group["themes"], *group["items"]]
        for part in [one for one in parts if one["disclosed"] and one["score"] is not None]:
            holds(workings.score(part))
            holds(workings.process(part), within=0.2)
            if part["range_low"] is not None:
                holds(workings.no_assumption(part, group["invited"]))
            if "favourable_pct" in part:
                holds(workings.share(part))


def test_of_a_difference_from_everybody_else():
    company = Company(SURVEY)
    for path, counts in (("Sales", (9, 3, 2)), ("Plant", (3, 4, 8)), ("Ops", (5, 5, 4))):
        company.add(path, 20, [ballot[:3] for ballot in mixed(counts)])
    release = company.release()
    groups = groups_of(release)
    assert len(release["comparisons"]) == 3
    for row in release["comparisons"]:
        formula = workings.difference(groups[row["department"]], groups[""], row)
        found, said = worked_out(formula)
        assert found[0] == pytest.approx(said[0], abs=0.051)


def test_of_agreement_over_the_statements_of_the_mean():
    release = two_sides().release()
    group = groups_of(release)["Sales"]
    made_of = workings.agreement(group, two_sides().survey)
    assert made_of is not None
    assert (made_of.items, made_of.random) == (3, 2.0)
    holds(made_of.formula, within=0.001)
    assert f"= {group['agreement']['r_wg_j']:.3f}" in made_of.formula


@pytest.mark.parametrize("readable", [("sales", "marketing"), ("sales",), ()])
def test_of_every_gap_and_its_direction(readable):
    company = two_sides()
    release = company.release()
    kinds = set()
    for row in release["gaps"]:
        formula = workings.gap(row, release, company.survey, readable)
        if row["item"] is None:
            assert formula == "", "a theme's mean is not among the printed counts"
            continue
        kinds.add(row["kind"])
        found, said = worked_out(formula)
        assert found[0] == pytest.approx(said[0], abs=0.11), formula
        # Counts of a side are for who may read its page; its mean is part of the gap.
        assert formula.count("100 ×") == len(readable)
    assert kinds == {"means", "perception", "guess", "reciprocity"}


def test_a_chance_is_never_printed_as_nothing():
    assert workings.chance({"p": 1e-9, "q": 0.0421}) == "p < 0.0001; q 0.0421"


def test_halves_are_rounded_away_from_zero():
    part = {"promoters": 10, "detractors": 0, "n": 24, "range_low": 6.25, "range_high": -6.25}
    assert workings.no_assumption(part, 32).endswith("= 6.3, −6.3")
