"""One-time links and the sessions they begin, while time passes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session

from app.access import accounts, sign_in, tidying
from app.access.models import Account, SignInLink, StaffSession
from app.access.tidying import Tidying
from app.kit import jobs
from app.kit.clock import now
from app.kit.database import Database
from app.kit.tokens import random_token
from tests import cast

MINUTE = timedelta(minutes=1)
Move = Callable[[timedelta], None]


@pytest.fixture
def aminah(database: Database) -> Account:
    with database.writing() as session:
        return accounts.add(session, cast.AMINAH, "hr", (), "test")


def link(database: Database, account: Account, **lasts: timedelta) -> str:
    with database.writing() as session:
        return sign_in.new_link(session, account, **lasts)


def redeemed(database: Database, token: str) -> str | None:
    with database.writing() as session:
        return sign_in.redeem(session, token)


def is_in(database: Database, cookie: str) -> bool:
    """As the pages ask: in a transaction that cannot write, noting the use apart from it."""
    with database.reading() as session:
        viewer = sign_in.current(session, cookie)
    if viewer and viewer.stale:
        with database.writing() as session:
            sign_in.seen(session, cookie)
    return viewer is not None


def test_a_link_works_once(
    request: pytest.FixtureRequest, database: Database, aminah: Account
) -> None:
    token = link(database, aminah)
    with database.reading() as session:
        assert sign_in.is_usable(session, token), "looking does not use it up"
        assert sign_in.is_usable(session, token)
    cookie = redeemed(database, token)
    assert cookie is not None
    assert is_in(database, cookie)
    assert redeemed(database, token) is None


@pytest.mark.parametrize(
    ("lasts", "minutes"), [(sign_in.LINK_LASTS, 15), (sign_in.INVITATION_LASTS, 3 * 24 * 60)]
)
def test_a_link_ends_with_its_time(
    database: Database, aminah: Account, lasts: timedelta, minutes: int
) -> None:
    token = link(database, aminah, lasts=lasts)
    with time_machine.travel(now() + minutes * MINUTE + MINUTE / 60, tick=False):
        assert redeemed(database, token) is None
    with time_machine.travel(now() + minutes * MINUTE - MINUTE / 6, tick=False):
        assert redeemed(database, token) is not None


def test_neither_link_nor_cookie_is_stored(database: Database, aminah: Account) -> None:
    token = link(database, aminah)
    cookie = redeemed(database, link(database, aminah)) or ""
    with database.reading() as session:
        links = session.get(SignInLink, token.encode()), session.get(StaffSession, cookie.encode())
        assert links == (None, None)
    assert len(token) == len(cookie) == 44


def test_a_session_ends_when_it_is_not_used(database: Database, aminah: Account) -> None:
    cookie = redeemed(database, link(database, aminah)) or ""
    began = now()
    for minutes in (20, 40, 69):
        with time_machine.travel(began + minutes * MINUTE, tick=False):
            assert is_in(database, cookie), minutes
    with time_machine.travel(began + 100 * MINUTE, tick=False):
        assert not is_in(database, cookie)


def test_a_session_ends_after_half_a_day_however_busy(database: Database, aminah: Account) -> None:
    cookie = redeemed(database, link(database, aminah)) or ""
    began = now()
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(began + minutes * MINUTE, tick=False):
            assert is_in(database, cookie), minutes
    with time_machine.travel(began + (12 * 60 + 1) * MINUTE, tick=False):
        assert not is_in(database, cookie)


def test_signing_out_ends_this_session_only(database: Database, aminah: Account) -> None:
    here = redeemed(database, link(database, aminah)) or ""
    elsewhere = redeemed(database, link(database, aminah)) or ""
    with database.writing() as session:
        sign_in.sign_out(session, here)
    assert not is_in(database, here)
    assert is_in(database, elsewhere)


def test_a_role_that_changed_counts_from_the_next_request(
    database: Database, aminah: Account
) -> None:
    cookie = redeemed(database, link(database, aminah)) or ""
    with database.writing() as session:
        accounts.add(session, cast.SALMAH, "hr", (), "test")
        accounts.add(session, cast.AMINAH, "it", (), "test")
    with database.reading() as session:
        viewer = sign_in.current(session, cookie)
    assert viewer is not None
    assert not viewer.sees_all


def test_only_so_many_links_an_hour(database: Database, aminah: Account) -> None:
    def too_many(session: Session) -> bool:
        return sign_in.too_many_links(session, aminah)

    with database.writing() as session:
        for _ in range(sign_in.LINKS_AN_HOUR):
            assert not too_many(session)
            jobs.enqueue(session, sign_in.SIGN_IN, aminah.id, random_token(), now())
        assert too_many(session)
    with (
        time_machine.travel(now() + timedelta(minutes=61), tick=False),
        database.reading() as session,
    ):
        assert not too_many(session)


def test_what_is_over_is_swept(database: Database, aminah: Account) -> None:
    link(database, aminah)
    redeemed(database, link(database, aminah))
    with (
        time_machine.travel(now() + timedelta(days=1), tick=False),
        database.writing() as session,
    ):
        sign_in.sweep(session)
    with database.reading() as session:
        assert not session.connection().exec_driver_sql("SELECT 1 FROM sign_in_link").all()
        assert not session.connection().exec_driver_sql("SELECT 1 FROM staff_session").all()


def test_the_daily_job_tidies_up_and_queues_the_next(database: Database, aminah: Account) -> None:
    link(database, aminah)
    with database.writing() as session:
        tidying.plan(session)
        tidying.plan(session)
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        [lease] = _leased(database)
        assert [one.state for one in Tidying(database)([lease])] == [jobs.State.DONE]
        with database.reading() as session:
            assert not session.connection().exec_driver_sql("SELECT 1 FROM sign_in_link").all()
        assert not _leased(database), "the next one is for tomorrow"
    with time_machine.travel(now() + timedelta(days=2, minutes=1), tick=False):
        assert len(_leased(database)) >= 1


def _leased(database: Database) -> list[jobs.Lease]:
    kinds = {tidying.TIDY: jobs.Kind(Tidying(database))}
    with database.engine.begin() as connection:
        return jobs.claim(connection, kinds, "test")
