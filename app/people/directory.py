"""Reading who works here, as values: nothing here loads anything later by itself."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, col, func, or_, select

from app.people.models import Department, Employee
from app.people.tree import Node, Tree

# SQLite takes about 32,000 values in one statement; this is far below and still one for most.
MOST_IDS = 1_000


@dataclass(frozen=True)
class Person:
    """One employee as he is now."""

    id: str
    employee_id: str
    name: str
    email: str
    department_id: str
    manager_id: str
    language: str
    attributes: Mapping[str, str]
    active: bool


@dataclass(frozen=True)
class Page:
    """Some of the people found, and how many there are in all."""

    people: tuple[Person, ...]
    total: int


@dataclass(frozen=True)
class Counted:
    """A department with the people directly in it, and those together with all below."""

    node: Node
    direct: int
    people: int


def head_counts(session: Session, tree: Tree) -> list[Counted]:
    """Every department with its active people, in reading order; one query."""
    rows = session.exec(
        select(Employee.department_id, func.count())
        .where(_active())
        .group_by(col(Employee.department_id))
    )
    direct = dict(rows.all())
    whole = {node.id: direct.get(node.id, 0) for node in tree.nodes}
    # In reading order a parent comes before its children, so backwards each sum is complete.
    for node in reversed(tree.nodes):
        if node.parent_id is not None:
            whole[node.parent_id] += whole[node.id]
    return [Counted(node, direct.get(node.id, 0), whole[node.id]) for node in tree.nodes]


def people_count(session: Session) -> int:
    """How many are active."""
    return session.exec(select(func.count()).select_from(Employee).where(_active())).one()


def active(session: Session) -> tuple[Person, ...]:
    """Everybody who is active, by name; one query."""
    return _by_name(_people(session.exec(select(Employee).where(_active())).all()))


def in_departments(session: Session, ids: Collection[str]) -> tuple[Person, ...]:
    """Everybody active directly in one of these departments, by name."""
    found: list[Person] = []
    remaining = iter(sorted(set(ids)))
    while some := list(islice(remaining, MOST_IDS)):
        of_some = col(Employee.department_id).in_(some)
        found += _people(session.exec(select(Employee).where(_active(), of_some)).all())
    return _by_name(found)


def find(
    session: Session,
    text: str = "",
    department_id: str | None = None,
    offset: int = 0,
    limit: int = 50,
    *,
    inactive: bool = False,
) -> Page:
    """Active people (or also those who left) by name; two queries.

    `text` is looked for in names, e-mail addresses and employee ids; a department takes what is
    below it along.
    """
    wanted: list[ColumnElement[bool]] = [] if inactive else [_active()]
    if text.strip():
        wanted.append(_holds(text.strip()))
    if department_id is not None:
        wanted.append(col(Employee.department_id).in_(_below(department_id)))
    total = session.exec(select(func.count()).select_from(Employee).where(*wanted)).one()
    query = select(Employee).where(*wanted)
    ordered = query.order_by(func.lower(Employee.name), col(Employee.employee_id))
    return Page(_people(session.exec(ordered.offset(offset).limit(limit)).all()), total)


def _active() -> ColumnElement[bool]:
    return col(Employee.deactivated_at).is_(None)


def _by_name(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple(sorted(people, key=lambda one: (one.name.casefold(), one.employee_id)))


def _holds(text: str) -> ColumnElement[bool]:
    columns = (col(Employee.name), col(Employee.email), col(Employee.employee_id))
    # A percent sign that somebody types is a percent sign.
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _below(department_id: str) -> Select[tuple[str]]:
    """The ids of the department and of everything below it."""
    top = select(col(Department.id)).where(col(Department.id) == department_id)
    tree = top.cte("below", recursive=True)
    tree = tree.union(select(col(Department.id)).join(tree, col(Department.parent_id) == tree.c.id))
    return select(tree.c.id)


def _people(employees: Iterable[Employee]) -> tuple[Person, ...]:
    return tuple(
        Person(
            id=one.id,
            employee_id=one.employee_id,
            name=one.name,
            email=one.email,
            department_id=one.department_id,
            manager_id=one.manager_id,
            language=one.language,
            attributes=json.loads(one.attributes),
            active=one.deactivated_at is None,
        )
        for one in employees
    )
