import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.icc import icc
from app.scoring.moments import Moments
from app.scoring.reliability import spearman_brown

DEPARTMENTS = st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=6), min_size=2, max_size=5)


def of(departments):
    return icc(Moments.of_values(values) for values in departments)


@given(DEPARTMENTS)
def test_both_are_at_most_1_and_ignore_unit_and_origin(departments):
    result = of(departments)
    assert result.icc1 is None or result.icc1 <= 1
    assert result.icc2 is None or result.icc2 <= 1
    assert of([[3 * x + 7 for x in values] for values in departments]) == result


@given(DEPARTMENTS)
def test_icc2_is_icc1_stepped_up_to_the_mean_size(departments):
    icc1, icc2, groups = of(departments)
    if icc1 is not None and icc2 is not None:
        size = sum(map(len, departments)) / groups
        assert icc2 * (1 + (size - 1) * icc1) == pytest.approx(size * icc1, abs=1e-9)
        if icc1 > 0:
            assert spearman_brown(icc1, size) == pytest.approx(icc2)


def test_departments_more_alike_than_chance_are_negative():
    assert of([[1, 5], [5, 1], [1, 5]]).icc1 == pytest.approx(-1)
    assert of([[1, 5], [5, 1], [1, 5]]).icc2 is None


def test_unequal_departments_use_their_mean_size():
    """Means 2 and 4 about 2.8: MSB = 3 (0.8)^2 + 2 (1.2)^2 = 24/5; MSW = 2/3; k = 5/2."""
    icc1, icc2, _ = of([[1, 2, 3], [4, 4]])
    between, within = 24 / 5, 2 / 3
    assert icc1 == pytest.approx((between - within) / (between + 1.5 * within))
    assert icc2 == pytest.approx((between - within) / between)


@pytest.mark.parametrize("departments", [[], [[1, 2]], [[1], [2]], [[3, 3], [3, 3]]])
def test_without_groups_or_spread_there_is_none(departments):
    assert of(departments)[:2] == (None, None)


def test_empty_departments_change_nothing():
    assert of([[1, 2], [], [4, 5]]) == of([[1, 2], [4, 5]])
