"""Breakdowns: which boxes are counted in the cells that are printed besides the departments.

A cell (a location, say) cuts across the tree, so it could be subtracted from departments. Let the
crossings be what printed departments and counted cells have in common, block by block: all that is
printed are sums of crossings. So it is enough that no crossing is of a few or all alike: then
nobody learns more than if every crossing were printed, and of a smaller set he has the bounds that
any hidden set has within what is counted together. A box that would make a crossing sensitive is
not counted in any cell; where that leaves over a few, neither is the smallest neighbour.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.results import audit, blocks, planning
from app.results.blocks import Block, Field
from app.results.exchange import Codes, Exchanges, Held
from app.results.planning import DIRECT, ROOT, Cells
from app.results.publication import Publication
from app.scoring.counts import Counters, empty

Values = tuple[str, ...]


@dataclass(frozen=True)
class CellBox:
    """A box of the breakdowns: its department, its values, and how many were asked."""

    id: str
    department_id: str
    values: Values
    invited: int


@dataclass(frozen=True)
class Counted:
    """What was counted in each box, the departments' own included, and the ballots in them."""

    counters: Mapping[str, Counters]
    ballots: Mapping[str, Codes]


def counted_boxes(
    field: Field,
    planned: Publication,
    boxes: Sequence[CellBox],
    counted: Counted,
    min_group: int,
) -> frozenset[str]:
    """The boxes that the cells are summed over; none where nothing is printed."""
    search = _Search(field, planned, boxes, counted, min_group)
    return search.kept() if ROOT in planned.printed["overall", ""] else frozenset()


class _Search:
    """Boxes are taken out until no crossing tells of a few."""

    def __init__(
        self,
        field: Field,
        planned: Publication,
        boxes: Sequence[CellBox],
        counted: Counted,
        min_group: int,
    ) -> None:
        self._planned = planned
        self._min_group = min_group
        self._counters = counted.counters
        self._nothing = empty(field.instrument)
        self._exchanges = Exchanges(field.instrument, counted.ballots) if counted.ballots else None
        self._above = {part: node for node, parts in field.shape.below.items() for part in parts}
        self._values = {one.id: one.values for one in boxes if self._answered(one.id)}
        # Every box's place in the tree; those of a department are all where its people are.
        self._node = {
            place: node
            for node in field.shape.places(ROOT)
            for place in (node.removesuffix(DIRECT),)
        }
        self._node |= {one.id: self._node[one.department_id] for one in boxes}
        whole = blocks.overall(field.instrument, min_group)
        every = [
            whole,
            *blocks.themes(field.instrument, min_group),
            *blocks.items(field.instrument, min_group),
        ]
        self._blocks = [one for one in every if ROOT in planned.printed[one.name]]
        self._tables: dict[tuple[tuple[str, str], str], Cells] = {}

    def kept(self) -> frozenset[str]:
        """The boxes that stay."""
        kept = set(self._values)
        while out := set(self._to_drop(kept)):
            kept -= out
        return frozenset(kept)

    def _to_drop(self, kept: set[str]) -> Iterator[str]:
        classed = self._pools(self._blocks[0]) if self._blocks else {}
        of_classes = {place: pool for pool, some in classed.items() for place in some}
        for block in self._blocks:
            for places in self._pools(block).values():
                inside = [place for place in places if place in kept]
                if not inside:
                    continue
                crossings: dict[Values, list[str]] = {}
                for place in places:
                    crossings.setdefault(self._values[place] if place in kept else (), []).append(
                        place
                    )
                for values, some in crossings.items():
                    if self._tells(block, values, some) or self._together(block, some, of_classes):
                        yield min(some if values else inside, key=self._size)

    def _tells(self, block: Block, values: Values, places: Sequence[str]) -> bool:
        tables = planning.pooled([self._table(block, place) for place in places])
        if not any(map(sum, tables)):
            return False
        if values:
            return block.sensitive(tables[0])
        return any(sum(table) and block.sensitive(table) for table in tables)

    def _together(self, block: Block, places: Sequence[str], of_classes: Mapping[str, str]) -> bool:
        """Whether an answer of a few follows from this block and the classes beside it."""
        exchanges = self._exchanges
        if exchanges is None or block.kind != "item" or block.key not in exchanges.items:
            return False
        above = {place: self._above.get(self._node[place], "") for place in places}
        return exchanges.tell(block.key, Held(list(places), above, of_classes), self._min_group)

    def _pools(self, block: Block) -> dict[str, list[str]]:
        """The boxes by the printed node that is nearest above them."""
        pools: dict[str, list[str]] = {}
        for place, node in self._node.items():
            if self._answered(place):
                printed = self._planned.printed[block.name]
                pools.setdefault(audit.nearest(node, self._above, printed), []).append(place)
        return pools

    def _table(self, block: Block, place: str) -> Cells:
        at = block.name, place
        if at not in self._tables:
            self._tables[at] = block.cut(self._counters.get(place, self._nothing))
        return self._tables[at]

    def _size(self, place: str) -> tuple[int, str]:
        return self._answered(place), place

    def _answered(self, place: str) -> int:
        return self._counters.get(place, self._nothing).answered
