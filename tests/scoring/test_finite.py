from fractions import Fraction
from itertools import product
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring import finite
from app.scoring.alignment import score
from app.scoring.classes import ClassCounts
from app.scoring.finite import (
    exact_interval,
    finite_population_interval,
    no_assumption_range,
    predictive_interval,
)
from app.scoring.interval import adjusted_wald
from tests.scoring.strategies import classes


def test_reference_intervals(reference):
    for case in reference("finite_population")["cases"]:
        detractors, passives, promoters = case["dpp"]
        counts, people = ClassCounts(promoters, passives, detractors), case["N"]
        bounds = no_assumption_range(counts, people)
        assert bounds == pytest.approx(case["no_assumption_bounds"], abs=1e-9)
        assert exact_interval(counts, people) == pytest.approx(
            case["exact_hypergeometric95"], abs=1e-9
        )
        predicted = predictive_interval(counts, people)
        assert predicted == pytest.approx(case["predictive_adjusted95"], abs=1e-9)


@settings(max_examples=60)
@given(classes(most=6), st.integers(0, 8))
def test_no_assumption_range_holds_the_others_and_the_score(counts, missing):
    people = counts.n + missing
    bounds = no_assumption_range(counts, people)
    for low, high in (exact_interval(counts, people), predictive_interval(counts, people)):
        assert bounds.low <= low <= high <= bounds.high
    low, high = exact_interval(counts, people)
    assert low - 1e-9 <= score(counts) <= high + 1e-9


@given(classes())
def test_when_all_answered_every_interval_is_the_score(counts):
    for method in (no_assumption_range, exact_interval, predictive_interval):
        assert method(counts, counts.n) == pytest.approx((score(counts), score(counts)))


@settings(max_examples=25)
@given(classes(most=4), st.integers(1, 4))
def test_exact_interval_equals_enumeration_in_integers(counts, missing):
    people = counts.n + missing
    assert exact_interval(counts, people) == pytest.approx(enumerated(counts, missing), abs=1e-9)


def test_a_tail_of_exactly_one_in_twenty_is_rejected():
    """19 of 20 are passive; had the last one been a promoter, we would see this 1 time in 20."""
    assert exact_interval(ClassCounts(0, 19, 0), 20) == (0.0, 0.0)
    assert enumerated(ClassCounts(0, 19, 0), 1) == (0.0, 0.0)


def enumerated(counts, missing):
    n, people = counts.n, counts.n + missing
    kept = []
    for added in triples(missing):
        population = [had + more for had, more in zip(counts, added, strict=False)]
        net = population[0] - population[2]
        observed = abs(people * counts.net - n * net)
        ways = sum(
            comb(population[0], p) * comb(population[1], a) * comb(population[2], d)
            for p, a, d in triples(n)
            if abs(people * (p - d) - n * net) >= observed
        )
        if Fraction(ways, comb(people, n)) > Fraction(1, 20):
            kept.append(100 * net / people)
    return min(kept), max(kept)


def triples(n):
    return [(p, a, n - p - a) for p, a in product(range(n + 1), repeat=2) if p + a <= n]


def test_small_groups_are_exact_and_large_ones_predicted():
    counts = ClassCounts(120, 80, 50)
    exact = finite_population_interval(counts, 254)
    assert (exact.name, exact.people_known) == ("exact", True)
    assert exact[:2] == exact_interval(counts, 254)
    large = finite_population_interval(counts, 400)
    assert (large.name, large.people_known) == ("predictive", True)
    assert large[:2] == predictive_interval(counts, 400)


def test_cost_limit_is_the_last_size_counted_exactly(monkeypatch):
    counts = ClassCounts(2, 3, 5)
    monkeypatch.setattr(finite, "COST_LIMIT", 4 * 3 * 12 * 11 // 4 // 1)
    assert finite_population_interval(counts, 12).name == "exact"
    monkeypatch.setattr(finite, "COST_LIMIT", 3 * 4 * 11 * 12 // 4 - 1)
    assert finite_population_interval(counts, 12).name == "predictive"


@pytest.mark.parametrize("people", [None, 9])
def test_without_a_usable_headcount_the_interval_ignores_it_and_says_so(people):
    counts = ClassCounts(10, 0, 0)
    interval = finite_population_interval(counts, people)
    assert interval == (*adjusted_wald(counts), "adjusted_wald", False)
    assert no_assumption_range(counts, people) is None


def test_when_all_answered_the_headcount_is_known():
    assert finite_population_interval(ClassCounts(5, 3, 2), 10) == (30, 30, "exact", True)


def test_more_answers_than_people_have_no_interval_of_their_own():
    assert exact_interval(ClassCounts(10, 0, 0), 9) is None
    assert predictive_interval(ClassCounts(10, 0, 0), 9) is None


def test_nobody_has_no_interval():
    nobody = ClassCounts(0, 0, 0, 3)
    assert finite_population_interval(nobody, 5) is None
    assert exact_interval(nobody, 5) is None
    assert no_assumption_range(nobody, 5) is None
