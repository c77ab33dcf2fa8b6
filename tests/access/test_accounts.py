"""Accounts: who may sign in, for which departments, and how one ends."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from app.access import accounts, scope, sign_in
from app.access.accounts import AccountRefused, Role
from app.access.sign_in import Viewer
from app.audit import log
from app.kit.database import Database
from tests import cast
from tests.people.files import imported


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    imported(database, cast.people_file())
    with database.writing() as session:
        yield session


def test_an_address_is_one_account_however_it_is_typed(session: Session) -> None:
    first = accounts.add(session, "Aminah@Contoh.example.com", "hr", (), "test")
    again = accounts.add(session, "  aminah@contoh.EXAMPLE.com".strip(), "hr", (), "test")
    assert first.id == again.id
    assert accounts.by_email(session, " AMINAH@contoh.example.com ") is not None


@pytest.mark.parametrize(
    "email", ["", "aminah", "a@b@c", "a@", "a b@c.example.com", "a\n@b.example"]
)
def test_what_is_no_address_gets_no_account(session: Session, email: str) -> None:
    with pytest.raises(AccountRefused, match=r"^email: "):
        accounts.add(session, email, "hr", (), "test")


@pytest.mark.parametrize(
    ("role", "departments", "field"),
    [
        ("chief", (), "role"),
        ("manager", (), "department"),
        ("manager", ("Commercial/Nobody",), "department"),
        ("hr", (cast.SALES,), "department"),
    ],
)
def test_a_role_without_its_scope_is_refused(
    session: Session, role: str, departments: tuple[str, ...], field: str
) -> None:
    with pytest.raises(AccountRefused, match=f"^{field}: "):
        accounts.add(session, cast.BADRUL, role, departments, "test")


def test_a_new_scope_takes_the_place_of_the_old(session: Session) -> None:
    accounts.add(session, cast.BADRUL, "manager", [cast.SALES, cast.PLANT], "test")
    accounts.add(session, cast.BADRUL, "manager", ["commercial / MARKETING"], "test")
    [badrul] = accounts.listed(session)
    assert badrul.departments == (cast.MARKETING,)


def test_the_last_of_hr_stays(session: Session) -> None:
    accounts.add(session, cast.AMINAH, "hr", (), "test")
    with pytest.raises(AccountRefused, match="last HR account"):
        accounts.disable(session, cast.AMINAH, "test")
    with pytest.raises(AccountRefused, match="last HR account"):
        accounts.add(session, cast.AMINAH, "manager", [cast.SALES], "test")
    accounts.add(session, cast.SALMAH, "hr", (), "test")
    accounts.disable(session, cast.AMINAH, "test")
    assert [one.email for one in accounts.with_role(session, Role.HR)] == [cast.SALMAH]
    with pytest.raises(AccountRefused, match="last HR account"):
        accounts.disable(session, cast.SALMAH, "test")


def test_a_disabled_account_loses_sessions_and_links_at_once(session: Session) -> None:
    accounts.add(session, cast.AMINAH, "hr", (), "test")
    badrul = accounts.add(session, cast.BADRUL, "manager", [cast.SALES], "test")
    cookie = sign_in.redeem(session, sign_in.new_link(session, badrul))
    waiting = sign_in.new_link(session, badrul)
    assert cookie is not None
    assert sign_in.current(session, cookie) is not None
    accounts.disable(session, cast.BADRUL, "test")
    assert sign_in.current(session, cookie) is None
    assert sign_in.redeem(session, waiting) is None
    assert accounts.by_email(session, cast.BADRUL) is None
    assert log.entries(session, badrul.id, limit=1)[0].action == "account.disabled"


def test_adding_somebody_again_brings_the_account_back_without_its_sessions(
    session: Session,
) -> None:
    accounts.add(session, cast.AMINAH, "hr", (), "test")
    badrul = accounts.add(session, cast.BADRUL, "manager", [cast.SALES], "test")
    cookie = sign_in.redeem(session, sign_in.new_link(session, badrul))
    accounts.disable(session, cast.BADRUL, "test")
    accounts.add(session, cast.BADRUL, "manager", [cast.SALES], "test")
    assert sign_in.current(session, cookie or "") is None
    assert sign_in.redeem(session, sign_in.new_link(session, badrul)) is not None


# Scope

TREE = {"company": None, "sales": "company", "inside": "sales", "plant": "company", "hall": "plant"}


def viewer(*departments: str, role: Role = Role.MANAGER) -> Viewer:
    return Viewer("id", cast.BADRUL, role, frozenset(departments))


def test_a_manager_has_his_departments_with_all_below_and_sees_the_totals_above() -> None:
    assert scope.own_departments(viewer("sales"), TREE) == {"sales", "inside"}
    assert scope.visible_departments(viewer("sales"), TREE) == {"company", "sales", "inside"}
    assert scope.visible_departments(viewer("inside"), TREE) == {"company", "sales", "inside"}
    assert scope.own_departments(viewer("inside"), TREE) == {"inside"}


def test_a_round_elsewhere_does_not_concern_him() -> None:
    assert not scope.may_open(viewer("sales"), {"plant": None, "hall": "plant"})
    assert scope.may_open(viewer("sales"), {"inside": "sales", "sales": None})
    assert not scope.may_open(viewer(), TREE)


@pytest.mark.parametrize("role", [Role.IT, Role.AUDITOR])
def test_other_roles_see_no_department(role: Role) -> None:
    assert not scope.own_departments(viewer(role=role), TREE)
    assert not scope.may_open(viewer(role=role), TREE)


def test_hr_sees_all() -> None:
    assert scope.own_departments(viewer(role=Role.HR), TREE) == set(TREE)
