"""How often intervals and tests are right, against the figures the specification reports."""

from itertools import product
from math import comb

import numpy as np
import pytest

from app.scoring.classes import ClassCounts
from app.scoring.compare import difference_p
from app.scoring.finite import exact_interval, predictive_interval
from app.scoring.hypergeometric import probability, samples
from app.scoring.interval import adjusted_wald, score_interval

TENTHS = [(p, 10 - p - d, d) for p in range(1, 9) for d in range(1, 10 - p)]


def chance(counts, shares):
    p, a, d = counts
    ways = comb(p + a + d, p) * comb(a + d, a)
    return ways * (shares[0] / 10) ** p * (shares[1] / 10) ** a * (shares[2] / 10) ** d


@pytest.mark.parametrize(
    ("method", "n", "mean", "least"),
    [
        (adjusted_wald, 5, 0.951, 0.928),
        (adjusted_wald, 10, 0.956, 0.935),
        (adjusted_wald, 20, 0.951, 0.941),
        (score_interval, 5, 0.971, 0.928),
        (score_interval, 10, 0.960, 0.940),
    ],
)
def test_coverage_of_an_unlimited_process(method, n, mean, least):
    intervals = {tuple(counts): method(ClassCounts(*counts)) for counts in samples(n).tolist()}
    covered = [
        sum(
            chance(counts, shares)
            for counts, (low, high) in intervals.items()
            if low - 1e-9 <= 10 * (shares[0] - shares[2]) <= high + 1e-9
        )
        for shares in TENTHS
    ]
    assert (np.mean(covered), min(covered)) == pytest.approx((mean, least), abs=6e-4)


@pytest.mark.parametrize(
    ("method", "people", "n", "mean", "least"),
    [
        (exact_interval, 8, 5, 0.993, 0.964),
        (exact_interval, 12, 10, 0.986, 0.955),
        (exact_interval, 20, 15, 0.984, 0.950),
        (predictive_interval, 8, 5, 0.957, 0.857),
        (predictive_interval, 12, 10, 0.961, 0.818),
        (predictive_interval, 20, 15, 0.957, 0.891),
    ],
)
def test_coverage_of_these_people(method, people, n, mean, least):
    tables = samples(n)
    ends = np.array([method(ClassCounts(*counts), people) for counts in tables.tolist()])
    covered = []
    for population in samples(people):
        score = 100 * (population[0] - population[2]) / people
        holds = (ends[:, 0] - 1e-9 <= score) & (score <= ends[:, 1] + 1e-9)
        covered.append(probability(population[np.newaxis], tables[holds])[0])
    assert (np.mean(covered), min(covered)) == pytest.approx((mean, least), abs=6e-4)


def test_size_of_the_mid_p_test():
    """66 null trinomials in tenths, empty classes included: rejects .026 on average, at most .046."""
    tables = samples(6).tolist()
    rejected = [
        (one, other)
        for one, other in product(tables, tables)
        if difference_p(ClassCounts(*one), ClassCounts(*other)) <= 0.05
    ]
    nulls = [tuple(counts) for counts in samples(10).tolist()]
    sizes = [sum(chance(one, s) * chance(other, s) for one, other in rejected) for s in nulls]
    assert (np.mean(sizes), max(sizes)) == pytest.approx((0.026, 0.046), abs=6e-4)
