import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.proportion import goodman, wilson


def test_reference_wilson_intervals(reference):
    for case in reference("proportion_intervals")["wilson95"]:
        assert wilson(case["x"], case["n"]) == pytest.approx(case["ci"], abs=6e-5)


def test_reference_goodman_intervals(reference):
    expected = reference("proportion_intervals")["goodman95"]
    for interval, published in zip(goodman(expected["counts"]), expected["ci"], strict=True):
        assert interval == pytest.approx(published, abs=6e-4)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_mirrors(case):
    count, n = case
    low, high = wilson(count, n)
    assert 0 <= low <= count / n <= high <= 1
    assert wilson(n - count, n) == pytest.approx((1 - high, 1 - low))


def test_intervals_together_are_wider_than_one_alone():
    together, alone = goodman([5, 3, 2])[0], wilson(5, 10)
    assert together.low < alone.low
    assert alone.high < together.high


def test_nobody_has_no_interval():
    assert (wilson(0, 0), goodman([0, 0, 0])) == (None, None)


@pytest.mark.parametrize("count", [-1, 11])
def test_a_share_lies_between_none_and_all(count):
    with pytest.raises(ValueError, match="is not a share"):
        wilson(count, 10)
