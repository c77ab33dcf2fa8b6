"""Who has answered so far, by groups large enough, and how many are missing for a result."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.campaigns import invitations, rounds
from app.campaigns.models import RoundDepartment
from app.responses import submission
from app.results import planning
from app.results.planning import DIRECT, ROOT, Shape

# As the release names them.
OTHERS = "Other departments"


@dataclass(frozen=True)
class Participation:
    """One group while its round is open; `missing` answers are needed for a result of its own."""

    department_id: str
    path: str
    name: str
    level: int
    invited: int
    answered: int
    missing: int


def so_far(session: Session, round_id: str, min_group: int) -> tuple[Participation, ...]:
    """Participation where at least `min_group` people were invited, the whole round first.

    A small department's share must not follow from its parent's and its siblings' either.
    """
    tree = rounds.tree_of(session, round_id)
    shape, shown = _shown(session, round_id, tree, min_group)
    invited = shape.totals({node.id: node.invited for node in tree})
    answered = shape.totals(submission.answered(session, round_id))
    paths = {ROOT: ("", "")} | {node.id: (node.path, node.name) for node in tree}

    def group(node_id: str, path: str, name: str, some: Sequence[str]) -> Participation:
        given = sum(answered[one] for one in some)
        return Participation(
            department_id=node_id,
            path=path,
            name=name,
            level=path.count("/") + 1 if path else 0,
            invited=sum(invited[one] for one in some),
            answered=given,
            missing=max(0, min_group - given),
        )

    found = []
    for node_id, (path, name) in paths.items():
        if node_id not in shown:
            continue
        found.append(group(node_id, path, name, [node_id]))
        rest = planning.remainder(shape, node_id, shown)
        # Who is left over follows by subtraction, so it is said; alone it would be the whole.
        if 1 < len(rest) < len(shape.parts(node_id)):
            found.append(group(f"{node_id}/*", f"{path}/*", OTHERS, rest))
    return tuple(found)


def counted(session: Session, round_id: str, min_group: int) -> tuple[str, ...]:
    """The paths of the departments whose own people's participation is told, or follows."""
    tree = rounds.tree_of(session, round_id)
    shape, shown = _shown(session, round_id, tree, min_group)
    return tuple(
        node.path
        for node in tree
        if node.invited and (node.id + DIRECT if shape.parts(node.id) else node.id) in shown
    )


def _shown(
    session: Session, round_id: str, tree: Sequence[RoundDepartment], min_group: int
) -> tuple[Shape, frozenset[str]]:
    shape = Shape.of([(node.id, node.parent_id, node.invited) for node in tree])
    # Who has left cannot answer any more: beside them a single answer would be somebody's own.
    left = invitations.left(session, round_id)
    present = {node.id: max(0, node.reachable - left.get(node.id, 0)) for node in tree}
    return shape, planning.headcounts(shape, present, min_group)
