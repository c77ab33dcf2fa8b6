"""An indicator, and its value for a month: of the whole company, or of one department."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.tokens import random_token


class Indicator(SQLModel, table=True):
    """A figure people agreed to watch; one that was deleted can be brought back for a while."""

    __tablename__ = "indicator"

    id: str = Field(default_factory=random_token, primary_key=True)
    key: str = Field(unique=True)
    name_en: str
    name_ms: str
    unit: str = ""
    # "higher" or "lower": which way is better.
    better: str
    target: float | None = None
    # What the departments have promised each other.
    service_level: float | None = None
    # The sign of misalignment it is evidence of, if any.
    sign: str = ""
    source: str = ""
    created_at: datetime = Field(default_factory=now)
    deleted_at: datetime | None = None


class IndicatorValue(SQLModel, table=True):
    """One month's value; `department_id` is empty where it is the whole company's."""

    __tablename__ = "indicator_value"

    indicator_id: str = Field(primary_key=True, foreign_key="indicator.id")
    # The department's lasting id: a renamed or moved one keeps its line.
    department_id: str = Field(primary_key=True)
    # "2026-03": no day, no zone.
    period: str = Field(primary_key=True)
    value: float
    at: datetime = Field(default_factory=now)
    by: str
    deleted_at: datetime | None = None
