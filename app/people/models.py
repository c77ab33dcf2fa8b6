"""Departments and employees as they are now; a round keeps its own copy of both."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.tokens import random_token


class Department(SQLModel, table=True):
    """One unit of the tree; `folded_path` makes units that differ in case or space only one."""

    __tablename__ = "department"

    id: str = Field(default_factory=random_token, primary_key=True)
    parent_id: str | None = Field(default=None, foreign_key="department.id", index=True)
    name: str
    code: str | None = Field(default=None, unique=True)
    folded_path: str = Field(unique=True)


class Employee(SQLModel, table=True):
    """One person of the people file; `attributes` is a JSON object of allow-listed columns."""

    __tablename__ = "employee"

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
