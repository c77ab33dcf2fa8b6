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
