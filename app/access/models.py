"""Accounts that may sign in, what they may see, their one-time links and their sessions."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.tokens import random_token


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
    account_id: str = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(default_factory=now)
    seen_at: datetime = Field(default_factory=now)
