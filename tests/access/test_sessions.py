"""One-time links and the sessions they begin, while time passes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from app.access import accounts, sessions, sign_in, tidying
from app.access.models import Account, SignInLink, StaffSession
from app.access.tidying import Tidying
from app.kit import jobs, leasing
from app.kit.clock import now
from app.kit.database import Database
from tests import cast
from tests.people.files import imported

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


@pytest.mark.parametrize(
    ("role", "departments", "stays"),
    [
        ("manager", [cast.SALES], True),
        ("manager", [cast.PLANT], False),
        ("manager", [cast.SALES, cast.PLANT], False),
        ("it", [], False),
    ],
)
def test_sessions_end_at_once_where_role_or_departments_change(
    database: Database, role: str, departments: list[str], stays: bool
) -> None:
    imported(database, cast.people_file())
    with database.writing() as session:
        badrul = accounts.add(session, cast.BADRUL, "manager", [cast.SALES], "test")
        cookie = sign_in.begin(session, badrul.id, sign_in.LINK)
    with database.writing() as session:
        accounts.add(session, cast.BADRUL, role, departments, "test")
    assert is_in(database, cookie) == stays


def test_a_sign_in_is_fresh_for_half_an_hour_however_busy(
    database: Database, aminah: Account
) -> None:
    cookie = redeemed(database, link(database, aminah)) or ""
    began = now()
    for minutes, fresh in ((10, True), (29, True), (31, False), (50, False)):
        with time_machine.travel(began + minutes * MINUTE, tick=False):
            assert is_in(database, cookie)
            with database.reading() as session:
                viewer = sign_in.current(session, cookie)
            assert viewer is not None
            assert viewer.is_fresh == fresh, minutes


def test_one_session_or_all_others_are_ended(database: Database, aminah: Account) -> None:
    cookies = [redeemed(database, link(database, aminah)) or "" for _ in range(3)]
    with database.writing() as session:
        ours = {cookie: sign_in.current(session, cookie) for cookie in cookies}
        first = ours[cookies[0]]
        second = ours[cookies[1]]
        assert first
        assert second
        assert sessions.end(session, aminah.id, first.session_id, aminah.id)
        assert not sessions.end(session, aminah.id, first.session_id, aminah.id), "only once"
        assert not sessions.end(session, "somebody", second.session_id, "somebody"), "not theirs"
    assert [is_in(database, cookie) for cookie in cookies] == [False, True, True]
    with database.writing() as session:
        assert len(sessions.listed(session, aminah.id)) == 2
        assert sessions.end_all(session, aminah.id, aminah.id, but=second.session_id) == 1
    assert [is_in(database, cookie) for cookie in cookies] == [False, True, False]


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
        return leasing.claim(connection, kinds, "test")
