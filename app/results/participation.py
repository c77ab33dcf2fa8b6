"""Who has answered so far, by groups large enough, and how many are missing for a result."""

from dataclasses import dataclass

from sqlmodel import Session

from app.campaigns import rounds
from app.responses import submission
from app.results import planning
from app.results.planning import DIRECT, ROOT, Shape


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
    cast = submission.answered(session, round_id)
    below: dict[str, list[str]] = {ROOT: []}
    for node in tree:
        below.setdefault(node.parent_id or ROOT, []).append(node.id)
        below.setdefault(node.id, [])
    direct = {node.id: (node.invited, cast.get(node.id, 0)) for node in tree}
    for node in tree:
        if below[node.id] and node.invited:
            below[node.id].append(node.id + DIRECT)
    sums: dict[str, tuple[int, int]] = {}

    def add(node: str) -> tuple[int, int]:
        own = direct.get(node.removesuffix(DIRECT), (0, 0))
        parts = [add(part) for part in below.get(node, ())]
        sums[node] = tuple(map(sum, zip(*parts, strict=True))) if parts else own  # type: ignore[assignment]
        return sums[node]

    add(ROOT)
    shape = Shape(
        {node: [part for part in parts if sums[part][0]] for node, parts in below.items()}
    )
    shown = planning.plan(shape, lambda node: ((sums[node][0],),), planning.fewer_than(min_group))
    groups = [(ROOT, "", "", 0)] + [
        (node.id, node.path, node.name, node.path.count("/") + 1) for node in tree
    ]
    return tuple(
        Participation(
            department_id=node_id,
            path=path,
            name=name,
            level=level,
            invited=sums[node_id][0],
            answered=sums[node_id][1],
            missing=max(0, min_group - sums[node_id][1]),
        )
        for node_id, path, name, level in groups
        if node_id in shown
    )
