"""Who has answered so far, by groups large enough, and how many are missing for a result."""

from dataclasses import dataclass

from sqlmodel import Session

from app.campaigns import invitations, rounds
from app.responses import submission
from app.results import planning
from app.results.planning import ROOT, Shape


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
    shape = Shape.of([(node.id, node.parent_id, node.invited) for node in tree])
    invited = shape.totals({node.id: node.invited for node in tree})
    answered = shape.totals(submission.answered(session, round_id))
    # Who has left cannot answer any more: beside them a single answer would be somebody's own.
    left = invitations.left(session, round_id)
    present = {node.id: max(0, node.reachable - left.get(node.id, 0)) for node in tree}
    shown = planning.headcounts(shape, present, min_group)
    groups = [(ROOT, "", "", 0)] + [
        (node.id, node.path, node.name, node.path.count("/") + 1) for node in tree
    ]
    return tuple(
        Participation(
            department_id=node_id,
            path=path,
            name=name,
            level=level,
            invited=invited[node_id],
            answered=answered[node_id],
            missing=max(0, min_group - answered[node_id]),
        )
        for node_id, path, name, level in groups
        if node_id in shown
    )
