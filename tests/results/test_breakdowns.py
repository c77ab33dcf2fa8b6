"""A round with breakdowns, from the people file to its cells, in a real database."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from app.campaigns import audience, breakdown, rounds
from app.campaigns.anonymous_post import _links
from app.campaigns.invitations import link_token
from app.campaigns.models import Invitation
from app.campaigns.rounds import RoundPlan, RoundRefused
from app.kit.clock import now
from app.kit.runtime import Runtime
from app.people import importing
from app.people import plan as planning
from app.people.models import Employee
from app.responses import submission
from app.results import release
from app.surveys import library
from app.surveys.coding import Layout
from tests.results.rounds import closed
from tests.results.test_retention import released

# Department, place of work, people.
STAFF = (
    ("Sales", "Ipoh", 14),
    ("Sales", "Klang", 16),
    ("Ops", "Ipoh", 15),
    ("Ops", "Klang", 4),
    ("Ops", "Muar", 13),
    ("Legal", "Klang", 6),
)
SURVEY = "team_pulse"


@pytest.fixture
def staffed(runtime: Runtime) -> Runtime:
    lines = ["employee_id,name,email,department,location"]
    people = [(path, place) for path, place, n in STAFF for _ in range(n)]
    lines += [f"{n},P {n},p{n}@x.example,{path},{place}" for n, (path, place) in enumerate(people)]
    with runtime.database.writing() as session:
        importing.apply(session, planning.plan(session, "\r\n".join(lines).encode()))
    return runtime


def launched(runtime: Runtime, **given: object) -> str:
    survey = library.template(SURVEY)
    with runtime.database.writing() as session:
        asked = audience.choose(session, survey, [], {})
        asked = breakdown.boxed(asked, ["location"], date(2027, 5, 14))
        plan = RoundPlan(survey, "May", asked, now() + timedelta(days=7), **given)  # type: ignore[arg-type]
        return submission.launch(session, runtime.keyring, plan, "test", 4).id


def answered(runtime: Runtime, round_id: str, share: float = 1.0) -> dict[str, list[bytes]]:
    """They answer; what each place of work answered is told."""
    chance = random.Random(4)
    size = Layout.of(library.template(SURVEY)).size
    said: dict[str, list[bytes]] = {}
    with runtime.database.writing() as session:
        row = rounds.get(session, round_id)
        batch = []
        for one, person in session.exec(
            select(Invitation, Employee)
            .join(Employee, Employee.id == Invitation.employee_id)
            .where(Invitation.round_id == round_id)
            .order_by(Employee.employee_id)
        ):
            codes = bytes(chance.randrange(5) for _ in range(size))
            if chance.random() < share:
                token = link_token(runtime.keyring, row, one.id)
                batch.append(submission.Submission(token, codes, {}, token[-12:]))
                said.setdefault(person.attributes.split('"')[3], []).append(codes)
    with runtime.database.engine.begin() as connection:
        store = submission.Submissions(runtime.writer, runtime.keyring)
        assert all(store._store(connection, batch))
    return said


def test_the_cells_count_just_who_was_asked_with_enough_others(staffed: Runtime) -> None:
    round_id = launched(staffed)
    answered(staffed, round_id)
    with staffed.database.reading() as session:
        assert sum(submission.answered(session, round_id).values()) == 68
        assert set(submission.answered(session, round_id)) == {
            one.id for one in rounds.tree_of(session, round_id)
        }
    closed(staffed, round_id)
    released(staffed, round_id)
    with staffed.database.reading() as session:
        content = release.read(session, round_id)
    [one] = content["breakdowns"]
    assert one["attribute"] == "location"
    cells = {cell["value"]: cell for cell in one["cells"]}
    # The four of Ops in Klang share their department's box with those of Muar.
    counted = {value: cell["answered"] for value, cell in cells.items() if cell["disclosed"]}
    assert counted == {"Ipoh": 29, "Klang": 16}
    assert [one["invited"] for one in cells.values()] == [29, 16]
    groups = {group["department"]: group for group in content["groups"]}
    assert groups["Sales"]["answered"] == 30
    assert groups["Ops"]["answered"] == 32
    for item in cells["Ipoh"]["items"]:
        assert sum(item["counts"]) == 29
    assert all(group.get("band") is None for group in content["groups"])


def test_a_small_box_s_answers_are_counted_in_the_department_only(staffed: Runtime) -> None:
    round_id = launched(staffed)
    answered(staffed, round_id, share=0.25)
    closed(staffed, round_id)
    released(staffed, round_id)
    with staffed.database.reading() as session:
        content = release.read(session, round_id)
    cells = content["breakdowns"][0]["cells"]
    assert {cell["value"] for cell in cells} == {"Ipoh", "Klang"}
    for cell in cells:
        assert cell["disclosed"] is False or cell["answered"] >= 5


def test_its_boxes_are_frozen_with_the_round(staffed: Runtime) -> None:
    round_id = launched(staffed)
    for statement in (
        "UPDATE round_cell SET department_id = 'x'",
        "DELETE FROM round_cell",
        f"INSERT INTO round_cell VALUES ('{round_id}', 'new', 'x', '[]', 1, 1)",
    ):
        with (
            pytest.raises(IntegrityError, match="frozen when the round was launched"),
            staffed.database.engine.begin() as connection,
        ):
            connection.execute(text(statement))
    with staffed.database.writing() as session, pytest.raises(RoundRefused, match="breakdowns"):
        submission.join(session, staffed.keyring, round_id, "test")


def test_breakdowns_and_rows_do_not_go_together(staffed: Runtime) -> None:
    with pytest.raises(RoundRefused, match="breakdowns or files of rows"):
        launched(staffed, row_export=True)


def test_in_anonymous_mode_a_link_leads_to_the_box_of_who_gets_it(staffed: Runtime) -> None:
    """The links of a box are made together, and belong to nobody of it."""
    round_id = launched(staffed, mode="anonymous")
    with staffed.database.writing() as session:
        statement = (
            select(Invitation, Employee)
            .join(Employee, Employee.id == Invitation.employee_id)
            .where(Invitation.round_id == round_id)
        )
        people = list(session.exec(statement).all())
        links = _links(session, people)
    tokens = [links[one.id] for one, _ in people]
    assert len(set(tokens)) == 68
    with staffed.database.engine.begin() as connection:
        papers = submission.look_up(connection, tokens)
    for (one, _), paper in zip(people, papers, strict=True):
        assert paper.ballot.box == (one.cell_id or one.department_id)
        assert paper.ballot.department_id == one.department_id
    assert len({paper.ballot.box for paper in papers}) == 5
