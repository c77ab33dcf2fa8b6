"""What a round is likely to print, before it is launched: at expected, never full, participation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

from app.campaigns.audience import Audience

# The share of a department's people that is expected to answer, by its id; "" is everybody.
Expected = Callable[[str], float]
EXPECTED_PARTICIPATION = 0.7
# Below this chance a group is called likely too small.
LIKELY = 0.5


def as_usual(_: str) -> float:
    """What is expected of people nothing is known about."""
    return EXPECTED_PARTICIPATION


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
    audience: Audience, min_group: int, expected: Expected = as_usual
) -> tuple[Prospect, ...]:
    """Every node of the tree, the whole organisation first, with its chance of reaching k.

    The chance is that of a binomial count of answers; what a small neighbour would hide besides
    is known where the release is planned. What is reported together is one group.
    """
    everybody, below = sum(audience.reachable().values()), totals(audience, audience.reachable())
    places = [("", "", "", 0, everybody)] + [
        (node.id, node.path_text, node.name, len(node.path), below[node.id])
        for node in audience.nodes
        if node.id not in audience.merged
    ]
    return tuple(
        Prospect(
            department=path,
            name=name,
            level=level,
            invited=people,
            expected=people * expected(node_id),
            chance=reaching(people, min_group, expected(node_id)),
        )
        for node_id, path, name, level, people in places
    )


def reaching(invited: int, min_group: int, participation: float) -> float:
    """The chance that at least `min_group` of `invited` people answer."""
    # Above this the chance is 1 to many digits.
    if invited * participation > 4 * min_group + 100:
        return 1.0
    return sum(answering(invited, participation)[min_group:])


def answering(invited: int, participation: float) -> list[float]:
    """The chance of each number of answers, 0 to all."""
    yes, no = log(participation), log1p(-participation)
    ways = lgamma(invited + 1)
    return [
        exp(ways - lgamma(n + 1) - lgamma(invited - n + 1) + n * yes + (invited - n) * no)
        for n in range(invited + 1)
    ]


def totals(audience: Audience, placed: Mapping[str, int]) -> dict[str, int]:
    """People at and below each node, from those placed directly in it."""
    parents = {node.id: node.parent_id for node in audience.nodes}
    sums = dict.fromkeys(parents, 0)
    for place, people in placed.items():
        node: str | None = place
        while node is not None and node in sums:
            sums[node] += people
            node = parents[node]
    return sums
