"""One person changed by hand: every field checked, each mistake said at its field."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, func, select

from app.kit.clock import now
from app.kit.language import Language
from app.people import cells, known
from app.people.cells import Wrong
from app.people.columns import ATTRIBUTES
from app.people.models import Department, Employee
from app.people.problems import FORM_MESSAGES, ROW_MESSAGES

FIELDS = ("name", "email", "department", "manager_id", "language", *ATTRIBUTES)


@dataclass
class Checked:
    """The fields of the form as checked values, and what is wrong with the others."""

    values: dict[str, str]
    wrong: dict[str, Wrong] = field(default_factory=dict)

    def errors(self, language: Language) -> dict[str, str]:
        return {name: _sentence(wrong, language) for name, wrong in self.wrong.items()}


def check(session: Session, given: Mapping[str, str], person: Employee | None) -> Checked:
    """Check what was typed; `department` holds an id. For a new person the employee id as well."""
    checked = Checked({})
    for name in FIELDS if person else ("employee_id", *FIELDS):
        rule = cells.text if name == "department" else cells.CHECKS.get(name, cells.text)
        try:
            checked.values[name] = rule(given.get(name, ""))
        except Wrong as wrong:
            checked.wrong[name] = wrong
    for name, rule_of in (
        ("employee_id", _id_taken),
        ("department", _no_department),
        ("email", _email_taken),
        ("manager_id", _manager),
    ):
        if name in checked.values:
            try:
                checked.values[name] = rule_of(session, checked.values[name], person)
            except Wrong as wrong:
                checked.wrong[name] = wrong
    return checked


def add(session: Session, values: Mapping[str, str]) -> Employee:
    """Add somebody whose values were checked in this transaction."""
    person = Employee(employee_id=values["employee_id"], department_id=values["department"])
    change(session, person, values)
    return person


def change(session: Session, person: Employee, values: Mapping[str, str]) -> list[str]:
    """Store checked values; returns the names of the fields that changed."""
    attributes = {name: values[name] for name in ATTRIBUTES if values.get(name)}
    after = {
        "name": values["name"],
        "email": values["email"],
        "department_id": values["department"],
        "manager_id": values["manager_id"],
        "language": values["language"],
    }
    changed = [name for name, value in after.items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, after[name])
    if json.loads(person.attributes) != attributes:
        person.attributes = json.dumps(attributes, ensure_ascii=False)
        changed.append("attributes")
    session.add(person)
    session.flush()
    return changed


def deactivate(session: Session, person: Employee) -> None:
    """Somebody has left: no round asks them any more, and no mail goes out to them."""
    known.lock(session)
    person.deactivated_at = now()
    session.add(person)


def reactivate(session: Session, person: Employee) -> None:
    """Somebody is back. Raises Wrong where their address or department is not free any more."""
    known.lock(session)
    _no_department(session, person.department_id, person)
    _email_taken(session, person.email, person)
    person.deactivated_at = None
    session.add(person)


def told(wrong: Wrong, language: Language) -> str:
    """The sentence of one mistake."""
    return _sentence(wrong, language)


def _sentence(wrong: Wrong, language: Language) -> str:
    if wrong.key in FORM_MESSAGES:
        text = language.text(FORM_MESSAGES[wrong.key], **dict(wrong.values))
    else:
        text = language.text(ROW_MESSAGES[wrong.key], **dict(wrong.values))
    return f"{text[0].upper()}{text[1:]}."


def _id_taken(session: Session, employee_id: str, _person: Employee | None) -> str:
    known.lock(session)
    if session.exec(select(Employee.id).where(Employee.employee_id == employee_id)).first():
        raise Wrong("id_taken")
    return employee_id


def _no_department(session: Session, department_id: str, _person: Employee | None) -> str:
    department = session.get(Department, department_id) if department_id else None
    if department is None or department.retired_at is not None:
        raise Wrong("department_missing")
    return department_id


def _email_taken(session: Session, email: str, person: Employee | None) -> str:
    if not email:
        return ""
    other = session.exec(
        select(Employee).where(
            func.lower(Employee.email) == email.lower(),
            col(Employee.deactivated_at).is_(None),
            col(Employee.id) != (person.id if person else ""),
        )
    ).first()
    if other is not None:
        raise Wrong("email_taken", other=other.employee_id)
    return email


def _manager(session: Session, given: str, person: Employee | None) -> str:
    """The employee id of the manager, who may be named by address too."""
    if not given:
        return ""
    by_id = select(Employee).where(Employee.employee_id == given)
    by_email = select(Employee).where(
        func.lower(Employee.email) == given.lower(), col(Employee.deactivated_at).is_(None)
    )
    manager = session.exec(by_id).first() or session.exec(by_email).first()
    if manager is None:
        raise Wrong("manager_missing")
    if person is not None:
        _refuse_loop(session, person, manager.employee_id)
    return manager.employee_id


def _refuse_loop(session: Session, person: Employee, manager_id: str) -> None:
    if manager_id == person.employee_id:
        raise Wrong("manager_self")
    path = [person.employee_id]
    above = manager_id
    while above and above not in path:
        path.append(above)
        found = session.exec(
            select(Employee.manager_id).where(Employee.employee_id == above)
        ).first()
        above = found or ""
    if above == person.employee_id:
        raise Wrong("manager_loop", loop=" > ".join([*path[:6], above]))
