from fractions import Fraction

import pytest
from hypothesis import given

from app.scoring.composite import composite, enough, stance
from app.scoring.scale import UNITS, Stance, reverse, scaled
from tests.scoring.strategies import answers

MIRROR = {
    Stance.PROMOTER: Stance.DETRACTOR,
    Stance.DETRACTOR: Stance.PROMOTER,
    Stance.PASSIVE: Stance.PASSIVE,
    None: None,
}


def units(codes, points):
    return [None if x is None else scaled(x, a) for x, a in zip(codes, points, strict=True)]


def test_disagreeing_twice_on_four_items_is_a_detractor():
    straight, turned = scaled(0, 5), scaled(reverse(4, 5), 5)
    assert composite([straight, turned, None, None]) == 0
    assert stance([straight, turned, None, None]) is Stance.DETRACTOR


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (Fraction(75, 2), Stance.PASSIVE),
        (Fraction(125, 2), Stance.PASSIVE),
        (Fraction(75, 2) - Fraction(100, UNITS), Stance.DETRACTOR),
        (Fraction(125, 2) + Fraction(100, UNITS), Stance.PROMOTER),
    ],
)
def test_both_borders_are_passive(percent, expected):
    one = int(percent * UNITS / 100)
    assert composite([one]) == percent
    assert stance([one]) is expected


@pytest.mark.parametrize(
    ("answered", "items", "classified"), [(2, 4, True), (1, 4, False), (2, 5, False), (0, 0, False)]
)
def test_half_of_the_items_are_enough(answered, items, classified):
    assert enough(answered, items) is classified
    respondent = [UNITS] * answered + [None] * (items - answered)
    assert stance(respondent) is (Stance.PROMOTER if classified else None)


@given(answers())
def test_composite_is_a_percentage_or_nothing(respondent):
    codes, points = respondent
    given_items = sum(code is not None for code in codes)
    value = composite(units(codes, points))
    assert (value is None) == (given_items == 0 or 2 * given_items < len(codes))
    assert value is None or 0 <= value <= 100


@given(answers())
def test_turning_every_answer_round_mirrors_value_and_class(respondent):
    codes, points = respondent
    straight = units(codes, points)
    turned = [None if unit is None else UNITS - unit for unit in straight]
    assert stance(turned) is MIRROR[stance(straight)]
    if (value := composite(straight)) is not None:
        assert composite(turned) == 100 - value
