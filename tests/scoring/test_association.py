"""Two figures month by month, beside values of scipy.stats.pearsonr."""

import pytest
from scipy import stats

from app.scoring.association import association

FIRST = [12.0, 14.5, 13.0, 17.0, 18.5, 16.0, 20.0, 22.5]
SECOND = [-4.0, 2.0, -1.0, 6.0, 11.0, 3.0, 9.0, 18.0]


def test_r_and_its_interval_are_those_of_another_program() -> None:
    found = association(FIRST, SECOND)
    theirs = stats.pearsonr(FIRST, SECOND)
    low, high = theirs.confidence_interval(0.95)
    assert found is not None
    assert found.r == pytest.approx(theirs.statistic)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("first", "second"),
    [(FIRST[:5], SECOND[:5]), ([3.0] * 8, SECOND), (FIRST, [3.0] * 8)],
    ids=["too few", "the first never changes", "the second never changes"],
)
def test_nothing_is_said_where_nothing_can_be(first: list[float], second: list[float]) -> None:
    assert association(first, second) is None


def test_months_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="every month"):
        association(FIRST, SECOND[:7])
