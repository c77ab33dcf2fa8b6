"""Blocks read together: a count is open where an exchange changes it and nothing that is printed."""

import numpy as np
import pytest

from app.results.exchange import Exchanges, Held
from tests.results.company import Company, K, survey_of

SURVEY = survey_of(3, "")
INSTRUMENT = Company(SURVEY).tally().instrument
# Not answered.
NO = 255


def tells(places, pools=None, key="b1"):
    """Whether something of a few follows; `places` are the ballots of each."""
    ballots = {place: np.array(some, dtype=np.uint8) for place, some in places.items()}
    apart = {place: place for place in places}
    held = Held(list(places), dict.fromkeys(places, "above"), pools or apart)
    return Exchanges(INSTRUMENT, ballots).tell(key, held, K)


# Promoters whatever they say to the last statement, and passives who are so only with a 1.
SURE = [[2, 2, 2], [2, 2, 1]]
BARELY = [[0, 2, 1], [2, 0, 1]]


def test_an_answer_that_two_people_may_swap_is_open():
    assert not tells({"A": [[2, 2, 2]], "B": [[2, 2, 1]] * 6})


def test_an_answer_that_would_change_a_class_is_not():
    assert tells({"A": [[0, 1, 1]], "B": [[2, 2, 2]] * 6})
    assert tells({"A": BARELY, "B": [[0, 0, 0]] * 6})


def test_those_who_share_every_pool_may_change_places():
    both = {"A": BARELY, "B": [[0, 0, 0]] * 6}
    assert not tells(both, pools={"A": "company", "B": "company"})


def test_who_answered_more_items_cannot_swap_without_changing_the_mean():
    assert tells({"A": [[2, NO, 2]], "B": [[2, 2, 1]] * 6})
    assert not tells({"A": [[2, NO, 2]], "B": [[NO, 2, 1]] * 6})


def test_of_two_places_a_third_must_be_there_to_swap_with():
    two = {"A": [[2, 2, 2]], "B": [[2, 2, 1]]}
    assert tells(two)
    assert not tells({**two, "C": [[2, 2, 2], [2, 2, 1]] * 3})


@pytest.mark.parametrize("key", ["a1", "b1"])
def test_nothing_is_told_of_who_did_not_answer_or_are_many(key):
    assert not tells({"A": [[NO, NO, NO]], "B": [[1, 1, 1]] * 6}, key=key)
    assert not tells({"A": [[0, 0, 0]] * 5, "B": [[2, 2, 2]] * 5}, key=key)
