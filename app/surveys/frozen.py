"""Surveys as people saw them, kept under the hash of their content for ever."""

from functools import lru_cache

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, Session, SQLModel

from app.surveys.canonical import from_json, to_json
from app.surveys.definition import Survey


class FrozenSurvey(SQLModel, table=True):
    """One survey's whole text; never changed once written."""

    __tablename__ = "frozen_survey"

    hash: str = Field(primary_key=True)
    document: str


def freeze(session: Session, survey: Survey) -> str:
    """Keep this survey and return its content hash."""
    connection = session.connection()
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = insert(FrozenSurvey).values(hash=survey.content_hash, document=to_json(survey))
    connection.execute(statement.on_conflict_do_nothing())
    return survey.content_hash


def thawed(session: Session, content_hash: str) -> Survey:
    """The survey kept under that hash."""
    row = session.get_one(FrozenSurvey, content_hash)
    return _read(row.document)


def kept(session: Session, content_hash: str) -> bool:
    """Whether a survey is kept under that hash."""
    return session.get(FrozenSurvey, content_hash) is not None


# The same text is the same survey for ever: a process reads it once.
_read = lru_cache(maxsize=32)(from_json)
