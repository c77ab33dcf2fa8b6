"""Changing the tree of departments by hand; rounds that were launched keep the tree they froze."""

from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from app.kit.clock import now
from app.kit.language import Refusal
from app.people import cells, known
from app.people.models import Department, Employee
from app.people.tree import SEPARATOR, Node, Tree, folded, folded_path


class ReshapingRefused(Refusal):
    """The tree cannot be changed like this; the text names the field and the remedy."""


@dataclass(frozen=True)
class Place:
    """How a department is to be called, where it is to stand, and its code."""

    name: str
    parent_id: str | None
    code: str = ""


def add(session: Session, place: Place) -> Department:
    """A new department with nobody in it. Raises ReshapingRefused."""
    known.lock(session)
    tree = Tree.read(session)
    row = Department(
        name=_name(place.name),
        parent_id=place.parent_id,
        code=_code(session, place.code, None),
        folded_path=_free_path(tree, place, None),
    )
    session.add(row)
    session.flush()
    return row


def change(session: Session, department_id: str, place: Place) -> Node:
    """Rename or move it with all below it; it stays the same department. Raises ReshapingRefused."""
    known.lock(session)
    tree = Tree.read(session)
    if place.parent_id is not None and place.parent_id in tree.subtree_ids(department_id):
        raise ReshapingRefused(
            "a department cannot stand below itself: choose another place", field="parent"
        )
    name = _name(place.name)
    path = _free_path(tree, place, department_id)
    row = session.get_one(Department, department_id)
    row.name, row.parent_id = name, place.parent_id
    row.code = _code(session, place.code, department_id)
    row.folded_path = path
    session.add(row)
    _move_below(session, tree, department_id, path)
    session.flush()
    return Tree.read(session)[department_id]


def merge(session: Session, department_id: str, other_id: str, name: str) -> Department:
    """Make one new department of two, in the place of `other_id`. Raises ReshapingRefused.

    Its people are not those of either before, so it is a new department with results of its own;
    the two are retired and keep theirs.
    """
    known.lock(session)
    tree = Tree.read(session)
    _refuse_nested(tree, department_id, other_id)
    # Before anything changes, so that a refusal leaves the tree whole.
    below = [
        node
        for one in (department_id, other_id)
        for node in tree.children(one)
        if node.id != department_id
    ]
    _refuse_twins(below)
    rows = [session.get_one(Department, one) for one in (other_id, department_id)]
    code = next((row.code for row in rows if row.code), None)
    parent_id = tree[other_id].parent_id
    wanted = _name(name)
    for row in rows:
        _retire(session, row)
    session.flush()
    place = Place(wanted, parent_id)
    made = Department(
        name=wanted,
        parent_id=parent_id,
        code=code,
        folded_path=_free_path(Tree.read(session), place, None),
    )
    session.add(made)
    session.flush()
    for node in below:
        _stand_below(session, tree, node, made)
    session.flush()
    _move_people(session, (department_id, other_id), made.id)
    session.refresh(made)
    return made


def remove(session: Session, department_id: str) -> None:
    """Take an empty department out of the tree. Raises ReshapingRefused."""
    known.lock(session)
    tree = Tree.read(session)
    people = session.exec(
        select(func.count())
        .select_from(Employee)
        .where(Employee.department_id == department_id, col(Employee.deactivated_at).is_(None))
    ).one()
    if people or tree.children(department_id):
        raise ReshapingRefused(
            "there are people or departments in it: move or merge them first", field="remove"
        )
    _retire(session, session.get_one(Department, department_id))
    session.flush()


def _name(text: str) -> str:
    try:
        clean = cells.department(text)
    except cells.Wrong:
        clean = ""
    if not clean or SEPARATOR in clean:
        raise ReshapingRefused(
            "give a name of at most %(limit)s characters without a slash",
            limit=cells.LONGEST_DEPARTMENT,
            field="name",
        )
    return clean


def _code(session: Session, text: str, department_id: str | None) -> str | None:
    try:
        code = cells.code(text)
    except cells.Wrong:
        raise ReshapingRefused(
            "give a code of at most %(limit)s characters", limit=cells.LONGEST_ID, field="code"
        ) from None
    other = session.exec(select(Department).where(Department.code == code)).one_or_none()
    if code and other is not None and other.id != department_id:
        raise ReshapingRefused(
            "%(name)s has this code: choose another", name=other.name, field="code"
        )
    return code or None


def _free_path(tree: Tree, place: Place, department_id: str | None) -> str:
    """The folded path of that place, which nobody else has and which is not too deep."""
    above = tree[place.parent_id].path if place.parent_id else ()
    path = folded_path((*above, place.name))
    taken = next((node for node in tree.nodes if folded_path(node.path) == path), None)
    if taken is not None and taken.id != department_id:
        raise ReshapingRefused(
            "there is %(path)s already: choose another name, or merge the two",
            path=taken.path_text,
            field="name",
        )
    deepest = _depth_below(tree, department_id) if department_id else 0
    if len(above) + 1 + deepest > cells.DEEPEST:
        raise ReshapingRefused(
            "the tree would have more than %(limit)s levels: choose a higher place",
            limit=cells.DEEPEST,
            field="parent",
        )
    return path


def _depth_below(tree: Tree, department_id: str) -> int:
    own = len(tree[department_id].path)
    return max((len(node.path) - own for node in tree.descendants(department_id)), default=0)


def _move_below(session: Session, tree: Tree, department_id: str, path: str) -> None:
    own = len(tree[department_id].path)
    for node in tree.descendants(department_id):
        row = session.get_one(Department, node.id)
        row.folded_path = SEPARATOR.join((path, folded_path(node.path[own:])))
        session.add(row)


def _stand_below(session: Session, tree: Tree, node: Node, parent: Department) -> None:
    row = session.get_one(Department, node.id)
    row.parent_id = parent.id
    row.folded_path = f"{parent.folded_path}{SEPARATOR}{folded(node.name)}"
    session.add(row)
    _move_below(session, tree, node.id, row.folded_path)


def _refuse_nested(tree: Tree, department_id: str, other_id: str) -> None:
    if department_id == other_id:
        raise ReshapingRefused("choose another department to merge with", field="other")
    if other_id in tree.subtree_ids(department_id):
        raise ReshapingRefused(
            "%(path)s is below this one: open it and merge it from there",
            path=tree[other_id].path_text,
            field="other",
        )


def _refuse_twins(below: list[Node]) -> None:
    seen: dict[str, Node] = {}
    for node in below:
        first = seen.setdefault(folded(node.name), node)
        if first is not node:
            raise ReshapingRefused(
                "%(first)s and %(second)s would have the same name: merge or rename them first",
                first=first.path_text,
                second=node.path_text,
                field="other",
            )


def _retire(session: Session, row: Department) -> None:
    row.retired_at = now()
    # Its place and its code are free for another.
    row.code, row.folded_path = None, f"?{row.id}"
    session.add(row)


def _move_people(session: Session, from_ids: tuple[str, str], to_id: str) -> None:
    session.connection().execute(
        update(Employee)
        .where(col(Employee.department_id).in_(from_ids))
        .values(department_id=to_id)
    )
    session.expire_all()
