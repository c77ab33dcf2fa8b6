from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.alignment import score
from app.scoring.classes import ClassCounts
from app.scoring.interval import adjusted_wald, normal_quantile, score_interval
from tests.scoring.strategies import classes

METHODS = [adjusted_wald, score_interval]
ROUNDING = 1e-7  # points


def clipped(interval):
    return [max(-100.0, interval[0]), min(100.0, interval[1])]


def test_reference_intervals(reference):
    for case in reference("nps_intervals")["cases"]:
        counts = ClassCounts(case["promoters"], case["passives"], case["detractors"])
        assert adjusted_wald(counts) == pytest.approx(
            clipped(case["adj_wald95_unclipped"]), abs=1e-9
        )
        assert score_interval(counts) == pytest.approx(case["score_interval95"], abs=1e-4)


def test_the_worked_example_of_ten_answers():
    assert adjusted_wald(ClassCounts(5, 3, 2)) == pytest.approx((-19.1, 65.2), abs=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_everybody_of_one_mind_is_not_certainty(method):
    assert method(ClassCounts(5, 0, 0)).low < 18
    assert method(ClassCounts(0, 5, 0)).low < -29.9


@pytest.mark.parametrize("method", METHODS)
@given(counts=classes(least=2))
def test_interval_holds_the_score_and_mirrors(method, counts):
    low, high = method(counts)
    assert -100 <= low <= score(counts) + ROUNDING
    assert score(counts) - ROUNDING <= high <= 100
    assert method(counts.mirrored()) == pytest.approx((-high, -low), abs=ROUNDING)


@pytest.mark.parametrize("method", METHODS)
@given(counts=classes(least=2))
def test_less_confidence_or_more_answers_never_widen(method, counts):
    low, high = method(counts)
    inner = method(counts, confidence=0.90)
    assert low - ROUNDING <= inner.low
    assert inner.high <= high + ROUNDING
    more = method(ClassCounts(*(4 * count for count in counts)))
    assert more.high - more.low <= high - low + ROUNDING


@given(classes().filter(lambda counts: min(counts[:3]) > 0), st.floats(0.5, 0.99))
def test_score_interval_ends_where_the_z_test_just_accepts(counts, confidence):
    end = score_interval(counts, confidence).high / 100
    detractors = likeliest_detractor_share(counts, end)
    standard_error = sqrt((2 * detractors + end - end**2) / counts.n)
    z = (end - counts.net / counts.n) / standard_error
    assert z == pytest.approx(normal_quantile(confidence), rel=1e-5)


def likeliest_detractor_share(counts, d):
    """Bisect the slope of the likelihood of shares that differ by d."""
    low, high = max(0.0, -d), (1 - d) / 2
    for _ in range(100):
        q = (low + high) / 2
        rising = counts.promoters / (q + d) + counts.detractors / q
        low, high = (q, high) if rising > 2 * counts.passives / (1 - 2 * q - d) else (low, q)
    return low


@pytest.mark.parametrize("method", METHODS)
def test_nobody_has_no_interval(method):
    assert method(ClassCounts(0, 0, 0)) is None


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_is_a_probability(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(confidence)
