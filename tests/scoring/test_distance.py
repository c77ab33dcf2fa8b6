from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.distance import (
    noise_floor,
    organisation_distance,
    pair_alignment,
    permutation_p,
    wasserstein,
)
from app.scoring.moments import Moments
from tests.scoring.strategies import histograms

FIVE = histograms(5)


def test_reference_histograms(reference):
    for case in reference("ordinal_distance")["cases"]:
        distance = wasserstein(case["h1"], case["h2"])
        assert float(distance) == pytest.approx(case["w1_0_100"], abs=1e-9)


@given(FIVE, FIVE, FIVE)
def test_distance_is_a_metric_on_shares(first, second, third):
    distance = wasserstein(first, second)
    assert 0 <= distance <= 100
    assert wasserstein(second, first) == distance
    assert distance <= wasserstein(first, third) + wasserstein(third, second)
    assert wasserstein(first, [3 * count for count in first]) == 0
    same_shares = all(a * sum(second) == b * sum(first) for a, b in zip(first, second, strict=True))
    assert (distance == 0) is same_shares


@given(FIVE, FIVE)
def test_distance_is_at_least_the_gap_of_means_and_ignores_direction(first, second):
    distance = wasserstein(first, second)
    gap = abs(Moments.of_histogram(first).mean - Moments.of_histogram(second).mean)
    assert distance >= gap
    assert wasserstein(first[::-1], second[::-1]) == distance
    assert pair_alignment(first, second) == 100 - distance
    below = [np.cumsum(h)[:-1] / sum(h) for h in (first, second)]
    if (below[0] <= below[1]).all():
        assert distance == gap


@settings(max_examples=25)
@given(histograms(3), histograms(3))
def test_noise_floor_is_the_mean_over_all_ways_to_deal(first, second):
    first, second = ([min(count, 3) for count in h] for h in (first, second))
    answers = [code for code in range(3) for _ in range(first[code] + second[code])]
    distances = []
    for places in combinations(range(len(answers)), sum(first)):
        dealt = [sum(answers[i] == code for i in places) for code in range(3)]
        other = [answers.count(code) - dealt[code] for code in range(3)]
        distances.append(float(wasserstein(dealt, other)))
        if len(distances) > 5000:
            return
    assert noise_floor(first, second) == pytest.approx(np.mean(distances), abs=1e-9)


def test_noise_floor_falls_as_groups_grow():
    """Typical 5-point shares: about 16, 13, 9 and 6 points at 6, 10, 20 and 50 answers each."""
    floors = [
        noise_floor([n, 3 * n, 4 * n, 8 * n, 4 * n], [n, 3 * n, 4 * n, 8 * n, 4 * n])
        for n in (1, 2, 5)
    ]
    assert all(more > less for more, less in pairwise(floors))
    assert floors[0] == pytest.approx(8.9, abs=1)


@settings(max_examples=20)
@given(histograms(5, least=3), histograms(5, least=3))
def test_permutation_p_is_a_symmetric_probability(first, second):
    p = permutation_p(first, second, draws=999)
    assert 0 < p <= 1
    assert permutation_p(first, second, draws=999) == p
    assert permutation_p(second, first, draws=999) == pytest.approx(p, abs=0.1)
    assert permutation_p(first, first, draws=99) == 1


def test_permutation_p_finds_polarisation_that_equal_means_hide():
    camps, middle = [10, 0, 0, 0, 10], [0, 0, 20, 0, 0]
    assert Moments.of_histogram(camps).mean == Moments.of_histogram(middle).mean
    assert wasserstein(camps, middle) == 50
    assert permutation_p(camps, middle) == 1 / 10_000


def test_permutation_p_is_near_the_exact_one():
    """Three against three wholly apart: 2 of the 20 ways to deal are as far."""
    assert permutation_p([3, 0], [0, 3]) == pytest.approx(0.1, abs=0.01)


@given(st.lists(FIVE, min_size=2, max_size=5))
def test_organisation_distance_weighs_pairs_by_their_answers(departments):
    pairs = list(combinations(departments, 2))
    weights = [sum(a) * sum(b) for a, b in pairs]
    expected = sum(
        weight * float(wasserstein(*pair)) for weight, pair in zip(weights, pairs, strict=True)
    ) / sum(weights)
    assert organisation_distance(departments) == pytest.approx(expected)
    assert organisation_distance([*departments, [0] * 5]) == pytest.approx(expected)


@pytest.mark.parametrize("method", [wasserstein, noise_floor, permutation_p, pair_alignment])
def test_nobody_is_no_distance_away(method):
    assert method([0, 0], [1, 2]) is None
    assert method([1, 2], [0, 0]) is None


def test_one_department_has_no_other():
    assert organisation_distance([[1, 2], [0, 0]]) is None


@pytest.mark.parametrize("pair", [([1, 2], [1, 2, 3]), ([1], [2])])
@pytest.mark.parametrize(
    "method", [wasserstein, noise_floor, permutation_p, lambda a, b: organisation_distance([a, b])]
)
def test_scales_must_be_the_same(method, pair):
    with pytest.raises(ValueError, match="one scale"):
        method(*pair)
