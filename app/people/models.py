"""Departments and employees as they are now; a round keeps its own copy of both."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.tokens import random_token


class Department(SQLModel, table=True):
    """One unit of the tree; `folded_path` makes units that differ in case or space only one.

    One that was merged or removed stays, outside the tree: accounts and rounds may still name it.
    """

    __tablename__ = "department"

    id: str = Field(default_factory=random_token, primary_key=True)
    parent_id: str | None = Field(default=None, foreign_key="department.id", index=True)
    name: str
    code: str | None = Field(default=None, unique=True)
    folded_path: str = Field(unique=True)
    retired_at: datetime | None = None


# Who has left is found without a look at those who are there.
LEFT = text("deactivated_at IS NOT NULL")


class Employee(SQLModel, table=True):
    """One person of the people file; `attributes` is a JSON object of allow-listed columns."""

    __tablename__ = "employee"
    __table_args__ = (
        Index("ix_employee_left", "deactivated_at", sqlite_where=LEFT, postgresql_where=LEFT),
    )

    id: str = Field(default_factory=random_token, primary_key=True)
    employee_id: str = Field(unique=True)
    name: str = ""
    email: str = Field(default="", index=True)
    department_id: str = Field(foreign_key="department.id", index=True)
    manager_id: str = ""
    language: str = ""
    attributes: str = "{}"
    added_at: datetime = Field(default_factory=now)
    deactivated_at: datetime | None = None


class PeopleImport(SQLModel, table=True):
    """One import that can still be undone; `units` is a JSON list of what became of departments."""

    __tablename__ = "people_import"

    id: str = Field(default_factory=random_token, primary_key=True)
    at: datetime = Field(default_factory=now, index=True)
    by: str
    name: str
    new: int
    changed: int
    moved: int
    deactivated: int
    units: str = "[]"
    undone_at: datetime | None = None


class ImportedPerson(SQLModel, table=True):
    """Who an import touched: the row before it as JSON (empty for a newcomer), and a mark of the row after."""

    __tablename__ = "people_import_person"

    import_id: str = Field(primary_key=True, foreign_key="people_import.id")
    person_id: str = Field(primary_key=True, index=True)
    before: str
    after: bytes


class KnownColumn(SQLModel, table=True):
    """What HR said a column of that name means, for the next file; empty: it is not used."""

    __tablename__ = "people_column"

    header: str = Field(primary_key=True)
    field: str
