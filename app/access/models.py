"""Accounts that may sign in, what they may see, their one-time links and their sessions."""

from datetime import datetime
from functools import partial

from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.tokens import random_code, random_token


class Account(SQLModel, table=True):
    """Somebody who signs in; respondents never do."""

    __tablename__ = "account"

    id: str = Field(default_factory=random_token, primary_key=True)
    email: str = Field(unique=True)
    role: str
    language: str = ""
    created_at: datetime = Field(default_factory=now)
    disabled_at: datetime | None = None


class AccountDepartment(SQLModel, table=True):
    """A department (with all below it) that a manager's account may see."""

    __tablename__ = "account_department"

    account_id: str = Field(primary_key=True, foreign_key="account.id")
    department_id: str = Field(primary_key=True, foreign_key="department.id")


class SignInLink(SQLModel, table=True):
    """A one-time link; only its fingerprint is stored."""

    __tablename__ = "sign_in_link"

    token_hash: bytes = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime


class StaffSession(SQLModel, table=True):
    """One signed-in browser; only its cookie's fingerprint is stored."""

    __tablename__ = "staff_session"

    token_hash: bytes = Field(primary_key=True)
    # What it is called where sessions are listed; no secret.
    id: str = Field(default_factory=partial(random_code, 12), unique=True)
    # By link, by password or at the provider; and roughly which browser it is.
    how: str
    browser: str = ""
    account_id: str = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(default_factory=now)
    seen_at: datetime = Field(default_factory=now)


class AccountPassword(SQLModel, table=True):
    """How somebody signs in where no mail is: a password, and the secret of an app that makes codes."""

    __tablename__ = "account_password"

    account_id: str = Field(primary_key=True, foreign_key="account.id")
    hash: str
    changed_at: datetime = Field(default_factory=now)
    # The app's secret, sealed by this server key.
    server_key: str
    sealed_secret: bytes
    # The half minute of the last code that was used: neither it nor an earlier one works again.
    last_step: int = 0


class RecoveryCode(SQLModel, table=True):
    """What works once in place of the app's code; only its fingerprint is stored."""

    __tablename__ = "recovery_code"

    code_hash: bytes = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)


class Deputy(SQLModel, table=True):
    """Somebody sees for a while what a manager sees."""

    __tablename__ = "deputy"

    id: str = Field(default_factory=random_token, primary_key=True)
    manager_id: str = Field(foreign_key="account.id", index=True)
    deputy_id: str = Field(foreign_key="account.id", index=True)
    begins_at: datetime
    ends_at: datetime
    created_at: datetime = Field(default_factory=now)
    created_by: str


class ApiKey(SQLModel, table=True):
    """What a program signs in with; only its fingerprint is stored."""

    __tablename__ = "api_key"

    id: str = Field(default_factory=random_code, primary_key=True)
    name: str
    role: str
    key_hash: bytes = Field(unique=True)
    created_at: datetime = Field(default_factory=now)
    created_by: str
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class ApiKeyDepartment(SQLModel, table=True):
    """A department (with all below it) that a manager's key may see."""

    __tablename__ = "api_key_department"

    key_id: str = Field(primary_key=True, foreign_key="api_key.id")
    department_id: str = Field(primary_key=True, foreign_key="department.id")


class ApiReply(SQLModel, table=True):
    """What was answered to a request that may be sent again under the same key of its own."""

    __tablename__ = "api_reply"

    key_id: str = Field(primary_key=True, foreign_key="api_key.id")
    idempotency_key: str = Field(primary_key=True)
    request_hash: bytes
    status: int = 0
    body: str = ""
    at: datetime = Field(default_factory=now, index=True)
