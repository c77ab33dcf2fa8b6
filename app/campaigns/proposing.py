"""Which small neighbours are best reported together, so that more people see a result of theirs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.campaigns import preview
from app.campaigns.audience import Audience
from app.campaigns.merging import ReportingGroup
from app.campaigns.preview import Expected
from app.people.tree import Node

# From this chance on a department is left as it is, and a group of them is large enough.
ENOUGH = 0.9


@dataclass(frozen=True)
class _Part:
    """A department with all below it, or the people directly in the one above."""

    path: str
    people: int
    chance: float
    # Whether departments below it have results of their own, which would be lost in a group.
    divided: bool


def proposals(audience: Audience, min_group: int, expected: Expected) -> tuple[ReportingGroup, ...]:
    """Groups of neighbours, each with a good chance of a result of its own."""
    return tuple(_Proposing(audience, min_group, expected).within(None))


class _Proposing:
    """Walks the tree from the top; what is in a group is not looked into any more."""

    def __init__(self, audience: Audience, min_group: int, expected: Expected) -> None:
        self._audience = audience
        self._asked, self._reachable = audience.invited(), audience.reachable()
        self._totals = preview.totals(audience, self._reachable)
        self._smallest = min_group
        self._expected = expected
        peopled = preview.totals(audience, self._asked)
        self._below: dict[str | None, list[Node]] = {}
        for node in audience.nodes:
            if peopled[node.id]:
                self._below.setdefault(node.parent_id, []).append(node)

    def within(self, node: Node | None) -> Iterator[ReportingGroup]:
        """Groups of what is directly below a node, and of who is directly in it."""
        children = self._below.get(node.id if node else None, [])
        parts = [
            (self._part(one, self._totals[one.id], divided=one.id in self._below), one)
            for one in children
        ]
        if node is not None and parts and self._asked.get(node.id):
            direct = self._reachable.get(node.id, 0)
            parts.append((self._part(node, direct, divided=False), node))
        taken: set[str] = set()
        for members in self._groups(parts, self._expected(node.id if node else "")):
            # All of them together are what they are part of: that is reported anyway.
            if len(members) < len(parts):
                taken |= {one.path for one in members}
                yield _named(members, self._audience)
        for one in children:
            if one.path_text not in taken:
                yield from self.within(one)

    def _groups(
        self, parts: Sequence[tuple[_Part, Node]], rate: float
    ) -> Iterator[Sequence[_Part]]:
        def chance(people: int) -> float:
            return preview.reaching(people, self._smallest, rate)

        for some in _by_side(self._audience, parts):
            yield from _packed(some, chance)

    def _part(self, node: Node, people: int, *, divided: bool) -> _Part:
        chance = preview.reaching(people, self._smallest, self._expected(node.id))
        return _Part(node.path_text, people, chance, divided)


def _by_side(audience: Audience, parts: Sequence[tuple[_Part, Node]]) -> list[list[_Part]]:
    sides: dict[str | None, list[_Part]] = {}
    for part, node in parts:
        sides.setdefault(audience.sides.get(node.id), []).append(part)
    return list(sides.values())


def _packed(parts: Sequence[_Part], chance: Callable[[int], float]) -> list[list[_Part]]:
    """The small parts in as many groups as are large enough; who is left joins the smallest."""
    small = sorted((one for one in parts if one.chance < ENOUGH), key=_size)
    groups: list[list[_Part]] = []
    while small:
        group = [small.pop()]
        while small and chance(_people(group)) < ENOUGH:
            group.append(small.pop(_next(small, _people(group), chance)))
        groups.append(group)
    if groups and chance(_people(groups[-1])) < ENOUGH:
        left = groups.pop()
        whole = [[one] for one in parts if one.chance >= ENOUGH]
        if groups or whole:
            min(groups or whole, key=_loss).extend(left)
            groups = groups or [one for one in whole if len(one) > 1]
        else:
            groups = [left]
    return [group for group in groups if len(group) > 1]


def _next(small: Sequence[_Part], people: int, chance: Callable[[int], float]) -> int:
    """The smallest part that makes a group of so many large enough, or else the largest."""
    fitting = (n for n, one in enumerate(small) if chance(people + one.people) >= ENOUGH)
    return next(fitting, len(small) - 1)


def _named(members: Sequence[_Part], audience: Audience) -> ReportingGroup:
    order = {node.path_text: place for place, node in enumerate(audience.nodes)}
    paths = sorted((one.path for one in members), key=order.__getitem__)
    return ReportingGroup(tuple(paths), " + ".join(path.rpartition("/")[2] for path in paths))


def _people(group: Sequence[_Part]) -> int:
    return sum(one.people for one in group)


def _loss(group: Sequence[_Part]) -> tuple[bool, int]:
    return any(one.divided for one in group), _people(group)


def _size(part: _Part) -> tuple[int, str]:
    return part.people, part.path
