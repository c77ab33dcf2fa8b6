"""What is told of a department over many rounds: only what its rounds printed, and like with like."""

import json
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import delete, select

from app.access import accounts
from app.access.sign_in import Viewer
from app.campaigns.models import RoundDepartment
from app.kit.runtime import Runtime
from app.people.models import Department
from app.results import notes, release, shelf, summary, trend
from app.results.models import Release, ReleaseSummary
from app.results.trend import Moment, State
from app.surveys.definition import Survey
from app.surveys.loading import read_template
from tests.results.company import HEADER, ITEM, survey_of
from tests.results.rounds import answered, closed, launched, staffed

PEOPLE = {"Sales": 12, "Sales/Retail": 12, "Ops": 20}
SURVEY = survey_of(extra="")
ZONE = ZoneInfo("Asia/Kuala_Lumpur")
HR = Viewer("hr", "hr@contoh.example", accounts.Role.HR, frozenset())


def answers(people: int, codes: str = "43124") -> list:
    return [(bytes(int(codes[(n + k) % 5]) for k in range(3)), {}) for n in range(people)]


EVERYBODY = {path: answers(people) for path, people in PEOPLE.items()}


def held(runtime: Runtime, cast: Mapping[str, list], survey: Survey = SURVEY) -> str:
    round_id = launched(runtime, survey)
    answered(runtime, round_id, cast)
    closed(runtime, round_id)
    with runtime.database.writing() as session:
        release.release(session, runtime.keyring, ZONE, round_id, "aminah")
    return round_id


def moments(
    runtime: Runtime, path: str = "Sales", measure: str = "", viewer: Viewer = HR
) -> tuple[Moment, ...]:
    with runtime.database.reading() as session:
        nodes = session.exec(select(RoundDepartment).where(RoundDepartment.path == path)).all()
        department = nodes[0].id if path else ""
        released = shelf.every(session, viewer)
        return trend.over_time(session, viewer, released, department, measure, ZONE)


def test_a_line_runs_from_round_to_round(runtime: Runtime) -> None:
    staffed(runtime, PEOPLE)
    ids = [held(runtime, EVERYBODY), held(runtime, EVERYBODY | {"Sales": answers(12, "01420")})]
    found = moments(runtime)
    assert [one.round_id for one in found] == ids
    assert [one.joined for one in found] == [False, True]
    with runtime.database.reading() as session:
        document = json.loads(session.get_one(Release, ids[1]).document)
    [group] = [one for one in document["groups"] if one["department"] == "Sales"]
    assert found[1].measured is not None
    assert found[1].measured.score_exact == group["score_exact"]
    for measure, part, key in (("theme:two", "themes", "two"), ("item:a1", "items", "a1")):
        [figures] = [one for one in group[part] if one["key"] == key]
        told = moments(runtime, measure=measure)[1].measured
        assert told is not None
        assert (told.n, told.score_exact) == (figures["n"], figures["score_exact"])


def test_a_missing_round_leaves_a_gap_and_the_line_starts_anew(runtime: Runtime) -> None:
    staffed(runtime, PEOPLE)
    few = EVERYBODY | {"Sales": answers(1), "Sales/Retail": answers(2)}
    for cast in (EVERYBODY, few, EVERYBODY, EVERYBODY):
        held(runtime, cast)
    found = moments(runtime)
    states = [State.SCORED, State.HIDDEN, State.SCORED, State.SCORED]
    assert [one.state for one in found] == states
    assert [one.joined for one in found] == [False, False, False, True]
    assert found[1].measured is None


def test_no_line_runs_across_changed_wording(runtime: Runtime) -> None:
    staffed(runtime, PEOPLE)
    held(runtime, EVERYBODY)
    head = HEADER.format(points=5, low=1, high=3, labels=[f"Point {n}" for n in range(5)])
    items = [("a1", "two"), ("a2", "two"), ("b1", "one")]
    text = head + "".join(ITEM.format(key=key, theme=theme) for key, theme in items)
    other = read_template(text.replace("Statement a1.", "Another a1.").encode(), "pulling.toml")
    held(runtime, EVERYBODY, other)
    joined = {
        measure: moments(runtime, measure=measure)[1].joined
        for measure in ("", "theme:two", "theme:one", "item:a1", "item:a2", "item:b1")
    }
    assert joined == {
        **dict.fromkeys(("", "theme:two", "item:a1"), False),
        **dict.fromkeys(("theme:one", "item:a2", "item:b1"), True),
    }
    assert moments(runtime, measure="item:a1")[1].changed
    assert not moments(runtime, measure="item:a2")[1].changed


def test_a_renamed_department_keeps_its_line_and_a_new_one_begins_its_own(
    runtime: Runtime,
) -> None:
    staffed(runtime, PEOPLE)
    held(runtime, EVERYBODY)
    with runtime.database.writing() as session:
        one = session.exec(select(Department).where(Department.name == "Ops")).one()
        one.name, one.folded_path = "Works", "works"
    held(runtime, {"Sales": EVERYBODY["Sales"], "Works": EVERYBODY["Ops"]})
    assert [one.state for one in moments(runtime, "Ops")] == [State.SCORED] * 2
    with runtime.database.reading() as session:
        unknown = trend.over_time(session, HR, shelf.every(session, HR), "no such", "", ZONE)
    assert {one.state for one in unknown} == {State.ABSENT}


@pytest.mark.parametrize(
    ("own", "path", "read"),
    [
        ("Sales", "Sales", True),
        ("Sales", "Sales/Retail", True),
        ("Sales", "", True),
        ("Sales/Retail", "Sales", True),
        ("Sales", "Ops", False),
        ("Nowhere", "", False),
    ],
)
def test_a_manager_follows_his_own_and_the_totals_above(
    runtime: Runtime, own: str, path: str, read: bool
) -> None:
    staffed(runtime, PEOPLE)
    held(runtime, EVERYBODY)
    with runtime.database.reading() as session:
        nodes = session.exec(select(RoundDepartment).where(RoundDepartment.path == own)).all()
    mine = frozenset(node.id for node in nodes)
    manager = Viewer("m", "m@contoh.example", accounts.Role.MANAGER, mine)
    assert bool(moments(runtime, path, viewer=manager)) is read


def test_summaries_hold_what_the_release_prints_and_nothing_of_who_is_hidden(
    runtime: Runtime,
) -> None:
    staffed(runtime, PEOPLE)
    round_id = held(runtime, EVERYBODY | {"Ops": answers(2)})
    with runtime.database.reading() as session:
        stored = session.exec(select(ReleaseSummary)).all()
        content = json.loads(session.get_one(Release, round_id).document)
    told = {json.loads(one.document)["path"]: one for one in stored}
    assert set(told) == {one["department"] for one in content["groups"]}
    hidden = [one["department"] for one in content["groups"] if not one["disclosed"]]
    assert hidden
    for path in hidden:
        row = json.loads(told[path].document)
        assert (row["measures"], row["invited"], row["answered"]) == ({}, None, None)
        assert told[path].items == "{}"


def test_a_release_from_before_summaries_is_read_all_the_same(runtime: Runtime) -> None:
    staffed(runtime, PEOPLE)
    round_id = held(runtime, EVERYBODY)
    with runtime.database.reading() as session:
        kept = summary.groups(session, round_id)
    before = moments(runtime, measure="item:a1")
    with runtime.database.writing() as session:
        session.exec(delete(ReleaseSummary))
    with runtime.database.reading() as session:
        assert summary.groups(session, round_id) == kept
    assert moments(runtime, measure="item:a1") == before


def test_a_note_stands_beside_its_round(runtime: Runtime) -> None:
    staffed(runtime, PEOPLE)
    round_id = held(runtime, EVERYBODY)
    for text in ("New CRM\n since June.", "New CRM since July."):
        with runtime.database.writing() as session:
            notes.attach(session, round_id, text, "aminah")
    assert [one.note for one in moments(runtime)] == ["New CRM since July."]
    with runtime.database.writing() as session:
        notes.attach(session, round_id, " ", "aminah")
    assert [one.note for one in moments(runtime)] == [""]
