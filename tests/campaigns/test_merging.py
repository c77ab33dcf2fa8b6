"""Departments reported together: how they are written, frozen, and who is where afterwards."""

import pytest
from sqlmodel import select

from app.campaigns import joining, merging, proposing, rounds
from app.campaigns.audience import Asked, Audience, AudienceRefused
from app.campaigns.models import Invitation, RoundDepartment
from app.campaigns.preview import as_usual
from app.people.tree import Node
from app.surveys import library
from tests.people.files import csv, imported

PULSE = "team_pulse"


def audience_of(people: dict[str, int], sides: dict[str, str] | None = None) -> Audience:
    """Departments by path with the people placed directly in each."""
    nodes, asked = [], []
    for path, n in people.items():
        above, _, name = path.rpartition("/")
        nodes.append(
            Node(f"id {path}", f"id {above}" if above else None, name, (*path.split("/"),))
        )
        asked += [
            Asked(f"{path} {i}", f"{i}@{len(nodes)}.example", "", f"id {path}") for i in range(n)
        ]
    given = {f"id {path}": side for path, side in (sides or {}).items()}
    return Audience(tuple(nodes), given, tuple(asked))


def together(people: dict[str, int], *texts: str, sides: dict[str, str] | None = None) -> Audience:
    audience = audience_of(people, sides)
    return merging.merged(audience, merging.parsed(audience, texts))


def placed(audience: Audience) -> dict[str, int]:
    paths = {node.id: node.path_text for node in audience.nodes}
    return {paths[one]: n for one, n in audience.invited().items()}


COMPANY = {"Sales": 2, "Sales/Inside": 9, "Sales/Field": 4, "Finance": 3, "Admin": 4, "R+D": 5}


def test_neighbours_become_one_department_with_all_their_people() -> None:
    audience = together(COMPANY, "Finance+Admin")
    assert placed(audience) == {
        "Sales": 2,
        "Sales/Inside": 9,
        "Sales/Field": 4,
        "Finance + Admin": 7,
        "R+D": 5,
    }
    assert audience.groups == ("Finance+Admin=Finance + Admin",)
    # They stay below it without people, so that their managers find it.
    assert {node.path_text for node in audience.nodes if node.id in audience.merged} == {
        "Finance + Admin/Finance",
        "Finance + Admin/Admin",
    }


def test_what_is_below_a_member_goes_with_it() -> None:
    audience = together(COMPANY, "sales + finance = Front Office")
    assert placed(audience) == {"Front Office": 18, "Admin": 4, "R+D": 5}


def test_who_is_directly_in_a_department_can_join_one_below_it() -> None:
    audience = together(COMPANY, "Sales+Sales/Field=Field and head")
    assert placed(audience)["Sales/Field and head"] == 6
    assert placed(audience)["Sales/Inside"] == 9
    assert "Sales" not in placed(audience)


def test_a_name_may_hold_a_plus() -> None:
    assert placed(together(COMPANY, "R+D+Admin=Makers"))["Makers"] == 9


def test_the_same_departments_are_the_same_group_in_every_round() -> None:
    first, again = together(COMPANY, "Finance+Admin"), together(COMPANY, "Admin+Finance=Office")
    ids = [
        next(node.id for node in audience.nodes if node.path_text in {"Finance + Admin", "Office"})
        for audience in (first, again)
    ]
    assert ids[0] == ids[1]
    assert first.tree_hash != audience_of(COMPANY).tree_hash


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["Finance"], "at least two departments"),
        (["Finance+Moon"], "no department Moon"),
        (["Finance+Sales/Field"], "only neighbours"),
        (["Finance+Admin", "Admin+R+D"], "named twice"),
        (["Sales+Finance", "Sales/Field+Sales/Inside"], "part of another group"),
        (["Finance+Admin=R+D"], "another name"),
        (["Finance+Admin=A/B"], "without /"),
        (["Finance+Sales"], "same side"),
    ],
)
def test_what_cannot_be_reported_together_is_refused(texts: list[str], said: str) -> None:
    sides = {"Sales": "sales", "Sales/Field": "sales"} if said == "same side" else {}
    with pytest.raises(AudienceRefused, match=said):
        together(COMPANY, *texts, sides=sides)


def test_a_group_is_frozen_with_its_people_and_in_the_policy(company, launched) -> None:
    survey = library.template(PULSE)
    plain = launched("Operations", survey=survey)
    row = launched(
        "Operations", survey=survey, merges=["Operations/Logistics+Operations/Plant=All"]
    )
    assert row.policy_hash != plain.policy_hash
    with company.database.reading() as session:
        tree = {node.path: node for node in rounds.tree_of(session, row.id)}
        one = tree["Operations/All"]
        assert one.invited == 15
        assert tree["Operations/All/Logistics"].invited == 0
        wanted = select(Invitation.department_id).where(Invitation.round_id == row.id)
        assert one.id in set(session.exec(wanted))


def groups_of(people: dict[str, int], **given) -> list[tuple[str, ...]]:
    found = proposing.proposals(audience_of(people, **given), 5, as_usual)
    return [group.members for group in found]


def test_small_neighbours_are_proposed_together() -> None:
    assert groups_of({"A": 3, "B": 4, "C": 5, "D": 6, "E": 7, "F": 8}) == [
        ("A", "F"),
        ("B", "E"),
        ("C", "D"),
    ]


def test_who_is_left_over_joins_the_smallest() -> None:
    assert groups_of({"A": 3, "B": 20, "C": 30}) == [("A", "B")]


def test_who_is_left_over_joins_one_that_is_not_divided() -> None:
    assert groups_of({"A": 0, "A/X": 11, "A/Y": 11, "B": 3, "C": 30}) == [("B", "C")]


def test_large_ones_stay_as_they_are_and_one_result_is_no_group() -> None:
    assert groups_of({"A": 12, "B": 20}) == []
    assert groups_of({"A": 3, "B": 3, "C": 4}) == []


def test_within_a_department_its_head_joins_a_small_part() -> None:
    assert groups_of({"S": 1, "S/A": 10, "S/B": 12, "T": 20}) == [("S", "S/A")]


def test_nobody_of_another_side_is_put_together() -> None:
    assert groups_of({"A": 4, "B": 6, "C": 20}, sides={"A": "sales"}) == [("B", "C")]


def test_what_is_proposed_can_be_taken() -> None:
    people = {"S": 1, "S/A": 4, "S/B": 5, "S/C": 12, "T": 3, "U": 4, "V": 30}
    audience = audience_of(people)
    groups = proposing.proposals(audience, 5, as_usual)
    taken = merging.merged(audience, merging.parsed(audience, [str(one) for one in groups]))
    assert sum(taken.invited().values()) == sum(people.values())
    assert len(taken.groups) == len(groups) >= 2


def test_who_is_new_in_a_member_is_counted_in_its_group(company, launched) -> None:
    row = launched(
        "Operations",
        survey=library.template(PULSE),
        merges=["Operations/Logistics+Operations/Plant=All"],
    )
    rows = [
        "901;New;n1@x.example.com;Operations/Plant",
        "902;Far;n2@x.example.com;Commercial/Sales",
    ]
    imported(company.database, csv("employee_id;name;email;department", *rows))
    with company.database.writing() as session:
        [one] = joining.waiting(session, company.keyring, row.id)
        assert (one.department.path, len(one.people)) == ("Operations/All", 1)
        assert joining.join(session, company.keyring, row.id, {}, "aminah") == 1
    with company.database.reading() as session:
        tree = {node.path: node for node in rounds.tree_of(session, row.id)}
        assert tree["Operations/All"].invited == 16
        assert tree["Operations/All/Plant"].invited == 0
        ids = set(merging.collected(list(tree.values())).values())
        assert ids == {tree["Operations/All"].id}


def test_the_head_of_a_group_brings_only_who_is_directly_in_it() -> None:
    merged = together({"A": 3, "A/x": 4, "A/y": 12}, "A+A/x=Small")
    ids = {node.path_text: node.id for node in merged.nodes}
    rows = [
        RoundDepartment(id=n.id, parent_id=n.parent_id, name=n.name, path="") for n in merged.nodes
    ]
    group = ids["A/Small"]
    assert merging.collected(rows) == {ids["A"]: group, ids["A/Small/x"]: group}
