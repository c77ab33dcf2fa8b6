from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.agreement import (
    NULL_VARIANCES,
    a_wg,
    ad_m,
    ad_md,
    agreement,
    over_items,
    r_wg,
    r_wg_j,
    uniform_variance,
)
from tests.scoring.strategies import histograms

ANY_SCALE = st.integers(2, 11).flatmap(lambda points: histograms(points, least=2))


def platoon(table, name, listwise):
    """Histograms of the five items of one platoon, on codes 0..4."""
    rows = [row[2:] for row in table("cohesion")[1:] if row[1] == name]
    if listwise:
        rows = [row for row in rows if "NA" not in row]
    return [[column.count(str(code)) for code in range(1, 6)] for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("name", ["1ST", "2ND"])
def test_reference_platoons(reference, table, name):
    expected = reference("cohesion_expected")["by_PLATOON"][name]
    pairwise, complete = (platoon(table, name, listwise) for listwise in (False, True))
    assert r_wg_j(pairwise) == pytest.approx(expected["rwgj_pairwise_items"], rel=1e-9)
    assert over_items(a_wg, complete) == pytest.approx(expected["awg_listwise"], rel=1e-9)
    assert over_items(ad_m, complete) == pytest.approx(expected["adm_listwise"], rel=1e-9)


def test_reference_null_variances(reference):
    expected = reference("null_variances")
    for points, variance in expected["uniform"].items():
        assert float(uniform_variance(int(points))) == pytest.approx(variance, abs=1e-12)
    for points, shapes in NULL_VARIANCES.items():
        assert ["uniform", *shapes] == expected["columns"]
        assert list(shapes.values()) == expected[str(points)][1:]


@given(ANY_SCALE)
def test_indices_stay_in_their_ranges(histogram):
    assert 0 <= r_wg(histogram) <= 1
    assert a_wg(histogram) is None or -1 <= a_wg(histogram) <= 1
    assert 0 <= ad_md(histogram) <= ad_m(histogram) + 1e-12
    assert ad_m(histogram) <= (len(histogram) - 1) / 2


@given(ANY_SCALE)
def test_turning_the_scale_round_changes_no_agreement(histogram):
    for index in (r_wg, a_wg, ad_m, ad_md):
        assert index(histogram[::-1]) == pytest.approx(index(histogram))


@given(st.integers(2, 11).flatmap(lambda a: st.tuples(st.just(a), st.integers(0, a - 1))))
def test_one_mind_is_full_agreement(case):
    points, code = case
    histogram = [12 * (x == code) for x in range(points)]
    assert (r_wg(histogram), ad_m(histogram), ad_md(histogram)) == (1, 0, 0)
    assert a_wg(histogram) == 1
    assert agreement([histogram, histogram]) == (1, 1, 0, 0)


def test_two_camps_disagree_wholly():
    assert r_wg([5, 0, 0, 0, 5]) == 0
    assert a_wg([5, 0, 0, 0, 5]) == pytest.approx(-1)
    assert r_wg_j([[5, 0, 0, 0, 5]] * 3) == 0
    assert ad_m([5, 0, 0, 0, 5]) == ad_md([5, 0, 0, 0, 5]) == 2


def test_a_skewed_null_shows_less_agreement():
    histogram = [0, 1, 4, 9, 4]
    slight, moderate = (NULL_VARIANCES[5][shape] for shape in ("slight_skew", "moderate_skew"))
    assert r_wg(histogram, moderate) < r_wg(histogram, slight) < r_wg(histogram)


def test_items_of_unequal_answers_are_averaged_where_they_can_be():
    some = [[0, 0, 1, 2, 1], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]]
    assert r_wg_j(some) == pytest.approx(r_wg([0, 0, 1, 2, 1]))
    assert agreement(some).ad_m == pytest.approx(0.25)


def test_a_mean_too_near_the_end_has_no_a_wg():
    """With 3 of 4 at the top and one just below, no more disagreement was possible."""
    assert a_wg([0, 0, 0, 1, 3]) is None
    assert a_wg([3, 1, 0, 0, 0]) is None


def test_too_few_answers_have_no_agreement():
    assert [r_wg([0, 1]), r_wg_j([[0, 1]]), a_wg([0, 1])] == [None] * 3
    assert a_wg([1, 0, 1, 0, 1]) is None
    assert a_wg([1, 0, 2, 0, 1]) is not None
    assert agreement([[0, 0, 0, 0, 0]]) == (None, None, None, None)


@given(ANY_SCALE)
def test_deviation_from_the_median_is_that_of_the_answers(histogram):
    answers = [code for code, count in enumerate(histogram) for _ in range(count)]
    centre = median(answers)
    assert ad_md(histogram) == pytest.approx(mean(abs(x - centre) for x in answers))
