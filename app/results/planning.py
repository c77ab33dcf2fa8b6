"""Which groups may be printed: rules R1 to R5 and R13 of disclosure control, for one block.

A block is a set of counts that are printed or hidden together: the classes of the respondents,
those of a theme, the answers to an item. Groups are nodes of one tree, so what is hidden must not
follow from its parent and its siblings by subtraction.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

Counts = tuple[int, ...]
ROOT = ""
# People placed directly in an inner node: a leaf below it.
DIRECT = "/direct"
# The counts of one group: first the table that is printed, then what follows from it and from
# other figures where it is left over. The first decides over a group, all decide over a remainder.
Cells = tuple[Counts, ...]
# Whether printing a table, or letting it follow from others, would tell about a few.
Rule = Callable[[Counts], bool]


@dataclass(frozen=True)
class Shape:
    """The tree of a round: what is directly below each node, the root being the empty name.

    People placed directly in an inner node are a leaf of their own below it, named after it.
    """

    below: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, nodes: Sequence[tuple[str, str | None, int]]) -> "Shape":
        """The tree of these nodes, each with its parent and the people placed directly in it.

        A branch without people is left out, so that it changes nothing.
        """
        placed = {node: people for node, _, people in nodes}
        below: dict[str, list[str]] = {ROOT: []}
        for node, parent, _ in nodes:
            below.setdefault(parent if parent in placed else ROOT, []).append(node)
        peopled: dict[str, tuple[str, ...]] = {}

        def visit(node: str) -> bool:
            parts = [part for part in below.get(node, ()) if visit(part)]
            own = placed.get(node, 0)
            if parts and own:
                parts.append(node + DIRECT)
            peopled[node] = tuple(parts)
            return bool(parts or own)

        visit(ROOT)
        return cls(peopled)

    def parts(self, node: str) -> tuple[str, ...]:
        return tuple(self.below.get(node, ()))

    def places(self, node: str) -> Iterator[str]:
        """The nodes at and below it that nothing is below: where people are counted."""
        parts = self.parts(node)
        if not parts:
            yield node
        for part in parts:
            yield from self.places(part)

    def totals(self, placed: Mapping[str, int]) -> dict[str, int]:
        """What is counted at and below each node, from the counts of who is directly in it."""
        sums: dict[str, int] = {}

        def add(node: str) -> int:
            parts = self.parts(node)
            own = placed.get(node.removesuffix(DIRECT), 0)
            sums[node] = sum(map(add, parts)) if parts else own
            return sums[node]

        add(ROOT)
        return sums


def telling(smallest: int, margin: int) -> Rule:
    """Sensitive: fewer than `smallest` answers, or all of them in one class but for `margin`."""
    return lambda counts: sum(counts) < smallest or max(counts) >= sum(counts) - margin


def fewer_than(smallest: int) -> Rule:
    """Sensitive: fewer than `smallest` of what is counted."""
    return lambda counts: sum(counts) < smallest


def plan(
    shape: Shape,
    cells: Callable[[str], Cells],
    sensitive: Rule,
    allowed: Collection[str] | None = None,
) -> frozenset[str]:
    """The nodes whose counts are printed, from the root down.

    Below a printed node the sensitive children are hidden; while what is hidden together is
    itself sensitive, the smallest child still visible is hidden too. Below a hidden node nothing
    is printed. `allowed` leaves out nodes that another block has hidden.
    """
    if sensitive(cells(ROOT)[0]) or not _may(ROOT, allowed):
        return frozenset()
    return frozenset(_printed(ROOT, shape, cells, sensitive, allowed))


def headcounts(shape: Shape, people: Mapping[str, int], smallest: int) -> frozenset[str]:
    """The nodes whose participation is shown: enough people asked, also where it is left over.

    `people` counts who is directly in each node. Every release keeps to it, so that the number
    who answered of a few does not follow from two pages.
    """
    asked = shape.totals(people)
    return plan(shape, lambda node: ((asked[node],),), fewer_than(smallest))


def remainder(shape: Shape, node: str, printed: Collection[str]) -> tuple[str, ...]:
    """The hidden children of a printed node: what follows from it by subtraction."""
    return tuple(child for child in shape.parts(node) if child not in printed)


def pooled(cells: Sequence[Cells]) -> Cells:
    """The counts of several groups together."""
    return tuple(tuple(map(sum, zip(*tables, strict=True))) for tables in zip(*cells, strict=True))


def _printed(
    node: str,
    shape: Shape,
    cells: Callable[[str], Cells],
    sensitive: Rule,
    allowed: Collection[str] | None,
) -> Iterator[str]:
    yield node
    counts = {child: cells(child) for child in shape.parts(node)}
    visible = [
        child
        for child in shape.parts(node)
        if _may(child, allowed) and not sensitive(counts[child][0])
    ]
    while visible and _tells(counts, visible, sensitive):
        visible.remove(min(visible, key=lambda child: (_size(counts[child]), child)))
    for child in visible:
        yield from _printed(child, shape, cells, sensitive, allowed)


def _tells(counts: Mapping[str, Cells], visible: Sequence[str], sensitive: Rule) -> bool:
    """Whether what is hidden would follow by subtraction, and is sensitive."""
    rest = [cells for child, cells in counts.items() if child not in visible]
    return any(sum(table) and sensitive(table) for table in pooled(rest))


def _may(node: str, allowed: Collection[str] | None) -> bool:
    return allowed is None or node in allowed


def _size(cells: Cells) -> int:
    return sum(cells[0])
