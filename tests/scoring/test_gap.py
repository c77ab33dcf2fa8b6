import pytest
from hypothesis import given
from scipy.stats import ttest_ind

from app.scoring.distance import noise_floor, permutation_p, wasserstein
from app.scoring.gap import compare_views, mean_gap, perception_gap
from app.scoring.moments import Moments
from tests.scoring.strategies import histograms


def answers(histogram):
    return [25 * code for code, count in enumerate(histogram) for _ in range(count)]


VARIED = histograms(5, least=2).filter(lambda histogram: max(histogram) < sum(histogram))


@given(VARIED, VARIED)
def test_interval_is_the_one_of_the_welch_test(first, second):
    gap = mean_gap(Moments.of_histogram(first), Moments.of_histogram(second))
    test = ttest_ind(answers(first), answers(second), equal_var=False)
    expected = test.confidence_interval()
    assert (gap.low, gap.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert gap.p == pytest.approx(test.pvalue, abs=1e-9)
    swapped = mean_gap(Moments.of_histogram(second), Moments.of_histogram(first))
    assert swapped == pytest.approx((-gap.gap, -gap.high, -gap.low, gap.p), abs=1e-9)


def test_two_groups_of_one_mind_have_a_gap_without_false_certainty():
    always, never = Moments.of_histogram([0, 0, 6]), Moments.of_histogram([6, 0, 0])
    assert mean_gap(always, never) == (100, None, None, None)


def test_a_single_answer_has_a_gap_and_no_interval():
    one, some = Moments.of_histogram([0, 0, 1]), Moments.of_histogram([1, 2, 3])
    assert mean_gap(one, some)[1:] == mean_gap(some, one)[1:] == (None, None, None)


def test_less_confidence_is_narrower():
    sales, marketing = Moments.of_values([50, 75, 75, 100]), Moments.of_values([25, 50, 50])
    wide, narrow = mean_gap(sales, marketing), mean_gap(sales, marketing, confidence=0.8)
    assert wide.low < narrow.low < narrow.gap < narrow.high < wide.high


def test_a_view_carries_its_distance_noise_and_p():
    sales, marketing = [0, 1, 2, 6, 3], [2, 4, 4, 2, 0]
    view = compare_views(sales, marketing)
    assert view.wasserstein == float(wasserstein(sales, marketing))
    assert view.noise == noise_floor(sales, marketing)
    assert view.p == permutation_p(sales, marketing)


def test_seeing_oneself_better_than_others_do_is_positive():
    own, seen = [0, 0, 1, 3, 2], [1, 3, 2, 0, 0]
    assert perception_gap(own, seen) == compare_views(own, seen)
    assert perception_gap(own, seen).gap > 0 > perception_gap(seen, own).gap


def test_nobody_has_no_view():
    nobody = Moments.of_values([])
    assert mean_gap(nobody, Moments.of_values([1])) is None
    assert mean_gap(Moments.of_values([1]), nobody) is None
    assert compare_views([0, 0], [1, 2]) is None
