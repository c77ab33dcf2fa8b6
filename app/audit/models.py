"""The log of acts: who did what to what, and when."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.tokens import random_token


class AuditEntry(SQLModel, table=True):
    """One act; `detail` is a JSON object without names, addresses or answers."""

    __tablename__ = "audit_entry"

    id: str = Field(default_factory=random_token, primary_key=True)
    at: datetime = Field(default_factory=now, index=True)
    actor: str
    action: str
    subject: str
    detail: str = "{}"
