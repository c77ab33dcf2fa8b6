"""Which managers of the people file could read results, and of which departments.

Proposed is only what somebody leads whole: a department where everybody else, with all below it,
reports to them, directly or through others. So no account is proposed that would show the results of people
who report to another.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.access.models import Account
from app.people import directory
from app.people.directory import Person
from app.people.tree import Node, Tree


@dataclass(frozen=True)
class Proposal:
    """A manager without an account, and the departments they lead whole; none: choose by hand."""

    person: Person
    departments: tuple[Node, ...]


def proposals(session: Session) -> list[Proposal]:
    """The managers with an address and without an account, by name; those with departments first."""
    people = directory.active(session)
    here = {person.employee_id: person for person in people}
    managers = {one.manager_id for one in people if one.manager_id in here}
    tree = Tree.read(session)
    led = _led(tree, people, here)
    known = set(session.exec(select(col(Account.email))))
    found = [
        Proposal(here[one], tuple(led.get(one, ())))
        for one in managers
        if here[one].email and here[one].email.lower() not in known
    ]
    return sorted(found, key=lambda one: (not one.departments, one.person.name.casefold()))


def _led(tree: Tree, people: Collection[Person], here: dict[str, Person]) -> dict[str, list[Node]]:
    """For each leader the highest departments where everybody else reports to them."""
    above = _above(people, here)
    common: dict[str, set[str]] = {}
    for person in people:
        if person.department_id in tree:
            _narrow(common, person.department_id, above[person.employee_id])
    count = Counter(person.department_id for person in people)
    for node in reversed(tree.nodes):
        if node.parent_id is not None and node.id in common:
            _narrow(common, node.parent_id, common[node.id])
            count[node.parent_id] += count[node.id]
    led: dict[str, list[Node]] = {}
    for node in tree.nodes:
        for leader in common.get(node.id, ()):
            alone = count[node.id] == 1 and here[leader].department_id in tree.subtree_ids(node.id)
            if not alone and leader not in common.get(node.parent_id or "", ()):
                led.setdefault(leader, []).append(node)
    return led


def _narrow(common: dict[str, set[str]], department_id: str, leaders: set[str]) -> None:
    if department_id in common:
        common[department_id] &= leaders
    else:
        common[department_id] = set(leaders)


def _above(people: Collection[Person], here: dict[str, Person]) -> dict[str, set[str]]:
    """Everybody with all who are above them; a circle ends where it began."""
    found = {}
    for person in people:
        leaders = {person.employee_id}
        one = person
        while one.manager_id in here and one.manager_id not in leaders:
            leaders.add(one.manager_id)
            one = here[one.manager_id]
        found[person.employee_id] = leaders
    return found
