"""Who is asked, and on which side of the comparison each of them stands."""

from collections.abc import Callable

import pytest

from app.campaigns import audience
from app.campaigns.audience import AudienceRefused
from app.campaigns.rounds import RoundPlan
from app.kit.language import Language
from app.kit.runtime import Runtime
from app.surveys import library
from tests import cast
from tests.campaigns.conftest import paths
from tests.people.files import csv, imported

Planned = Callable[..., RoundPlan]


def test_a_department_brings_all_below_it_and_those_directly_in_it(planned: Planned) -> None:
    chosen = planned("Commercial").audience
    assert len(chosen.people) == 20 + 12 + 6
    assert paths(chosen.nodes) == ["Commercial", cast.MARKETING, cast.SALES]


def test_an_inner_department_brings_its_ancestors_but_not_their_people(planned: Planned) -> None:
    survey = library.template("team_pulse")
    chosen = planned(cast.PLANT, survey=survey).audience
    assert paths(chosen.nodes) == ["Operations", cast.PLANT]
    assert len(chosen.people) == 10
    assert list(chosen.invited().values()) == [10]


def test_nobody_is_asked_twice_where_choices_overlap(planned: Planned) -> None:
    once = planned("Commercial").audience
    twice = planned("commercial / SALES", "Commercial", cast.MARKETING).audience
    assert once == twice
    assert once.tree_hash == twice.tree_hash


def test_without_a_choice_everybody_is_asked(planned: Planned) -> None:
    assert len(planned().audience.people) == 58


def test_who_has_left_is_not_asked(company: Runtime, planned: Planned) -> None:
    before = len(planned("Commercial").audience.people)
    lines = cast.people_file().decode("utf-8-sig").splitlines()
    stay = [line for line in lines if cast.CHONG not in line]
    imported(company.database, csv(*stay), full=True, deactivate=1)
    assert len(planned("Commercial").audience.people) == before - 1


def test_sides_are_found_by_name_and_hold_what_is_below(planned: Planned) -> None:
    chosen = planned().audience
    sides = {node.path_text: chosen.sides.get(node.id) for node in chosen.nodes}
    assert sides[cast.SALES] == "sales"
    assert sides[cast.MARKETING] == "marketing"
    assert {side for path, side in sides.items() if path not in {cast.SALES, cast.MARKETING}} == {
        None
    }


def test_sides_are_found_by_their_malay_names_too(company: Runtime) -> None:
    rows = [f"9{n};P{n};p9{n}@x.example.com;{d}" for n, d in enumerate(["JUALAN", "pemasaran"] * 3)]
    imported(company.database, csv("employee_id;name;email;department", *rows))
    with company.database.reading() as session:
        survey = library.template("sales_marketing_alignment")
        chosen = audience.choose(session, survey, ["JUALAN", "pemasaran"], {})
    assert sorted(chosen.sides.values()) == ["marketing", "sales"]


@pytest.mark.parametrize(
    ("departments", "sides", "reason"),
    [
        (["Operations"], {}, "no chosen department is named"),
        (["Nowhere"], {}, "there is no department Nowhere"),
        ([], {"finance": cast.SALES}, "no side finance"),
        ([], {"sales": "Nowhere"}, "there is no department Nowhere"),
        ([], {"sales": cast.MARKETING, "marketing": cast.MARKETING}, "on two sides"),
        ([], {"sales": "Commercial", "marketing": cast.MARKETING}, "on two sides"),
    ],
)
def test_sides_that_cannot_be_compared_are_refused(
    planned: Planned, departments: list[str], sides: dict[str, str], reason: str
) -> None:
    with pytest.raises(AudienceRefused, match=reason) as refused:
        planned(*departments, sides=sides)
    assert refused.value.told(Language("ms")) != str(refused.value)


def test_two_departments_of_the_same_name_must_be_told_apart(
    company: Runtime, planned: Planned
) -> None:
    rows = [f"8{n};P{n};p8{n}@x.example.com;Export/Sales" for n in range(5)]
    imported(company.database, csv("employee_id;name;email;department", *rows))
    with pytest.raises(AudienceRefused, match="2 chosen departments are named"):
        planned()
    assert planned("Commercial").audience.sides, "only those asked count"
    both = planned(sides={"sales": "Export/Sales"}).audience
    sides = {node.path_text: both.sides.get(node.id) for node in both.nodes}
    assert (sides["Export/Sales"], sides[cast.SALES]) == ("sales", None)


def test_a_side_that_nobody_of_is_asked_is_refused(planned: Planned) -> None:
    """Named by hand, a side must be part of who is asked: nothing could be compared."""
    with pytest.raises(AudienceRefused):
        planned(cast.SALES, sides={"sales": cast.SALES, "marketing": cast.MARKETING})


def test_an_empty_company_has_nobody_to_ask(runtime: Runtime) -> None:
    with (
        runtime.database.reading() as session,
        pytest.raises(AudienceRefused, match="nobody would be asked"),
    ):
        audience.choose(session, library.template("team_pulse"), [], {})
