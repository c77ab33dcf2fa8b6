"""HR tries to learn about one person by choosing who is around them."""

from sqlmodel import select

from app.campaigns import audience, invitations
from app.campaigns.invitations import UnknownLink
from app.kit import jobs
from app.kit.database import Database
from app.people import importing
from app.people import plan as planning
from app.people.models import Employee
from app.results import outlook, participation, release
from app.results.release import Sweeping
from app.surveys import library
from tests.results.rounds import launched, links, staffed

DUMMIES = "employee_id,email,department\n" + "\n".join(
    [*(f"{n},p{n}@contoh.example,Ops" for n in range(8)), "t1,target@contoh.example,Tiny"]
    + [f"d{n},,Tiny" for n in range(4)]
)


def imported(runtime, text: str) -> None:
    with runtime.database.writing() as session:
        importing.apply(session, planning.plan(session, text.encode()))


def test_people_who_share_an_address_hide_nobody(runtime):
    imported(runtime, DUMMIES)
    with runtime.database.writing() as session:
        for dummy in session.exec(select(Employee).where(Employee.email == "")):
            dummy.email = "dummy@contoh.example"
            session.add(dummy)
    with runtime.database.reading() as session:
        chosen = audience.choose(session, library.template("team_pulse"), [], {})
    assert sorted(chosen.invited().values()) == [5, 8]
    assert sorted(chosen.reachable().values()) == [2, 8], "the target, and one for the address"
    round_id = launched(runtime, library.template("team_pulse"))
    with runtime.database.reading() as session:
        shown = participation.so_far(session, round_id, 5)
    assert [group.path for group in shown] == [""], "Ops and Tiny together, and neither alone"


def test_the_link_of_somebody_who_left_is_dead(runtime):
    staffed(runtime, {"Sales": 6})
    round_id = launched(runtime, library.template("team_pulse"))
    [one, *_] = links(runtime, round_id)["Sales"]
    link = invitations.link_of(one)
    with runtime.database.engine.begin() as connection:
        [before] = invitations.look_up(connection, [link])
    assert not isinstance(before, Exception)
    with runtime.database.writing() as session:
        for person in session.exec(select(Employee)):
            person.deactivated_at = person.added_at
            session.add(person)
    with runtime.database.engine.begin() as connection:
        for found in (invitations.look_up, invitations.redeem):
            [after] = found(connection, [link])
            assert isinstance(after, UnknownLink)


def test_a_file_that_could_not_be_rewritten_is_tried_again(runtime, monkeypatch):
    lease = jobs.Lease("round", "sweep", "sweep", 1, "test", {})
    monkeypatch.setattr(runtime.database, "compact", _fails)
    [outcome] = Sweeping(runtime.database)([lease])
    assert (outcome.state, outcome.due_at is not None) == (jobs.State.WAITING, True)
    monkeypatch.undo()
    [outcome] = Sweeping(runtime.database)([lease])
    assert outcome.state is jobs.State.DONE
    assert release.sweep(runtime.database)


def test_a_new_database_is_its_owner_s_alone(tmp_path):
    path = tmp_path / "fresh" / "selaras.db"
    Database(f"sqlite:///{path}").close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


def _fails(_tables: object) -> None:
    raise OSError


def test_a_group_that_is_always_held_back_is_not_promised(runtime):
    staffed(runtime, {"Works": 2, "Works/Line": 12, "Works/Shop": 7, "Works/Yard": 30})
    with runtime.database.reading() as session:
        chosen = audience.choose(session, library.template("team_pulse"), [], {})
    found = {one.department: one for one in outlook.prospects(chosen, 5)}
    assert found["Works/Shop"].held_back, "the two placed in Works itself would follow from it"
    assert found["Works/Shop"].chance == 0
    assert found["Works/Yard"].likely
    assert not found["Works/Line"].held_back
