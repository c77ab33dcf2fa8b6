import pytest
from hypothesis import given

from app.scoring.ordinal import cliffs_delta, mann_whitney
from tests.scoring.strategies import histograms


def test_reference_histograms(reference):
    for case in reference("ordinal_distance")["cases"]:
        first, second = case["h1"], case["h2"]
        test = mann_whitney(first, second)
        assert float(cliffs_delta(first, second)) == pytest.approx(case["cliffs_delta"], abs=1e-12)
        assert test.u == case["mann_whitney_U1"]
        assert test.p == pytest.approx(case["p_two_sided_asymptotic_cc"], rel=1e-9)


@given(histograms(5), histograms(5))
def test_effect_is_antisymmetric_and_bounded(first, second):
    delta = cliffs_delta(first, second)
    assert -1 <= delta <= 1
    assert cliffs_delta(second, first) == -delta
    assert cliffs_delta(first[::-1], second[::-1]) == -delta
    assert mann_whitney(first, second).p == pytest.approx(mann_whitney(second, first).p)
    assert 0 <= mann_whitney(first, second).p <= 1


def test_one_group_wholly_above_the_other():
    assert cliffs_delta([0, 0, 4], [3, 2, 0]) == 1
    assert mann_whitney([0, 0, 4], [3, 2, 0]).u == 20


def test_equal_groups_do_not_differ():
    assert mann_whitney([1, 2, 3], [2, 4, 6]) == (36, 1.0)
    assert mann_whitney([0, 5, 0], [0, 7, 0]) == (35 / 2, 1.0)


def test_nobody_cannot_be_compared():
    assert mann_whitney([0, 0], [1, 2]) is None
    assert cliffs_delta([1, 2], [0, 0]) is None


def test_scales_must_be_the_same():
    with pytest.raises(ValueError, match="one scale"):
        cliffs_delta([1, 2], [1, 2, 3])
