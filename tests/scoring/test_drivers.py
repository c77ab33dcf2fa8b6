from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr

from app.scoring.drivers import drivers, fisher_interval, r_squared, relative_weights
from app.scoring.products import CrossProducts, correlation


def split(matrix):
    matrix = np.array(matrix)
    return matrix[:-1, :-1], matrix[:-1, -1]


@st.composite
def correlations(draw, least=2, most=4):
    """Correlations of some predictors and, last, an outcome, drawn through loadings."""
    size = draw(st.integers(least, most)) + 1
    entry = st.floats(-1, 1)
    loadings = np.array(draw(st.lists(entry, min_size=size * 2, max_size=size * 2)))
    loadings = loadings.reshape(size, 2)
    return correlation(loadings @ loadings.T + 0.3 * np.eye(size))


def lmg(among, outcome):
    """Average the growth of R^2 over all orders of the predictors: the test oracle."""
    size = len(outcome)

    def explained(chosen):
        return r_squared(among[np.ix_(chosen, chosen)], outcome[list(chosen)]) if chosen else 0.0

    weights = np.zeros(size)
    for i in range(size):
        others = [j for j in range(size) if j != i]
        for k in range(size):
            share = factorial(k) * factorial(size - k - 1) / factorial(size)
            for chosen in combinations(others, k):
                weights[i] += share * (explained((*chosen, i)) - explained(chosen))
    return weights


def test_reference_published_example(reference):
    expected = reference("relative_weights")["iopsych_example"]
    among, outcome = split(expected["R_criterion_last"])
    weights = relative_weights(among, outcome)
    assert weights.tolist() == pytest.approx(expected["published_weights"], abs=6e-9)
    assert r_squared(among, outcome) == pytest.approx(expected["R2"], rel=1e-9)
    assert lmg(among, outcome).tolist() == pytest.approx(expected["lmg_computed_here"], rel=1e-9)


def test_reference_attitude(reference, table):
    expected = reference("relative_weights")["attitude_rating_on_rest"]
    rows = [[int(cell) for cell in (*row[1:], row[0])] for row in table("attitude")[1:]]
    among, outcome = split(correlation(CrossProducts.of_rows(rows).covariance()))
    assert relative_weights(among, outcome).tolist() == pytest.approx(expected["johnson"], rel=1e-9)
    assert lmg(among, outcome).tolist() == pytest.approx(expected["lmg"], rel=1e-9)
    assert r_squared(among, outcome) == pytest.approx(expected["R2"], rel=1e-9)


@given(correlations())
def test_weights_are_parts_of_the_explained_variance(matrix):
    among, outcome = split(matrix)
    weights = relative_weights(among, outcome)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(r_squared(among, outcome))
    assert lmg(among, outcome).sum() == pytest.approx(weights.sum())


@given(correlations(), st.randoms())
def test_order_and_sign_of_predictors_do_not_matter(matrix, random):
    among, outcome = split(matrix)
    weights = relative_weights(among, outcome)
    order = random.sample(range(len(outcome)), len(outcome))
    signs = np.array([random.choice([-1, 1]) for _ in outcome])
    moved = relative_weights(
        (among * np.outer(signs, signs))[np.ix_(order, order)], (outcome * signs)[order]
    )
    assert moved.tolist() == pytest.approx(weights[order].tolist(), abs=1e-12)


@given(correlations(most=2))
def test_two_predictors_share_as_shapley_would(matrix):
    among, outcome = split(matrix)
    expected = lmg(among, outcome).tolist()
    assert relative_weights(among, outcome).tolist() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "among", [np.ones((2, 2)), np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])]
)
def test_repeating_or_contradicting_predictors_are_refused(among):
    with pytest.raises(ValueError, match="repeat or contradict"):
        relative_weights(among, np.full(len(among), 0.3))


def answers(n, strength=(1.0, 0.6, 0.3)):
    """Rows of three items and an outcome made of them and noise."""
    generator = np.random.default_rng(7)
    items = generator.integers(0, 5, (n, 3))
    outcome = np.clip(np.rint(items @ np.array(strength) + generator.normal(0, 1, n)), 0, 10)
    return np.column_stack([items, outcome]).astype(int).tolist()


def weighed(rows, keys="abc"):
    return drivers(CrossProducts.of_rows(rows), list(keys))


def test_enough_answers_rank_the_drivers():
    result = weighed(answers(400))
    assert [(d.key, d.tier, d.rank) for d in result.items] == [
        ("a", "high", 1),
        ("b", "middle", 2),
        ("c", "low", 3),
    ]
    assert sum(d.weight for d in result.items) == pytest.approx(result.r_squared)
    first = result.items[0]
    assert (first.r_low, first.r_high) == fisher_interval(first.r, 400)
    assert (result.n, result.dropped) == (400, ())


def test_fewer_than_400_answers_are_grouped_not_ranked():
    result = weighed(answers(399))
    assert [d.tier for d in result.items] == ["high", "middle", "low"]
    assert {d.rank for d in result.items} == {None}


def test_drivers_of_equal_weight_stand_in_the_middle_and_share_a_rank():
    rows = [(a, b, c, a + b + c) for a in (0, 1) for b in (0, 1) for c in (0, 1)] * 50
    result = weighed(rows)
    assert {d.tier for d in result.items} == {"middle"}
    assert {round(d.weight, 9) for d in result.items} == {round(1 / 3, 9)}


def test_too_little_explained_is_not_ranked():
    result = weighed(answers(400, strength=(0.0, 0.0, 0.0)))
    assert result.r_squared < 0.05
    assert {(d.tier, d.rank) for d in result.items} == {(None, None)}


@pytest.mark.parametrize(("n", "shown"), [(99, False), (100, True)])
def test_below_100_answers_nothing_is_shown(n, shown):
    assert (weighed(answers(n)) is not None) is shown


@pytest.mark.parametrize(("n", "shown"), [(129, False), (130, True)])
def test_ten_drivers_need_130_answers(n, shown):
    rows = np.random.default_rng(3).integers(0, 5, (n, 11)).tolist()
    assert (weighed(rows, "abcdefghij") is not None) is shown


def test_constant_and_duplicate_items_are_dropped_and_named():
    rows = [(a, 3, a, b, outcome) for a, b, _, outcome in answers(120)]
    result = weighed(rows, ["goals", "constant", "copy", "trust"])
    assert result.dropped == ("constant", "copy")
    assert [d.key for d in result.items] == ["goals", "trust"]


def test_the_sum_of_two_items_is_a_repetition():
    result = weighed([(a, b, a + b, outcome) for a, b, _, outcome in answers(120)])
    assert result.dropped == ("c",)


@pytest.mark.parametrize(
    "rows", [[(x % 5, 3) for x in range(200)], [(3, x % 5) for x in range(200)], [(1, 2)]]
)
def test_what_does_not_vary_explains_nothing(rows):
    assert weighed(rows, "a") is None


def test_every_driver_has_a_key():
    with pytest.raises(ValueError, match="outcome last"):
        weighed(answers(100), "ab")


@given(st.floats(-1, 1), st.integers(4, 1000))
def test_fisher_interval_holds_the_correlation(r, n):
    low, high = fisher_interval(r, n)
    assert -1 <= low <= r + 1e-12
    assert r - 1e-12 <= high <= 1


@pytest.mark.parametrize("r", [-1.0, 1.0])
def test_a_perfect_correlation_has_no_width(r):
    assert fisher_interval(r, 10) == (r, r)


def test_fisher_interval_follows_scipy():
    x, y = np.array(answers(40))[:, [0, 3]].T
    expected = pearsonr(x, y)
    interval = fisher_interval(float(expected.statistic), 40)
    assert interval == pytest.approx(tuple(expected.confidence_interval()))


def test_three_pairs_have_no_interval():
    assert fisher_interval(0.5, 3) is None
