"""Who is asked: the chosen departments with all below them, as they are at this moment."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from app.kit.language import LANGUAGES, Refusal
from app.people.models import Employee
from app.people.tree import Node, Tree, folded
from app.surveys.definition import Survey
from app.surveys.paper import paper


class AudienceRefused(Refusal):
    """Nobody, or not who the survey needs; the text says what to do."""


@dataclass(frozen=True)
class Asked:
    """One person who will be invited."""

    employee_id: str
    email: str
    language: str
    department_id: str
    # As the people file has them; and the box of a breakdown, where one is large enough.
    attributes: str = "{}"
    cell: str | None = None


@dataclass(frozen=True)
class Cell:
    """People of one department with the same values of the declared breakdowns, in their order."""

    id: str
    department_id: str
    values: tuple[str, ...]
    invited: int
    reachable: int


@dataclass(frozen=True)
class Audience:
    """The people asked, the part of the tree they are in, and the side each node is on."""

    nodes: tuple[Node, ...]
    sides: Mapping[str, str]
    people: tuple[Asked, ...]
    # The groups that are reported together, as they are written, and the nodes within them.
    groups: tuple[str, ...] = ()
    merged: frozenset[str] = frozenset()
    breakdowns: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()

    def boxes(self) -> dict[str, int]:
        """People whose ballots share a box: those of a cell, and the others of each department."""
        counts: dict[str, int] = {}
        for person in self.people:
            place = person.cell or person.department_id
            counts[place] = counts.get(place, 0) + 1
        return counts

    def invited(self) -> dict[str, int]:
        """People placed directly in each node that has any."""
        counts: dict[str, int] = {}
        for person in self.people:
            counts[person.department_id] = counts.get(person.department_id, 0) + 1
        return counts

    @property
    def audience_hash(self) -> str:
        """Of who is asked and where each is placed, by ids that say nothing outside."""
        content = sorted(
            (person.employee_id, person.cell or person.department_id) for person in self.people
        )
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def reachable(self) -> dict[str, int]:
        """As `invited`, of those who can answer for themselves.

        Only they count towards the smallest group: who cannot answer protects nobody.
        """
        answering = self.answering()
        counts: dict[str, int] = {}
        for person in self.people:
            if person.employee_id in answering:
                counts[person.department_id] = counts.get(person.department_id, 0) + 1
        return counts

    def answering(self) -> frozenset[str]:
        """The people who can: by an address nobody else has, or, without any, by a slip."""
        first: dict[str, str] = {}
        for person in self.people:
            if person.email:
                first.setdefault(person.email.casefold(), person.employee_id)
        by_slip = (person.employee_id for person in self.people if not person.email)
        return frozenset((*first.values(), *by_slip))

    @property
    def tree_hash(self) -> str:
        content = [
            (node.id, node.parent_id, list(node.path), self.sides.get(node.id))
            for node in self.nodes
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def choose(
    session: Session, survey: Survey, paths: Sequence[str], sides: Mapping[str, str]
) -> Audience:
    """The audience of these department paths (all of them when none is named).

    `sides` maps a side's key to a department path; sides not named are the departments whose
    name is the side's name in any language. Raises AudienceRefused.
    """
    tree = Tree.read(session)
    chosen = _chosen(tree, paths)
    of_sides = _sides(tree, survey, sides, chosen)
    if not paper(survey):
        # Who is on no side would get an empty form.
        chosen &= of_sides.keys()
    people = _people(session, chosen)
    if not people:
        raise AudienceRefused("nobody would be asked: import people, or choose other departments")
    nodes = tuple(node for node in tree.nodes if node.id in _with_ancestors(tree, chosen))
    asked = {of_sides.get(person.department_id) for person in people}
    for side in survey.sides:
        if side.key not in asked:
            raise AudienceRefused(
                "nobody who is asked belongs to the side %(side)s: choose its department as well",
                side=side.key,
            )
    return Audience(nodes, of_sides, people)


def _chosen(tree: Tree, paths: Sequence[str]) -> set[str]:
    if not paths:
        return {node.id for node in tree.nodes}
    return {below for path in paths for below in tree.subtree_ids(_node(tree, path).id)}


def _node(tree: Tree, path: str) -> Node:
    node = tree.find(path)
    if node is None:
        known = ", ".join("/".join(node.path) for node in tree.nodes[:20]) or "none yet"
        raise AudienceRefused(
            "there is no department %(path)s; there are: %(known)s", path=path, known=known
        )
    return node


def _with_ancestors(tree: Tree, chosen: set[str]) -> set[str]:
    return chosen | {above.id for node_id in chosen for above in tree.ancestors(node_id)}


def _people(session: Session, departments: set[str]) -> tuple[Asked, ...]:
    # Not as objects: there may be a million of them.
    rows = session.connection().execute(
        select(
            col(Employee.id),
            col(Employee.email),
            col(Employee.language),
            col(Employee.department_id),
            col(Employee.attributes),
        )
        .where(col(Employee.deactivated_at).is_(None))
        .order_by(col(Employee.employee_id))
    )
    return tuple(
        Asked(
            employee_id=row.id,
            email=row.email,
            language=row.language if row.language in LANGUAGES else "",
            department_id=row.department_id,
            attributes=row.attributes,
        )
        for row in rows
        if row.department_id in departments
    )


def _sides(
    tree: Tree, survey: Survey, given: Mapping[str, str], chosen: set[str]
) -> dict[str, str]:
    """The side of every node in a side's department, itself included."""
    known = {side.key for side in survey.sides}
    for key in given.keys() - known:
        raise AudienceRefused(
            "the survey has no side %(key)s; it has: %(known)s",
            key=key,
            known=", ".join(sorted(known)),
        )
    found: dict[str, str] = {}
    for side in survey.sides:
        path = given.get(side.key)
        node = (
            _node(tree, path)
            if path
            else _named(tree, [words for _, words in side.name.entries], side.key, chosen)
        )
        for below in tree.subtree_ids(node.id):
            if below in found:
                raise AudienceRefused(
                    "%(path)s is on two sides, %(one)s and %(other)s: choose another department "
                    "for one of them",
                    path=node.path_text,
                    one=found[below],
                    other=side.key,
                )
            found[below] = side.key
    return found


def _named(tree: Tree, names: Sequence[str], key: str, chosen: set[str]) -> Node:
    wanted = {folded(name) for name in names}
    matches = [node for node in tree.nodes if node.id in chosen and folded(node.name) in wanted]
    if len(matches) != 1:
        message = (
            "%(n)s chosen departments are named %(names)s: say which one is the side %(side)s"
            if matches
            else "no chosen department is named %(names)s: say which one is the side %(side)s"
        )
        raise AudienceRefused(
            message, n=len(matches), names=" / ".join(names), side=key, field="side"
        )
    return matches[0]
