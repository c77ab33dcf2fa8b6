"""One action: what, who, by when, and what it came from."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.tokens import random_token


class Action(SQLModel, table=True):
    """Something a team does; one that was deleted can be brought back for a while."""

    __tablename__ = "action"

    id: str = Field(default_factory=random_token, primary_key=True)
    # The department's lasting id; empty where it is the whole company's.
    department_id: str = Field(default="", index=True)
    # What it is an answer to, as far as it is one.
    round_id: str | None = Field(default=None, foreign_key="survey_round.id")
    theme: str = ""
    sign: str = ""
    practice: str = ""
    what: str
    who: str = ""
    due_on: date | None = None
    notes: str = ""
    done_at: datetime | None = None
    created_at: datetime = Field(default_factory=now)
    created_by: str
    deleted_at: datetime | None = None
