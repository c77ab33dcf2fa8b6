from dataclasses import replace

import pytest

from app.scoring.instrument import Instrument, ItemSpec

GOALS = ItemSpec("goals", 5, scored=True, max_detractor=1, min_promoter=3)
CITY = ItemSpec("city", 3, scored=False)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"points": 12}, "2 to 11 points"),
        ({"max_detractor": 3}, "do not divide"),
        ({"scored": False, "points": 0}, "1 to 254 options"),
        ({"scored": False, "points": 255}, "1 to 254 options"),
    ],
)
def test_an_item_that_cannot_be_scored_is_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        replace(GOALS, **change)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"items": (GOALS, GOALS)}, "appears twice"),
        ({"themes": ("plan", "plan")}, "appears twice"),
        ({"rule": "item"}, "names its item"),
        ({"item": "goals"}, "names its item"),
        ({"rule": "item", "item": "salary"}, "no item has the key salary"),
        ({"rule": "item", "item": "city"}, "city has no cut-offs"),
        ({"outcome": "city"}, "city has no cut-offs"),
        ({"items": (replace(GOALS, theme="plan"),)}, "belongs to no theme"),
        ({"items": tuple(replace(GOALS, key=str(i)) for i in range(251))}, "at most 250"),
    ],
)
def test_an_instrument_that_does_not_fit_together_is_refused(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        Instrument(**{"items": (GOALS, CITY), "rule": "composite"} | arguments)


def test_only_own_scale_items_enter_the_composite():
    guess = replace(GOALS, key="guess", own=False)
    trust = replace(GOALS, key="trust", theme="people")
    survey = Instrument((GOALS, CITY, guess, trust), "composite", themes=("people",))
    assert survey.composite == survey.drivers == ("goals", "trust")
    assert survey.theme_items("people") == ("trust",)


def test_an_outcome_of_the_composite_is_not_its_own_driver():
    survey = Instrument((GOALS, replace(GOALS, key="trust")), "composite", outcome="trust")
    assert survey.drivers == ("goals",)
    assert survey.crossed == survey.composite
