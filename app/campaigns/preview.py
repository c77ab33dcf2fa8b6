"""What a round is likely to print, before it is launched: at expected, never full, participation."""

from dataclasses import dataclass
from math import comb

from app.campaigns.audience import Audience

EXPECTED_PARTICIPATION = 0.7
# Below this chance a group is called likely too small.
LIKELY = 0.5


@dataclass(frozen=True)
class Prospect:
    """One group's chance of a result of its own."""

    department: str
    name: str
    level: int
    invited: int
    expected: float
    chance: float
    # Large enough, and still not shown alone: a small neighbour would follow from it.
    held_back: bool = False

    @property
    def likely(self) -> bool:
        return self.chance >= LIKELY


def prospects(
    audience: Audience, min_group: int, participation: float = EXPECTED_PARTICIPATION
) -> tuple[Prospect, ...]:
    """Every node of the tree, the whole organisation first, with its chance of reaching k.

    The chance is that of a binomial count of answers; what unanimity or a small neighbour would
    hide besides is decided at release.
    """
    counted = audience.reachable()
    below = {node.id: _below(audience, node.id) for node in audience.nodes}
    rows = [_prospect("", "", 0, sum(counted.values()), min_group, participation)]
    rows += [
        _prospect(
            "/".join(node.path),
            node.name,
            len(node.path),
            sum(counted.get(one, 0) for one in below[node.id]),
            min_group,
            participation,
        )
        for node in audience.nodes
    ]
    return tuple(rows)


def reaching(invited: int, min_group: int, participation: float) -> float:
    """The chance that at least `min_group` of `invited` people answer."""
    return sum(
        comb(invited, n) * participation**n * (1 - participation) ** (invited - n)
        for n in range(min_group, invited + 1)
    )


def _prospect(
    path: str, name: str, level: int, invited: int, min_group: int, participation: float
) -> Prospect:
    # Above this the chance is 1 to many digits, and the sum has terms too large to build.
    sure = invited * participation > 4 * min_group + 100
    chance = 1.0 if sure else reaching(invited, min_group, participation)
    return Prospect(path, name, level, invited, invited * participation, chance)


def _below(audience: Audience, node_id: str) -> set[str]:
    children: dict[str | None, list[str]] = {}
    for node in audience.nodes:
        children.setdefault(node.parent_id, []).append(node.id)
    found, waiting = set(), [node_id]
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting += children.get(one, [])
    return found
