"""Farid stands in for Badrul from one day to another, and sees no more before or after."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session

from app.access import accounts, deputies, sign_in
from app.access.accounts import AccountRefused
from app.access.models import Account
from app.audit import log
from app.kit.clock import now
from app.kit.database import Database
from app.people.tree import Tree
from tests import cast
from tests.people.files import imported

DAY = timedelta(days=1)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    imported(database, cast.people_file())
    with database.writing() as session:
        yield session


@pytest.fixture
def badrul(session: Session) -> Account:
    return accounts.add(session, cast.BADRUL, "manager", [cast.SALES], "test")


@pytest.fixture
def farid(session: Session) -> Account:
    return accounts.add(session, cast.FARID, "manager", [cast.LOGISTICS], "test")


def seen(session: Session, account: Account) -> set[str]:
    """The departments a fresh session of this account is bound to."""
    viewer = sign_in.current(session, sign_in.begin(session, account.id, sign_in.LINK))
    assert viewer is not None
    tree = Tree.read(session)
    return {tree[one].path_text for one in viewer.departments}


def test_the_deputy_sees_while_it_lasts(session: Session, badrul: Account, farid: Account) -> None:
    made = deputies.name(session, badrul, cast.FARID, now() + DAY, now() + 3 * DAY, badrul.id)
    for days, theirs in ((0, False), (1.5, True), (2.9, True), (3.1, False)):
        with time_machine.travel(now() + days * DAY, tick=False):
            assert seen(session, farid) == {cast.LOGISTICS} | ({cast.SALES} if theirs else set())
            assert seen(session, badrul) == {cast.SALES}
    [entry] = log.entries(session, badrul.id, actions=["deputy.named"])
    assert entry.actor == badrul.id
    with time_machine.travel(now() + 2 * DAY, tick=False):
        assert deputies.end(session, made.id, badrul.id, badrul.id)
        assert seen(session, farid) == {cast.LOGISTICS}
        assert not deputies.end(session, made.id, badrul.id, badrul.id), "it is over"


def test_what_is_lent_cannot_be_lent_on(session: Session, badrul: Account, farid: Account) -> None:
    third = accounts.add(session, cast.CHONG, "manager", [cast.PLANT], "test")
    for manager, one in ((badrul, cast.FARID), (farid, cast.CHONG)):
        deputies.name(session, manager, one, now(), now() + DAY, manager.id)
    assert seen(session, third) == {cast.PLANT, cast.LOGISTICS}


@pytest.mark.parametrize("end", ["disabled", "another role"])
def test_a_manager_who_may_not_see_lends_nothing(
    session: Session, badrul: Account, farid: Account, end: str
) -> None:
    deputies.name(session, badrul, cast.FARID, now(), now() + DAY, badrul.id)
    if end == "disabled":
        accounts.disable(session, cast.BADRUL, "test")
    else:
        accounts.add(session, cast.BADRUL, "auditor", (), "test")
    assert seen(session, farid) == {cast.LOGISTICS}


@pytest.mark.parametrize(
    ("deputy", "days", "field"),
    [
        (cast.BADRUL, (0, 1), "deputy"),
        (cast.DEVI, (0, 1), "deputy"),
        (cast.AMINAH, (0, 1), "deputy"),
        (cast.FARID, (2, 1), "until"),
        (cast.FARID, (-3, -1), "until"),
        (cast.FARID, (0, 400), "until"),
    ],
)
def test_a_deputy_who_cannot_be_is_refused(
    session: Session,
    badrul: Account,
    farid: Account,
    deputy: str,
    days: tuple[int, int],
    field: str,
) -> None:
    accounts.add(session, cast.AMINAH, "hr", (), "test")
    first, last = (now() + one * DAY for one in days)
    with pytest.raises(AccountRefused, match=f"^{field}: "):
        deputies.name(session, badrul, deputy, first, last, badrul.id)


def test_only_a_manager_has_one(session: Session, farid: Account) -> None:
    aminah = accounts.add(session, cast.AMINAH, "hr", (), "test")
    with pytest.raises(AccountRefused, match=r"^email: "):
        deputies.name(session, aminah, cast.FARID, now(), now() + DAY, aminah.id)


def test_nobody_ends_what_another_manager_lent(
    session: Session, badrul: Account, farid: Account
) -> None:
    made = deputies.name(session, badrul, cast.FARID, now(), now() + DAY, badrul.id)
    assert not deputies.end(session, made.id, farid.id, farid.id)
    accounts.erase(session, farid, "test")
    assert deputies.standing(session) == []
