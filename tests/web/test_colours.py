"""The colours of pictures stay apart, also for people who see colours differently, and in grey."""

from itertools import pairwise

import pytest

from tests.web.colour import SEEN, distance, lightness
from tests.web.test_tokens import THEMES

STANCES = ("promoter", "passive", "detractor")
LIKERT = [f"likert-{place}" for place in range(1, 6)]
HEAT = [f"heat-{place}" for place in range(1, 8)]
NEIGHBOURS = [
    *pairwise(STANCES),
    (STANCES[0], STANCES[2]),
    *pairwise(LIKERT),
    *pairwise(HEAT),
]
LEAST = 15
# What the design computed with another program, of the light theme: each pair, seen in four ways.
DESIGNED = {
    ("promoter", "passive"): (33, 35, 31, 26),
    ("promoter", "detractor"): (62, 58, 51, 58),
    ("passive", "detractor"): (40, 34, 35, 43),
}


@pytest.mark.parametrize("pair", DESIGNED, ids="-".join)
def test_distance_is_computed_as_in_the_design(pair: tuple[str, str]) -> None:
    one, other = (THEMES["light"][name] for name in pair)
    assert [round(distance(one, other, seen)) for seen in SEEN] == list(DESIGNED[pair])


def test_red_and_green_would_fail() -> None:
    """The reason for blue and orange: with traffic lights half of a picture is lost to some."""
    assert distance("#2ca02c", "#d62728") > 50
    assert distance("#2ca02c", "#d62728", "deuteranomaly") < LEAST


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("pair", NEIGHBOURS, ids="-".join)
@pytest.mark.parametrize("seen", SEEN)
def test_neighbours_stay_apart(theme: str, pair: tuple[str, str], seen: str) -> None:
    one, other = (THEMES[theme][name] for name in pair)
    assert distance(one, other, seen) >= LEAST


@pytest.mark.parametrize("theme", THEMES)
def test_stances_stay_apart_in_grey_print(theme: str) -> None:
    greys = sorted(lightness(THEMES[theme][name]) for name in STANCES)
    assert min(b - a for a, b in pairwise(greys)) >= 9
