from fractions import Fraction
from statistics import mean, variance

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.moments import Moments
from app.scoring.products import CrossProducts, correlation, pairwise_covariance
from tests.scoring.strategies import histograms

VALUES = st.lists(st.integers(-20, 20).map(lambda n: Fraction(n, 7)), min_size=2, max_size=8)


@given(VALUES, VALUES)
def test_moments_give_mean_and_variance_and_pool(some, others):
    pooled = Moments.of_values(some) + Moments.of_values(others)
    assert pooled == Moments.of_values(some + others)
    assert pooled.mean == mean(some + others)
    assert pooled.variance == variance(some + others)


@given(histograms(5))
def test_a_histogram_is_its_answers(histogram):
    codes = [code for code, count in enumerate(histogram) for _ in range(count)]
    assert Moments.of_codes(histogram) == Moments.of_values(codes)
    assert Moments.of_histogram(histogram) == Moments.of_values(25 * code for code in codes)


def test_too_few_values_have_no_mean_or_variance():
    nothing = Moments.of_values([])
    assert (nothing.mean, nothing.variance, nothing.spread) == (None, None, 0)
    assert Moments.of_values([7]).variance is None
    with pytest.raises(ValueError, match="two points"):
        Moments.of_histogram([3])


def test_moments_add_up_with_moments_only():
    with pytest.raises(TypeError):
        Moments.of_values([1]) + 1


def test_covariance_survives_a_large_offset():
    far = 10**15
    rows = CrossProducts.of_rows([(far + 1, 1), (far + 2, 2), (far + 4, 4)])
    assert rows.covariance().tolist() == [[pytest.approx(7 / 3)] * 2] * 2


def test_one_row_has_no_covariance():
    assert CrossProducts.of_rows([(1, 2), (None, 2)]).covariance() is None
    assert CrossProducts.of_rows([(None, 2)]) == (0, (0, 0), ((0, 0), (0, 0)))


@pytest.mark.parametrize("rows", [[], [(1, 2), (1,)]])
def test_rows_must_agree_in_length(rows):
    with pytest.raises(ValueError, match="one length"):
        CrossProducts.of_rows(rows)


def test_a_constant_item_has_no_correlation():
    with pytest.raises(ValueError, match="does not vary"):
        correlation(CrossProducts.of_rows([(1, 2), (1, 3)]).covariance())


def test_a_pair_nobody_answered_has_no_covariance():
    pairs = np.array([[[2, 1], [1, 2]], [[3, 1], [2, 3]], [[5, 1], [4, 5]], [[5, 2], [2, 5]]])
    assert pairwise_covariance(pairs) is None
