import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.scoring.counts import Instrument, ItemSpec, count_by_leaf
from app.scoring.omega import omega
from app.scoring.products import CrossProducts, pairwise_covariance
from app.scoring.reliability import (
    alpha,
    alpha_if_dropped,
    feldt_interval,
    item_rest,
    reliability,
    spearman_brown,
    standardised_alpha,
)

ROWS = st.integers(2, 5).flatmap(
    lambda items: st.lists(
        st.lists(st.integers(0, 4), min_size=items, max_size=items), min_size=3, max_size=12
    )
)


@pytest.fixture
def attitude(table):
    return [[int(cell) for cell in row] for row in table("attitude")[1:]]


def covariance(rows):
    return CrossProducts.of_rows(rows).covariance()


def test_reference_attitude(reference, attitude):
    expected, matrix = reference("attitude_reliability"), covariance(attitude)
    assert alpha(matrix) == pytest.approx(expected["raw_alpha"], rel=1e-9)
    assert standardised_alpha(matrix) == pytest.approx(expected["std_alpha"], rel=1e-9)
    assert alpha_if_dropped(matrix) == pytest.approx(expected["alpha_if_dropped"], rel=1e-9)
    assert item_rest(matrix) == pytest.approx(expected["item_rest_r"], rel=1e-9)
    assert omega(matrix) == pytest.approx(expected["omega_one_factor_ml"], abs=1e-6)


def test_reference_wrong_reverse_keys(reference, attitude):
    wrong = [[100 - x if i in (1, 5) else x for i, x in enumerate(row)] for row in attitude]
    expected = reference("attitude_reliability")["raw_alpha_if_complaints_and_critical_reversed"]
    assert alpha(covariance(wrong)) == pytest.approx(expected, rel=1e-9)
    assert min(item_rest(covariance(wrong))) < 0


def test_reference_cohesion_listwise(reference, table):
    expected = reference("cohesion_expected")
    rows = [[None if x == "NA" else int(x) for x in row[2:]] for row in table("cohesion")[1:]]
    products = CrossProducts.of_rows(rows)
    result = reliability(products, "abcde", least=2)
    assert result.n == expected["n_listwise"]
    assert result.alpha == pytest.approx(expected["alpha_listwise"], rel=1e-9)
    rests = [item.item_rest for item in result.items]
    assert rests == pytest.approx(expected["item_rest_r_listwise"], rel=1e-9)


def test_reference_cohesion_pairwise(reference, table):
    codes = [[255 if x == "NA" else int(x) - 1 for x in r[2:]] for r in table("cohesion")[1:]]
    items = tuple(ItemSpec(key, 5, scored=True, min_promoter=3) for key in "abcde")
    (counted,) = count_by_leaf(
        np.array(codes, dtype=np.uint8), np.zeros(11, dtype=int), 1, Instrument(items, "composite")
    )
    expected = reference("cohesion_expected")["alpha_pairwise_cov"]
    assert alpha(pairwise_covariance(counted.pairs)) == pytest.approx(expected, rel=1e-9)


def test_the_documentation_quotes_the_published_effect_of_missing_answers(reference):
    for rule in ("pairwise", "listwise", "median_imputed"):
        assert f"{reference('alpha_missing')[rule]:.3f}".lstrip("0") in reliability.__doc__


@given(ROWS)
def test_alpha_is_at_most_1_and_ignores_turning_all_items_round(rows):
    value = alpha(covariance(rows))
    turned = alpha(covariance([[4 - x for x in row] for row in rows]))
    assert turned == pytest.approx(value)
    assert value is None or value <= 1 + 1e-12


@given(st.lists(st.integers(0, 4), min_size=3, max_size=10), st.integers(2, 5))
def test_copies_of_one_item_are_perfectly_reliable(answers, copies):
    assume(len({*answers}) > 1)
    matrix = covariance([[x] * copies for x in answers])
    assert alpha(matrix) == pytest.approx(1)
    assert item_rest(matrix) == pytest.approx((1,) * copies)


@given(st.floats(0.1, 0.9), st.floats(-0.9, 0.99), st.integers(5, 300), st.integers(2, 30))
def test_feldt_interval_holds_alpha_and_narrows(confidence, value, n, items):
    low, high = feldt_interval(value, n, items, 0.95)
    assert low < value < high < 1
    inner = feldt_interval(value, n, items, confidence)
    assert low < inner.low < inner.high < high
    more = feldt_interval(value, 4 * n, items)
    assert more.high - more.low < high - low


@pytest.mark.parametrize(("n", "items"), [(1, 5), (5, 1)])
def test_feldt_interval_needs_two_of_each(n, items):
    with pytest.raises(ValueError, match="two answers and two items"):
        feldt_interval(0.8, n, items)


def test_one_item_or_a_constant_total_has_no_alpha():
    assert alpha(np.array([[2.0]])) is None
    assert alpha(covariance([(0, 4), (1, 3), (4, 0)])) is None
    assert standardised_alpha(covariance([(0, 4), (1, 4)])) is None


def test_an_item_without_variance_has_no_item_rest():
    assert item_rest(covariance([(1, 3, 2), (2, 3, 2), (4, 3, 1)]))[1] is None
    assert item_rest(covariance([(1, 3), (2, 3)])) == (None, None)


def test_two_items_get_spearman_brown():
    rows = [(0, 1), (1, 1), (2, 3), (4, 3), (3, 4)] * 10
    result = reliability(CrossProducts.of_rows(rows), ["goals", "trust"])
    r = np.corrcoef(np.array(rows).T)[0, 1]
    assert result.omega == pytest.approx(2 * r / (1 + r)) == spearman_brown(r)
    assert result.items[0].alpha_if_dropped is None
    assert (result.alpha_low, result.alpha_high) == feldt_interval(result.alpha, 50, 2)


def test_two_opposite_items_have_neither_alpha_nor_omega():
    result = reliability(CrossProducts.of_rows([(0, 4), (4, 0)] * 25), ["goals", "trust"])
    assert (result.alpha, result.alpha_low, result.omega) == (None, None, None)


def test_fewer_than_50_complete_answers_show_nothing():
    rows = [(0, 1), (1, 1), (2, 3)] * 16
    assert reliability(CrossProducts.of_rows(rows), ["goals", "trust"]) is None
    assert reliability(CrossProducts.of_rows([*rows, (1, 2), (2, 2)]), "ab").n == 50
    assert reliability(CrossProducts(60, (), ()), []) is None


def test_every_item_has_a_key():
    with pytest.raises(ValueError, match="one key an item"):
        reliability(CrossProducts.of_rows([(1, 2)]), ["goals"])


@pytest.mark.parametrize(
    "matrix",
    [
        np.eye(2),
        np.diag([1.0, 1.0, 0.0]),
        np.ones((3, 3)),
        # The third item alone would have to carry the factor: a Heywood case.
        np.array([[1, 0.1, 0.7], [0.1, 1, 0.7], [0.7, 0.7, 1]]),
    ],
)
def test_omega_refuses_what_one_factor_cannot_explain(matrix):
    assert omega(matrix) is None


@settings(max_examples=30)
@given(
    st.lists(st.floats(0.3, 0.9), min_size=3, max_size=8),
    st.lists(st.floats(0.5, 3), min_size=8, max_size=8),
)
def test_omega_recovers_an_exact_factor(loadings, deviations):
    shared, scale = np.array(loadings), np.array(deviations[: len(loadings)])
    matrix = (np.outer(shared, shared) + np.diag(1 - shared**2)) * np.outer(scale, scale)
    common = (shared * scale).sum() ** 2
    assert omega(matrix) == pytest.approx(common / matrix.sum(), abs=1e-5)
