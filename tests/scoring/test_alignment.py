from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.alignment import (
    favourable,
    headcount_variance,
    response_rate,
    score,
    score_by_headcount,
    variance,
)
from app.scoring.classes import ClassCounts
from tests.scoring.strategies import classes

NOBODY = ClassCounts(0, 0, 0, 2)


def test_reference_scores_and_variances(reference):
    for case in reference("nps_intervals")["cases"]:
        counts = ClassCounts(case["promoters"], case["passives"], case["detractors"])
        assert float(score(counts)) == pytest.approx(case["score"], abs=1e-9)
        assert float(variance(counts)) == pytest.approx(case["variance"], abs=1e-12)


@given(classes(), st.integers(1, 50))
def test_score_is_bounded_mirrors_and_ignores_size(counts, times):
    value = score(counts)
    assert -100 <= value <= 100
    assert score(counts.mirrored()) == -value
    assert score(ClassCounts(*(times * count for count in counts))) == value


@given(st.lists(classes(), min_size=1, max_size=6))
def test_pooled_score_is_the_answer_weighted_mean(groups):
    pooled = ClassCounts(0, 0, 0)
    for group in groups:
        pooled = pooled.merged(group)
    scores = [score(group) for group in groups]
    assert min(scores) <= score(pooled) <= max(scores)
    assert score(pooled) == sum(score(g) * g.n for g in groups) / sum(g.n for g in groups)


def test_nobody_has_no_score_variance_or_favourable_share():
    assert (score(NOBODY), variance(NOBODY), favourable(NOBODY)) == (None, None, None)


def test_headcount_weights_the_departments_instead_of_the_answers():
    sales, marketing = ClassCounts(6, 2, 2), ClassCounts(0, 5, 5)
    groups = [(sales, 10), (marketing, 40), (NOBODY, 0)]
    assert score_by_headcount(groups) == Fraction(1, 5) * 40 + Fraction(4, 5) * -50
    expected = Fraction(1, 25) * variance(sales) / 10 + Fraction(16, 25) * variance(marketing) / 10
    assert headcount_variance(groups) == expected


def test_headcount_weights_need_an_answer_from_every_department():
    groups = [(ClassCounts(6, 2, 2), 10), (NOBODY, 4)]
    assert (score_by_headcount(groups), headcount_variance(groups)) == (None, None)
    assert (score_by_headcount([]), headcount_variance([])) == (None, None)


def test_response_rate_needs_a_headcount_that_fits():
    assert (response_rate(3, 12), response_rate(12, 12)) == (25, 100)
    assert [response_rate(3, None), response_rate(0, 0), response_rate(3, 2)] == [None] * 3
