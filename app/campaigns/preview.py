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
    everybody, totals = sum(audience.reachable().values()), _totals(audience)
    rows = [_prospect("", "", 0, everybody, min_group, participation)]
    rows += [
        _prospect(
            "/".join(node.path),
            node.name,
            len(node.path),
            totals[node.id],
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


def _totals(audience: Audience) -> dict[str, int]:
    """People who can answer, at and below each node."""
    parents = {node.id: node.parent_id for node in audience.nodes}
    totals = dict.fromkeys(parents, 0)
    for place, people in audience.reachable().items():
        node: str | None = place
        while node is not None and node in totals:
            totals[node] += people
            node = parents[node]
    return totals
