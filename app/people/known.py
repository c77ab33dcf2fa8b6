"""What the database knows before an import, as plain values that can be compared."""

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.people.models import Department, Employee


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of the department table."""

    id: str
    parent_id: str | None
    name: str
    code: str | None
    folded_path: str


UNIT = tuple(field.name for field in fields(Unit))


class Person(NamedTuple):
    """One row of the employee table, its attributes still the stored text."""

    id: str
    employee_id: str
    name: str
    email: str
    department_id: str
    manager_id: str
    language: str
    attributes: str
    active: bool


@dataclass(frozen=True)
class Known:
    """Everybody by employee id, and every department."""

    people: dict[str, Person]
    units: tuple[Unit, ...]

    @property
    def active(self) -> int:
        return sum(person.active for person in self.people.values())


def read(session: Session) -> Known:
    """Two queries, whatever the size."""
    connection = session.connection()
    here = select(*_UNIT).where(col(Department.retired_at).is_(None))
    units = connection.execute(here.order_by(col(Department.id)))
    people = connection.execute(select(*_PERSON).order_by(col(Employee.employee_id))).all()
    return Known(
        people={person.employee_id: person for person in map(Person._make, people)},
        units=tuple(Unit(*row) for row in units),
    )


def lock(session: Session) -> None:
    """One change of people after another; a write to SQLite already is alone."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(select(func.pg_advisory_xact_lock(_LOCK)))


# Any number will do as long as nobody else locks it: "people" in ASCII.
_LOCK = 0x70656F706C65
# In the order of the values above.
_UNIT: tuple[Any, ...] = (
    Department.id,
    Department.parent_id,
    Department.name,
    Department.code,
    Department.folded_path,
)
_PERSON: tuple[Any, ...] = (
    Employee.id,
    Employee.employee_id,
    Employee.name,
    Employee.email,
    Employee.department_id,
    Employee.manager_id,
    Employee.language,
    Employee.attributes,
    col(Employee.deactivated_at).is_(None),
)
