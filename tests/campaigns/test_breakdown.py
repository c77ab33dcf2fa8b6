"""Boxes of a breakdown: ten people or more in each, and in what is left of a department."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.campaigns import breakdown
from app.campaigns.audience import Asked, Audience, AudienceRefused
from app.kit.language import Language
from app.people.tree import Node

TODAY = date(2027, 5, 14)


def audience(*people: tuple[str, dict[str, str]]) -> Audience:
    """One person each: the department, and what the people file says of them."""
    paths = sorted({path for path, _ in people})
    return Audience(
        nodes=tuple(Node(f"id {path}", None, path, (path,)) for path in paths),
        sides={},
        people=tuple(
            Asked(f"e{n}", f"e{n}@x.example", "", f"id {path}", json.dumps(said))
            for n, (path, said) in enumerate(people)
        ),
    )


def at(place: str, people: int, department: str = "Sales") -> list[tuple[str, dict[str, str]]]:
    return [(department, {"location": place})] * people


def test_ten_people_of_a_department_in_one_place_share_a_box() -> None:
    asked = breakdown.boxed(
        audience(*at("Ipoh", 10), *at("Klang", 12), *at("Ipoh", 9, "Legal")), ["location"], TODAY
    )
    assert {(cell.values, cell.invited) for cell in asked.cells} == {
        (("Ipoh",), 10),
        (("Klang",), 12),
    }
    assert asked.boxes() == {asked.cells[0].id: 10, asked.cells[1].id: 12, "id Legal": 9}
    [price] = breakdown.prices(asked, TODAY)
    assert price.values == (("Ipoh", 10, 19), ("Klang", 12, 12))
    assert price.counted == 22


def test_nobody_is_left_in_a_box_of_a_few() -> None:
    """Four work in Muar: they, and the smaller of the others, lie in the department's own box."""
    asked = breakdown.boxed(
        audience(*at("Ipoh", 10), *at("Klang", 12), *at("Muar", 4)), ["location"], TODAY
    )
    assert [cell.values for cell in asked.cells] == [("Klang",)]
    assert asked.boxes() == {asked.cells[0].id: 12, "id Sales": 14}


def test_dummies_without_an_address_of_their_own_fill_no_box() -> None:
    people = audience(*at("Ipoh", 12), *at("Klang", 14))
    shared = [
        Asked(
            one.employee_id,
            "all@x.example" if n < 4 else one.email,
            "",
            one.department_id,
            one.attributes,
        )
        for n, one in enumerate(people.people)
    ]
    asked = breakdown.boxed(Audience(people.nodes, {}, tuple(shared)), ["location"], TODAY)
    assert asked.cells == ()


def test_who_answers_by_a_slip_is_in_no_cell() -> None:
    """A slip says a department only: nine in Ipoh without an address leave eleven of twenty."""
    people = audience(*at("Ipoh", 20))
    some = [replace(one, email="" if n < 9 else one.email) for n, one in enumerate(people.people)]
    asked = breakdown.boxed(Audience(people.nodes, {}, tuple(some)), ["location"], TODAY)
    assert asked.cells == (), "the nine alone would share a box"
    more = [replace(one, email="" if n < 10 else one.email) for n, one in enumerate(people.people)]
    asked = breakdown.boxed(Audience(people.nodes, {}, tuple(more)), ["location"], TODAY)
    assert {one.email == "" for one in asked.people if one.cell} == {False}
    assert sorted(asked.boxes().values()) == [10, 10]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("AB"), st.sampled_from(["x", "y", "z", ""]), st.sampled_from(["p", "q"])
        ),
        min_size=1,
        max_size=90,
    )
)
def test_every_box_is_of_ten_or_is_a_whole_department(people: list[tuple[str, str, str]]) -> None:
    asked = audience(*((one, {"location": place, "level": level}) for one, place, level in people))
    whole = asked.boxes()
    try:
        asked = breakdown.boxed(asked, ["level", "location"], TODAY)
    except AudienceRefused:
        return
    boxes = asked.boxes()
    assert sum(boxes.values()) == len(people)
    assert all(n >= breakdown.SMALLEST_BOX or whole.get(box) == n for box, n in boxes.items())
    assert asked.breakdowns == ("location", "level"), "in one order, whoever asks"
    of = {one.id: one for one in asked.cells}
    for person in asked.people:
        if person.cell:
            said = json.loads(person.attributes)
            assert of[person.cell].values == (said["location"], said["level"])
            assert of[person.cell].department_id == person.department_id


def test_time_in_the_company_falls_in_bands_and_spellings_are_one() -> None:
    days = {"2026-05-15": "0-1", "2026-05-14": "1-3", "2017-05-15": "3-10", "2017-05-14": "10+"}
    people = [("Sales", {"start_date": day}) for day in days for _ in range(10)]
    asked = breakdown.boxed(audience(*people), ["tenure"], TODAY)
    assert Counter(one.values for one in asked.cells) == {(band,): 1 for band in days.values()}
    for code in ("en", "ms"):
        words = {breakdown.value_named("tenure", band, Language(code)) for band in days.values()}
        assert len(words) == 4
    asked = breakdown.boxed(
        audience(*at("Kuala  Lumpur", 6), *at("kuala lumpur", 6)), ["location"], TODAY
    )
    assert [cell.values for cell in asked.cells] == [("Kuala Lumpur",)]


@pytest.mark.parametrize(
    ("wanted", "said"), [(["colour"], "no breakdown by colour"), (["tenure"], "of nobody")]
)
def test_what_cannot_be_broken_down_is_refused(wanted: list[str], said: str) -> None:
    with pytest.raises(AudienceRefused, match=said) as refused:
        breakdown.boxed(audience(*at("Ipoh", 10)), wanted, TODAY)
    assert refused.value.values["field"] == "breakdowns"
