"""HR pairs departments: who is asked about whom, and what is refused."""

import pytest

from app.campaigns import audience, pairs
from app.campaigns.audience import Audience, AudienceRefused
from app.kit.runtime import Runtime
from app.surveys import library
from app.surveys.definition import Survey
from app.surveys.paper import paper
from tests.results.rounds import staffed

COMPANY = {"Sales": 6, "Marketing": 5, "Plant/Line 1": 3, "Plant/Admin": 2, "Admin": 2, "Legal": 1}


def planned(runtime: Runtime, *texts: str) -> tuple[Survey, Audience]:
    with runtime.database.reading() as session:
        survey = library.template("department_collaboration")
        survey, sides = pairs.with_sides(session, survey, texts, {})
        return survey, audience.choose(session, survey, (), sides)


@pytest.fixture
def staff(runtime: Runtime) -> Runtime:
    staffed(runtime, COMPANY)
    return runtime


def test_each_department_is_asked_about_those_it_is_paired_with(staff: Runtime) -> None:
    survey, people = planned(staff, "sales + marketing", "Sales+Plant")
    about = {side.key: [one.key for one in survey.counterparts(side.key)] for side in survey.sides}
    assert about == {"marketing": ["sales"], "plant": ["sales"], "sales": ["marketing", "plant"]}
    assert len(paper(survey, "sales")) == 24
    assert survey.minutes == 3
    # Who is on no side would get an empty form.
    assert len(people.people) == 16
    assert {node.path_text for node in people.nodes} >= {"Sales", "Plant/Line 1"}
    assert "Legal" not in {node.path_text for node in people.nodes}


def test_three_in_a_line_are_each_asked_about_both_others(staff: Runtime) -> None:
    survey, _ = planned(staff, "Sales+Marketing+Legal")
    assert all(len(survey.counterparts(side.key)) == 2 for side in survey.sides)


def test_two_departments_of_one_name_are_told_apart(staff: Runtime) -> None:
    survey, _ = planned(staff, "Plant/Admin+Admin+Legal")
    names = [side.name.in_("ms") for side in survey.sides]
    assert names == ["Admin", "Legal", "Plant/Admin"]
    assert [side.key for side in survey.sides] == ["admin", "legal", "admin_2"]


def test_the_same_pairs_make_the_same_survey(staff: Runtime) -> None:
    one, _ = planned(staff, "Sales+Legal", "Sales+Marketing")
    other, _ = planned(staff, "Marketing+Sales", "Legal+Sales")
    assert one.content_hash == other.content_hash


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "say which work together"),
        (["Sales"], "two departments or more"),
        (["Sales+Sales"], "two departments or more"),
        (["Sales+Nobody"], "no department Nobody"),
        (["Plant+Plant/Admin"], "two sides"),
    ],
)
def test_what_makes_no_pair_is_refused(staff: Runtime, texts: list[str], message: str) -> None:
    with pytest.raises(AudienceRefused, match=message):
        planned(staff, *texts)


def test_a_survey_about_nobody_else_takes_no_pairs(staff: Runtime) -> None:
    with staff.database.reading() as session, pytest.raises(AudienceRefused, match="asks about no"):
        pairs.with_sides(session, library.template("team_pulse"), ["Sales+Legal"], {})


def test_thirteen_departments_all_with_each_other_are_too_many(runtime: Runtime) -> None:
    staffed(runtime, {f"D{n:02}": 1 for n in range(13)})
    everybody = "+".join(f"D{n:02}" for n in range(13))
    with pytest.raises(AudienceRefused, match="about 12 departments: pair it with at most 11"):
        planned(runtime, everybody)
    survey, _ = planned(runtime, everybody.removesuffix("+D12"))
    assert len(paper(survey, "d00")) == 11 * 12
