"""Passwords with a second factor, for installations without mail: set together, asked together."""

import base64
import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, delete, func, select, update

from app.access.models import Account, AccountPassword, RecoveryCode
from app.audit import log
from app.kit.clock import now
from app.kit.database import rows_changed
from app.kit.language import Refusal
from app.kit.seal import Keyring, SealBroken, UnknownServerKey, seal, unseal
from app.kit.tokens import fingerprint, random_code

SHORTEST, LONGEST = 12, 128
# What the OWASP recommends at least: some 50 ms and 19 MiB each.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# More at once would take the memory that the service needs.
_ROOM = threading.BoundedSemaphore(4)
_NOBODYS_SECRET = pyotp.random_base32()
STEP = 30
# A phone's clock may be a step behind or ahead.
DRIFT = 1
CODES = 10
CODE_LENGTH = 12
FEWEST_LEFT = 5
# What guessing programs try first, in both languages; keyboards and counting are told by themselves.
COMMON = re.compile(
    "password|passw0rd|p@ssw0rd|katalaluan|kata laluan|rahsia|welcome|selamat|datang|letmein|"
    "iloveyou|malaysia|merdeka|administrator|admin|manager|pengurus|selaras|survey|tinjauan|"
    "qwertyuiop|qwerty|azerty|asdfghjkl|asdf|zxcvbnm|zxcv|1qaz|2wsx|3edc|sunshine|princess|"
    "football|monkey|dragon|master|superman|batman|trustno|changeme|default|secret|login|test|"
    "company|syarikat|spring|summer|autumn|winter|monday|friday|january|december|kuala|lumpur|abc"
)


@dataclass(frozen=True)
class Proof:
    """A code that was right: the app's of this half minute, or a recovery code."""

    account_id: str
    step: int = 0
    recovery: bytes = b""


class PasswordRefused(Refusal):
    """This password cannot be taken; the text says why."""


def normal(password: str) -> str:
    """The one form of a password however a keyboard composes its letters; otherwise as typed."""
    return unicodedata.normalize("NFC", password)


def check(password: str, email: str) -> None:
    """Refuse what is short, or what somebody who guesses tries first."""
    if len(password) < SHORTEST:
        raise PasswordRefused("password: use at least %(n)s characters", n=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordRefused("password: use at most %(n)s characters", n=LONGEST)
    if _is_common(password.lower(), email.lower()):
        raise PasswordRefused("password: this is easy to guess; four unrelated words are not")


def app_secret(raw: bytes) -> str:
    """The secret of an app as it is typed, of random bytes."""
    return base64.b32encode(raw[:20]).decode()


def establish(
    session: Session, keyring: Keyring, account: Account, password: str, secret: str, code: str
) -> list[str]:
    """Store both, and return the recovery codes, which are shown now and stored nowhere."""
    step = _step_of(secret, code)
    if not step:
        raise PasswordRefused("code: this is not the code the app shows; wait for the next one")
    hash_ = _hashed(password)
    row = session.get(AccountPassword, account.id) or AccountPassword(
        account_id=account.id, hash="", server_key="", sealed_secret=b""
    )
    row.hash, row.changed_at, row.last_step = hash_, now(), step
    row.server_key = keyring.current
    row.sealed_secret = seal(keyring.derive("second factor"), secret.encode(), account.id)
    session.add(row)
    log.record(session, account.id, "password.set", account.id)
    return _new_codes(session, account.id)


def stands(session: Session, account_id: str) -> tuple[AccountPassword | None, int]:
    """What somebody has: the password, and how many recovery codes are left."""
    left = session.exec(
        select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account_id)
    ).one()
    return session.get(AccountPassword, account_id), left


def is_right(row: AccountPassword | None, password: str) -> bool:
    """Whether it is the password; where there is none it takes as long to say no."""
    with _ROOM:
        # Made at the first try, whoever's it is.
        nobodys = _nobodys()
        try:
            return HASHER.verify(row.hash if row else nobodys, password) and row is not None
        except (VerificationError, InvalidHashError):
            return False


def proof_of(
    session: Session, keyring: Keyring, row: AccountPassword | None, code: str
) -> Proof | None:
    """What the code proves, where it is one of now or a recovery code; uses nothing up."""
    plain = "".join(code.split()).lower().replace("-", "")
    account_id = row.account_id if row else ""
    recovery = session.get(RecoveryCode, _code_hash(account_id, plain))
    step = _step_of(_secret(keyring, row) if row else _NOBODYS_SECRET, plain)
    if row is None:
        return None
    if recovery is not None and recovery.account_id == account_id:
        return Proof(account_id, recovery=recovery.code_hash)
    return Proof(account_id, step=step) if step > row.last_step else None


def spend(session: Session, proof: Proof) -> bool:
    """Use the code up; of two who send the same one at once, one gets in."""
    connection = session.connection()
    if proof.recovery:
        mine = delete(RecoveryCode).where(col(RecoveryCode.code_hash) == proof.recovery)
        spent = rows_changed(connection.execute(mine)) == 1
        if spent:
            log.record(session, proof.account_id, "password.code_spent", proof.account_id)
        return spent
    later = (
        update(AccountPassword)
        .where(col(AccountPassword.account_id) == proof.account_id)
        .where(col(AccountPassword.last_step) < proof.step)
        .values(last_step=proof.step)
    )
    return rows_changed(connection.execute(later)) == 1


def _new_codes(session: Session, account_id: str) -> list[str]:
    """Recovery codes; the old ones work no more."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    codes = [random_code(CODE_LENGTH) for _ in range(CODES)]
    session.add_all(
        RecoveryCode(code_hash=_code_hash(account_id, code), account_id=account_id)
        for code in codes
    )
    return codes


def _secret(keyring: Keyring, row: AccountPassword) -> str:
    try:
        key = keyring.derive("second factor", row.server_key)
        return unseal(key, row.sealed_secret, row.account_id).decode()
    except (SealBroken, UnknownServerKey):
        # The server's key was lost: a recovery code, or a link of whoever runs it, still works.
        return ""


def _step_of(secret: str, code: str) -> int:
    """The half minute this code belongs to; 0 where it is none of now."""
    if not secret or not re.fullmatch(r"\d{6}", code, re.ASCII):
        return 0
    step = int(now().timestamp()) // STEP
    app = pyotp.TOTP(secret)
    for one in range(step - DRIFT, step + DRIFT + 1):
        if pyotp.utils.strings_equal(app.generate_otp(one), code):
            return one
    return 0


@cache
def _nobodys() -> str:
    """Compared with where there is no account, so that it takes as long; nobody knows of what."""
    return HASHER.hash(random_code(40))


def _hashed(password: str) -> str:
    with _ROOM:
        return HASHER.hash(password)


def _code_hash(account_id: str, code: str) -> bytes:
    return fingerprint(f"{account_id} {code}")


def _is_common(password: str, email: str) -> bool:
    """Whether nothing is left of it but what guessing programs are made of."""
    twice = (password + password).find(password, 1)
    if len(set(password)) < FEWEST_LEFT or twice <= len(password) // 2:
        return True
    for part in re.split(r"[^a-z0-9]+", email):
        password = password.replace(part, "") if len(part) > 3 else password
    rest = COMMON.sub("", password)
    # What counts up or down, or repeats, adds nothing.
    kept = [
        character
        for before, character in pairwise(f" {rest}")
        if abs(ord(character) - ord(before)) > 1
    ]
    return sum(character.isalpha() for character in kept) < FEWEST_LEFT
