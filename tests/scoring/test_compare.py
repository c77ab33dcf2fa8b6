import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, permutation_test

from app.scoring import compare
from app.scoring.alignment import score
from app.scoring.classes import ClassCounts
from app.scoring.compare import (
    benjamini_hochberg,
    difference_interval,
    difference_p,
    permutation_p,
    pooled_z_p,
    rest,
    verdict,
)
from app.scoring.interval import Interval
from tests.scoring.strategies import classes

NOBODY = ClassCounts(0, 0, 0)
PSEUDO = {"wald": 0.0, "adjusted_wald_plus3_each": 0.75}


def groups(case):
    return [ClassCounts(p, a, d) for d, a, p in (case["x_dpp"], case["y_dpp"])]


def test_reference_intervals(reference):
    for case in reference("nps_two_sample")["cases"]:
        first, second = groups(case)
        interval = difference_interval(first, second, pseudo=PSEUDO[case["method"]])
        low, high = interval if score(first) > score(second) else (-interval[1], -interval[0])
        assert (low, high) == pytest.approx(case["abs_diff_ci95"], abs=1e-9)
        if "signed_diff_ci95_recommended" in case:
            recommended = pytest.approx(case["signed_diff_ci95_recommended"], abs=1e-9)
            assert difference_interval(first, second) == recommended


def test_reference_p_values(reference):
    for case in reference("nps_two_sample")["cases"]:
        if case["method"] == "wald":
            first, second = groups(case)
            exact = permutation_p(first, second, mid=False)
            assert exact == pytest.approx(case["exact_permutation_p"], rel=1e-9)
            assert difference_p(first, second) == pytest.approx(
                case["exact_permutation_midp"], rel=1e-9
            )
            z_test = pooled_z_p(first, second)
            assert z_test == pytest.approx(case["pooled_variance_z_p"], rel=1e-9)


def test_reference_benjamini_hochberg(reference):
    expected = reference("benjamini_hochberg")
    q_values = benjamini_hochberg(expected["p"])
    assert q_values == pytest.approx(expected["adjusted"], abs=1e-12)
    assert sum(q <= 0.05 for q in q_values) == expected["reject_at_0.05"]


@settings(max_examples=30)
@given(classes(most=2), classes(most=2))
def test_permutation_p_equals_every_way_to_deal_the_answers(first, second):
    one, other = (
        [1] * c.promoters + [0] * c.passives + [-1] * c.detractors for c in (first, second)
    )
    if min(len(one), len(other)) > 1 and score(first) != score(second):
        size = abs(np.mean(one) - np.mean(other)) - 1e-9
        result = permutation_test(
            (one, other),
            lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)) >= size,
            vectorized=True,
            n_resamples=np.inf,
            alternative="greater",
        )
        expected = result.null_distribution.mean()
        assert permutation_p(first, second, mid=False) == pytest.approx(expected, rel=1e-9)


def test_the_worked_example_of_three_against_three():
    three, other = ClassCounts(2, 1, 3), ClassCounts(4, 2, 0)
    assert permutation_p(three, other, mid=False) == pytest.approx(0.1774891774891775, rel=1e-12)


@pytest.mark.parametrize("test", [difference_p, pooled_z_p])
@given(first=classes(most=12), second=classes(most=12))
def test_p_value_is_fair_to_both_groups_and_both_ends(test, first, second):
    p = test(first, second)
    assert 0 < p <= 1
    assert test(second, first) == pytest.approx(p, rel=1e-9)
    assert test(first.mirrored(), second.mirrored()) == pytest.approx(p, rel=1e-9)
    assert test(first, first) == 1
    assert permutation_p(first, second) <= permutation_p(first, second, mid=False)


@given(classes(), classes())
def test_difference_interval_is_antisymmetric_and_bounded(first, second):
    low, high = difference_interval(first, second)
    assert -200 <= low < high <= 200
    assert difference_interval(second, first) == pytest.approx((-high, -low))
    inner = difference_interval(first, second, confidence=0.9)
    assert low <= inner.low < inner.high <= high


def test_everybody_in_one_class_is_no_difference():
    assert difference_p(ClassCounts(6, 0, 0), ClassCounts(9, 0, 0)) == 1


def test_opposite_crowds_keep_a_positive_p_value():
    assert 0 < permutation_p(ClassCounts(500, 0, 0), ClassCounts(0, 0, 500)) < 1e-200
    assert 0 < pooled_z_p(ClassCounts(10**6, 0, 1), ClassCounts(1, 0, 10**6)) < 1e-200


def test_groups_too_large_to_enumerate_take_the_z_test():
    department, company = ClassCounts(60, 20, 20), ClassCounts(1100, 700, 700)
    assert difference_p(department, company) == permutation_p(department, company)
    one_more = company._replace(promoters=1101)
    assert difference_p(department, one_more) == pooled_z_p(department, one_more)
    assert pooled_z_p(department, company) == pytest.approx(
        permutation_p(department, company), rel=0.1
    )


@pytest.mark.parametrize("method", [difference_interval, difference_p, pooled_z_p])
@pytest.mark.parametrize("pair", [(NOBODY, ClassCounts(1, 1, 1)), (NOBODY, NOBODY)])
def test_nobody_cannot_be_compared(method, pair):
    assert method(*pair) is None
    assert method(*pair[::-1]) is None


def test_a_department_is_compared_with_the_rest():
    assert rest(ClassCounts(9, 5, 4, 1), ClassCounts(5, 3, 2)) == ClassCounts(4, 2, 2, 1)
    with pytest.raises(ValueError, match="not a part"):
        rest(ClassCounts(1, 1, 1), ClassCounts(2, 0, 0))


@given(st.lists(st.floats(0, 1), max_size=12))
def test_q_values_follow_scipy_and_never_fall_below_p(p_values):
    q_values = benjamini_hochberg(p_values)
    assert all(q >= p for q, p in zip(q_values, p_values, strict=True))
    ordered = sorted(range(len(p_values)), key=lambda i: p_values[i])
    assert sorted(q_values) == [q_values[i] for i in ordered]
    if p_values:
        assert q_values == pytest.approx(false_discovery_control(p_values), rel=1e-12)


def test_a_p_value_is_a_probability():
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, 1.5])


@pytest.mark.parametrize(
    ("low", "high", "q", "words"),
    [
        (2, 20, 0.05, "higher"),
        (-20, -2, 0.01, "lower"),
        (-2, 20, 0.01, "no clear difference"),
        (0, 20, 0.01, "no clear difference"),
        (2, 20, 0.051, "no clear difference"),
    ],
)
def test_only_a_difference_beyond_chance_is_put_in_words(low, high, q, words):
    assert verdict(Interval(low, high), q) == words


def test_the_enumeration_limit_is_inclusive(monkeypatch):
    first, second = ClassCounts(3, 2, 1), ClassCounts(1, 2, 3)
    monkeypatch.setattr(compare, "EXACT_LIMIT", 36)
    assert difference_p(first, second) == permutation_p(first, second)
    monkeypatch.setattr(compare, "EXACT_LIMIT", 35)
    assert difference_p(first, second) == pooled_z_p(first, second)
