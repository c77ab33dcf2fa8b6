import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.scale import UNITS, Stance, check_cuts, classify, reverse, scaled, unit

ORDER = [Stance.DETRACTOR, Stance.PASSIVE, Stance.PROMOTER]


@pytest.mark.parametrize(
    ("points", "max_detractor", "min_promoter", "classes"),
    [
        (11, 6, 9, "dddddddaapp"),
        (4, 1, 2, "ddpp"),
        (5, 1, 3, "ddapp"),
        (6, 2, 3, "dddppp"),
        (6, 1, 4, "ddaapp"),
        (7, 2, 4, "dddappp"),
        (11, 4, 6, "dddddappppp"),
    ],
)
def test_cut_points_of_the_usual_scales(points, max_detractor, min_promoter, classes):
    letter = {Stance.DETRACTOR: "d", Stance.PASSIVE: "a", Stance.PROMOTER: "p"}
    given_class = [classify(x, points, max_detractor, min_promoter) for x in range(points)]
    assert "".join(letter[stance] for stance in given_class) == classes


@given(st.data(), st.integers(2, 11))
def test_class_never_falls_as_the_code_rises(data, points):
    low = data.draw(st.integers(-1, points - 1))
    high = data.draw(st.integers(low + 1, points))
    ranks = [ORDER.index(classify(x, points, low, high)) for x in range(points)]
    assert ranks == sorted(ranks)


@given(st.data(), st.integers(2, 11))
def test_reversing_twice_changes_nothing_and_mirrors_the_range(data, points):
    code = data.draw(st.integers(0, points - 1))
    turned = reverse(code, points)
    assert reverse(turned, points) == code
    assert scaled(code, points) + scaled(turned, points) == UNITS


@pytest.mark.parametrize("points", range(2, 12))
def test_every_scale_is_whole_units_from_0_to_2520(points):
    assert [scaled(0, points), scaled(points - 1, points)] == [0, UNITS]
    assert unit(points) * (points - 1) == UNITS


@pytest.mark.parametrize("code", [-1, 5, 2.0, "2", None, True])
def test_a_code_off_the_scale_is_refused(code):
    with pytest.raises(ValueError, match="is not an answer of a scale of 5 points"):
        classify(code, 5, 1, 3)


@pytest.mark.parametrize("points", [1, 12])
def test_a_scale_has_2_to_11_points(points):
    with pytest.raises(ValueError, match="2 to 11 points"):
        unit(points)


@pytest.mark.parametrize("cuts", [(-2, 3), (3, 3), (4, 3), (1, 6)])
def test_cut_offs_must_divide_the_scale(cuts):
    with pytest.raises(ValueError, match="do not divide"):
        check_cuts(5, *cuts)
