"""The release: the one published object of a round, frozen; and the audit it passed."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class Release(SQLModel, table=True):
    """A round's results as everybody reads them, with the hash they are frozen by."""

    __tablename__ = "release"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    document: str
    hash: str
    answered: int
    at: datetime
    by: str


class HiddenComment(SQLModel, table=True):
    """HR has hidden a comment of a release, which itself stays as it is; gone when it is undone."""

    __tablename__ = "hidden_comment"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    # Of the comment in the release, from 1.
    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    by: str
    reason: str


class ReleaseAudit(SQLModel, table=True):
    """What the audit of a release did; nothing of the counts."""

    __tablename__ = "release_audit"

    round_id: str = Field(primary_key=True, foreign_key="release.round_id")
    document: str


class ReleaseSummary(SQLModel, table=True):
    """What a release prints of one group, small enough to read of many rounds or groups at once.

    Made with the release out of the release, and nothing that it does not print.
    """

    __tablename__ = "release_summary"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    # The department's stable id; empty for the whole round, `<id>/*` for what is left over.
    department_id: str = Field(primary_key=True)
    position: int
    document: str
    items: str


class RoundNote(SQLModel, table=True):
    """What HR says about a round beside its trend: what happened, what was different."""

    __tablename__ = "round_note"

    round_id: str = Field(primary_key=True, foreign_key="survey_round.id")
    at: datetime
    by: str
    text: str
