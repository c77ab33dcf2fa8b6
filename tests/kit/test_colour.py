"""A colour of the organisation can be told from the page in light and in dark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import colour
from tests.web import test_tokens as tokens

COLOURS = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


def test_papers_are_those_of_the_pages() -> None:
    assert tokens.LIGHT["paper"] == colour.LIGHT
    assert tokens.DARK["paper"] == colour.DARK


@pytest.mark.parametrize("one", ["#0b6fc2", "#c2500c"])
def test_colours_of_the_middle_stand_out(one: str) -> None:
    assert colour.stands_out(one)
    assert colour.nearest(one) == one


@pytest.mark.parametrize("one", ["#ffffff", "#ffff00", "#000000", "#000080", "#1b6e3c"])
def test_too_light_or_too_dark_is_refused_with_the_nearest_that_is_not(one: str) -> None:
    assert not colour.stands_out(one)
    assert colour.stands_out(colour.nearest(one))


@given(COLOURS)
def test_there_is_always_a_nearest_one(one: str) -> None:
    assert colour.stands_out(colour.nearest(one))


@given(COLOURS, COLOURS)
def test_contrast_is_that_of_the_design(one: str, other: str) -> None:
    assert colour.contrast(one, other) == pytest.approx(tokens.contrast(one, other))
