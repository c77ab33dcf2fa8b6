"""The surveys of this installation: those that come with it, and its own with every version."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from app.kit.clock import now
from app.surveys import library
from app.surveys.definition import Survey
from app.surveys.frozen import thawed
from app.surveys.library import UnknownSurvey


class SurveyVersion(SQLModel, table=True):
    """One saved version of a survey of one's own; its text is kept by its hash and never changes."""

    __tablename__ = "survey_version"

    key: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    hash: str = Field(foreign_key="frozen_survey.hash")
    at: datetime = Field(default_factory=now)
    by: str


class SurveyDraft(SQLModel, table=True):
    """What is being edited: the tables of a template as JSON, perhaps not yet right."""

    __tablename__ = "survey_draft"

    key: str = Field(primary_key=True)
    document: str
    at: datetime = Field(default_factory=now)
    by: str


def find(session: Session, key: str) -> Survey:
    """The newest version of one's own, or the template that ships. Raises UnknownSurvey."""
    saved = versions(session, key)
    if saved:
        return thawed(session, saved[0].hash)
    if key in library.keys():  # noqa: SIM118 - a function, no dict
        return library.template(key)
    raise UnknownSurvey(key, keys(session))


def keys(session: Session) -> tuple[str, ...]:
    """Of everything that can be used: one's own first."""
    return (*own_keys(session), *library.keys())


def own_keys(session: Session) -> tuple[str, ...]:
    return tuple(session.exec(select(SurveyVersion.key).distinct().order_by(SurveyVersion.key)))


def known(session: Session) -> list[Survey]:
    return [find(session, key) for key in keys(session)]


def versions(session: Session, key: str) -> Sequence[SurveyVersion]:
    """The newest first."""
    return session.exec(
        select(SurveyVersion)
        .where(SurveyVersion.key == key)
        .order_by(col(SurveyVersion.number).desc())
    ).all()


def drafts(session: Session) -> Sequence[SurveyDraft]:
    return session.exec(select(SurveyDraft).order_by(SurveyDraft.key)).all()
