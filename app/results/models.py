"""The release: the one published object of a round, frozen."""

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
