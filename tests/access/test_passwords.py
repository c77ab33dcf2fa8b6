"""Passwords with their second factor: what is taken, what proves somebody, and that it works once."""

import threading
from datetime import timedelta

import pyotp
import pytest
import time_machine
from argon2.low_level import Type
from sqlmodel import Session

from app.access import accounts, passwords
from app.access.models import Account, AccountPassword
from app.access.passwords import PasswordRefused
from app.kit.clock import now
from app.kit.database import Database
from app.kit.runtime import Runtime
from app.kit.seal import Keyring
from app.kit.tokens import random_token
from tests import cast
from tests.conftest import SECRET

GOOD = "kucing hijau makan nasi"
KEY = pyotp.random_base32()
HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture
def aminah(runtime: Runtime) -> tuple[Account, list[str]]:
    return with_password(runtime, cast.AMINAH)


def with_password(runtime: Runtime, email: str) -> tuple[Account, list[str]]:
    """Somebody with a password, and the recovery codes; by now the first code is over."""
    with runtime.database.writing() as session:
        account = accounts.add(session, email, "hr", (), "test")
        with time_machine.travel(now() - 4 * HALF_A_MINUTE, tick=False):
            code = pyotp.TOTP(KEY).at(now())
            codes = passwords.establish(session, runtime.keyring, account, GOOD, KEY, code)
    return account, codes


def code(steps: int = 0) -> str:
    return pyotp.TOTP(KEY).at(now() + steps * HALF_A_MINUTE)


def used(runtime: Runtime, account: Account, typed: str, keyring: Keyring | None = None) -> bool:
    """Whether somebody gets in with this code, as the sign-in page asks."""
    with runtime.database.writing() as session:
        row = session.get_one(AccountPassword, account.id)
        proof = passwords.proof_of(session, keyring or runtime.keyring, row, typed)
        return proof is not None and passwords.spend(session, proof)


def test_the_hash_is_argon2id_with_what_owasp_asks_for() -> None:
    hasher = passwords.HASHER
    assert hasher.type is Type.ID
    assert (hasher.memory_cost, hasher.time_cost, hasher.parallelism) == (19_456, 2, 1)
    assert GOOD not in hasher.hash(GOOD)


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "correct horse battery staple",
        "Tr0ub4dor&3-zebra",
        "ä" * 3 + "öüß" * 4 + "xyqw plok",
        "four words and spaces ",
        "x7" + "kq9v" * 6 + "plmokn" * 17,
        "senja di pelabuhan kecil",
        "9fK!r02vQz_7",
    ],
)
def test_any_long_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    passwords.check(password, cast.AMINAH)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short pass",
        "a" * 11,
        "x" * 129,
        "aaaaaaaaaaaa",
        "123456789012",
        "abcdefghijkl",
        "abcabcabcabc",
        "password1234",
        "Password123!",
        "passwordpassword",
        "qwertyuiop12",
        "qwerty123456",
        "letmein123456",
        "welcome2026!!",
        "iloveyou1234",
        "administrator1",
        "katalaluan123",
        "rahsia123456",
        "selamatdatang1",
        "malaysia2026!",
        "Merdeka31081957",
        "1qaz2wsx3edc",
        "trustno1trustno1",
        "aminah-contoh-2026",
        "selaras-admin-01",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefused, match=r"^password: "):
        passwords.check(password, cast.AMINAH)


def test_a_password_is_compared_exactly(
    runtime: Runtime, aminah: tuple[Account, list[str]]
) -> None:
    with runtime.database.reading() as session:
        row = session.get(AccountPassword, aminah[0].id)
    assert passwords.is_right(row, GOOD)
    for wrong in (GOOD.upper(), GOOD + " ", GOOD[:-1], GOOD + "x" * 100, ""):
        assert not passwords.is_right(row, wrong)
    assert not passwords.is_right(None, GOOD)
    assert passwords.normal("e\u0301") == passwords.normal("\u00e9")


def test_a_code_works_once_and_none_before_it(
    runtime: Runtime, aminah: tuple[Account, list[str]]
) -> None:
    account, _ = aminah
    newest = code()
    assert used(runtime, account, newest)
    assert not used(runtime, account, newest), "replayed"
    assert not used(runtime, account, code(-1)), "of the half minute before"
    with time_machine.travel(now() + 2 * HALF_A_MINUTE, tick=False):
        assert used(runtime, account, f"{code()[:3]} {code()[3:]}"), "as apps show it"


def test_a_code_of_another_time_and_what_is_no_code_prove_nothing(
    runtime: Runtime, aminah: tuple[Account, list[str]]
) -> None:
    with time_machine.travel(now(), tick=False):
        right = {code(one) for one in (-1, 0, 1)}
        for typed in (*(code(steps) for steps in (-3, -2, 2, 3, 100)), "", "12345", "1234567"):
            assert typed in right or not used(runtime, aminah[0], typed)
        for typed in ("١٢٣٤٥٦", "abcdef", "x" * 12, "0x1234"):
            assert not used(runtime, aminah[0], typed)


def test_each_recovery_code_works_once_for_its_own_account(
    runtime: Runtime, aminah: tuple[Account, list[str]]
) -> None:
    account, codes = aminah
    assert len(set(codes)) == passwords.CODES
    with runtime.database.writing() as session:
        badrul = accounts.add(session, cast.BADRUL, "hr", (), "test")
        code_ = pyotp.TOTP(KEY).at(now())
        passwords.establish(session, runtime.keyring, badrul, GOOD, KEY, code_)
    assert not used(runtime, badrul, codes[0]), "somebody else's"
    assert used(runtime, account, f"{codes[0][:4]} {codes[0][4:8].upper()}-{codes[0][8:]}")
    assert not used(runtime, account, codes[0])
    assert used(runtime, account, codes[1])


def test_of_two_who_send_one_code_at_once_one_gets_in(
    runtime: Runtime, aminah: tuple[Account, list[str]]
) -> None:
    account, codes = aminah
    for typed in (code(), codes[0]):
        got: list[bool] = []
        threads = [
            threading.Thread(target=lambda: got.append(used(runtime, account, typed)))  # noqa: B023
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(got) == [False, False, False, True]


def test_neither_password_nor_secret_nor_code_is_stored(
    runtime: Runtime, aminah: tuple[Account, list[str]]
) -> None:
    _, codes = aminah
    with runtime.database.reading() as session:
        rows = [
            repr(tuple(row))
            for table in ("account_password", "recovery_code", "audit_entry")
            for row in session.connection().exec_driver_sql(f"SELECT * FROM {table}")
        ]
    assert len(rows) > passwords.CODES
    assert not [one for one in (GOOD, KEY, *codes) if one in " ".join(rows)]


def test_the_second_factor_outlives_a_new_server_key(
    runtime: Runtime, aminah: tuple[Account, list[str]]
) -> None:
    account, codes = aminah
    both = Keyring(("another-key-" + random_token() * 2, SECRET))
    assert used(runtime, account, code(), both)
    alone = Keyring(("another-key-" + random_token() * 2,))
    with time_machine.travel(now() + 2 * HALF_A_MINUTE, tick=False):
        assert not used(runtime, account, code(), alone)
        assert used(runtime, account, codes[0], alone), "a recovery code needs no key"


def test_a_disabled_account_loses_both(database: Database, runtime: Runtime) -> None:
    with database.writing() as session:
        accounts.add(session, cast.SALMAH, "hr", (), "test")
        account = accounts.add(session, cast.AMINAH, "hr", (), "test")
        passwords.establish(session, runtime.keyring, account, GOOD, KEY, pyotp.TOTP(KEY).now())
        accounts.disable(session, cast.AMINAH, "test")
        accounts.add(session, cast.AMINAH, "hr", (), "test")
        assert passwords.stands(session, account.id) == (None, 0)
    assert isinstance(session, Session)
