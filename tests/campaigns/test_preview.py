"""The chance of a result of its own, beside values of the binomial distribution."""

from collections.abc import Callable

import pytest
from scipy.stats import binom

from app.campaigns import preview
from app.campaigns.audience import Asked, Audience
from app.campaigns.rounds import RoundPlan
from tests import cast


@pytest.mark.parametrize(
    ("invited", "smallest", "chance"),
    [
        # P(X >= k) of a binomial count with p = 0.7, from printed tables.
        (5, 5, 0.16807),
        (6, 5, 0.420175),
        (7, 5, 0.6470695),
        (8, 5, 0.80589565),
        (10, 5, 0.9526510126),
        (4, 5, 0.0),
        (0, 5, 0.0),
        (4, 4, 0.2401),
        (1, 1, 0.7),
    ],
)
def test_the_chance_is_that_of_a_binomial_count(invited: int, smallest: int, chance: float) -> None:
    assert preview.reaching(invited, smallest, 0.7) == pytest.approx(chance, abs=1e-9)


def test_it_agrees_with_another_implementation() -> None:
    for invited in range(0, 120, 7):
        for smallest in (4, 5, 10):
            expected = binom.sf(smallest - 1, invited, 0.7)
            assert preview.reaching(invited, smallest, 0.7) == pytest.approx(expected, abs=1e-9)


def test_every_group_has_its_own_chance(planned: Callable[..., RoundPlan]) -> None:
    plan = planned("Commercial", "Operations")
    found = {one.department: one for one in preview.prospects(plan.audience, 5)}
    assert next(iter(found)) == ""
    assert {path: one.invited for path, one in found.items()} == {
        "": 53,
        "Commercial": 38,
        cast.MARKETING: 12,
        cast.SALES: 20,
        "Operations": 15,
        cast.LOGISTICS: 5,
        cast.PLANT: 10,
    }
    assert found[cast.LOGISTICS].chance == pytest.approx(0.16807)
    assert [path for path, one in found.items() if not one.likely] == [cast.LOGISTICS]
    assert found[cast.PLANT].expected == pytest.approx(7.0)


def test_people_count_once_an_address_of_their_own() -> None:
    shared = [Asked(str(n), "All@x.example.com".swapcase(), "", "d") for n in range(6)]
    slips = [Asked(f"s{n}", "", "", "d") for n in range(3)]
    whole = preview.prospects(Audience((), {}, (*shared, *slips)), 5)[0]
    assert whole.invited == 4, "who has no address answers by a slip"


def test_a_company_of_any_size_is_quick() -> None:
    people = tuple(Asked(str(n), f"p{n}@x.example.com", "", "d") for n in range(20_000))
    assert preview.prospects(Audience((), {}, people), 5)[0].chance == 1.0
    assert preview.prospects(Audience((), {}, people), 1000)[0].chance == pytest.approx(1.0)
