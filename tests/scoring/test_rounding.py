from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.alignment import score
from app.scoring.classes import ClassCounts
from app.scoring.rounding import largest_remainder, printed_shares, round_half_away, signed
from tests.scoring.strategies import classes


def test_reference_tables(reference):
    for case in reference("rounding")["cases"]:
        counts = ClassCounts(*case["promoters_passives_detractors"])
        printed = printed_shares(counts)
        assert score(counts) == Fraction(case["score_exact"])
        assert round_half_away(score(counts)) == case["score_printed"]
        assert list(largest_remainder(counts[:3])) == case["largest_remainder"]
        assert printed.consistent is (case["score_consistent"] is not None)
        assert list(printed[:3]) == (case["score_consistent"] or case["largest_remainder"])


@given(classes(most=400))
def test_printed_shares_are_close_ordered_and_sum_to_100(counts):
    printed = printed_shares(counts)
    exact = [Fraction(100 * count, counts.n) for count in counts[:3]]
    assert sum(printed[:3]) == 100
    for i in range(3):
        assert abs(printed[i] - exact[i]) < 1
        for j in range(3):
            assert counts[i] <= counts[j] or printed[i] >= printed[j]
    shown = round_half_away(score(counts))
    assert abs(printed.promoters - printed.detractors - shown) <= (not printed.consistent)


def test_a_consistent_triple_out_of_order_is_not_printed():
    """49.4, 49.8 and 0.9 % with score +49: only 50, 49, 1 would agree, passives below promoters."""
    assert printed_shares(ClassCounts(116, 117, 2)) == (49, 50, 1, False)


def test_most_small_tables_print_consistently():
    tables = [
        ClassCounts(p, n - p - d, d)
        for n in range(1, 41)
        for p in range(n + 1)
        for d in range(n + 1 - p)
    ]
    consistent = sum(printed_shares(table).consistent for table in tables)
    assert (consistent, len(tables)) == (11_454, 12_340)


@given(st.fractions(max_denominator=1000))
def test_rounding_is_nearest_and_symmetric(value):
    assert abs(round_half_away(value) - value) <= Fraction(1, 2)
    assert round_half_away(-value) == -round_half_away(value)


@pytest.mark.parametrize(
    ("value", "printed"), [((-25, 2), "-13"), ((25, 2), "+13"), ((1, 3), "0"), ((1, 2), "+1")]
)
def test_halves_go_away_from_zero_and_the_sign_is_shown(value, printed):
    assert signed(round_half_away(Fraction(*value))) == printed


def test_nobody_has_no_shares():
    assert printed_shares(ClassCounts(0, 0, 0, 3)) is None
    with pytest.raises(ValueError, match="nothing to share out"):
        largest_remainder((0, 0))
