"""The counters laid over the frozen tree, and cut into blocks: what is printed or hidden together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.campaigns.models import RoundDepartment
from app.results.exchange import Codes, Exchanges
from app.results.planning import DIRECT, ROOT, Cells, Rule, Shape, fewer_than, telling
from app.scoring.classes import ClassCounts
from app.scoring.counts import Counters, Instrument, empty, total

# In the classes of people "all" and "all but one" must look alike; an item's answers are
# withheld only where all are the same.
CLASS_MARGIN = 1
ITEM_MARGIN = 0
# The classes of people in the order of a table; what a band is named after.
CLASSES = ("promoters", "passives", "detractors")

Cut = Callable[[Counters], Cells]


@dataclass(frozen=True, eq=False)
class Block:
    """One set of counts: the respondents' classes, those of a theme, or the answers to an item."""

    kind: str
    key: str
    cut: Cut
    sensitive: Rule
    # Whether its first table is classes of people, so that it may be shown as a band.
    classed: bool

    @property
    def name(self) -> tuple[str, str]:
        return self.kind, self.key


class Field:
    """The counters of every node of the tree."""

    def __init__(
        self,
        instrument: Instrument,
        leaves: Mapping[str, Counters],
        tree: Sequence[RoundDepartment],
        ballots: Mapping[str, Codes],
    ) -> None:
        self.instrument = instrument
        self.exchanges = Exchanges(instrument, ballots) if ballots else None
        self.nodes = {node.id: node for node in tree}
        self.shape = Shape.of([(node.id, node.parent_id, node.invited) for node in tree])
        # People asked, at and below each node that has any.
        self.invited = self.shape.totals({node.id: node.invited for node in tree})
        self._leaves = leaves
        self._cells: dict[tuple[tuple[str, str], str], Cells] = {}

    @cached_property
    def counters(self) -> Mapping[str, Counters]:
        """The pooled counters of every node and of the people directly in an inner one."""
        nothing = empty(self.instrument)
        pooled: dict[str, Counters] = {}

        def pool(node: str) -> Counters:
            direct = self._leaves.get(node.removesuffix(DIRECT), nothing)
            parts = self.shape.parts(node)
            below = (pool(part) for part in parts)
            pooled[node] = total(below, self.instrument) if parts else direct
            return pooled[node]

        pool(ROOT)
        return pooled

    def cells(self, block: Block, node: str) -> Cells:
        """The tables of a block in one node; they are asked for again and again."""
        at = block.name, node
        if at not in self._cells:
            self._cells[at] = block.cut(self.counters[node])
        return self._cells[at]

    def size(self, block: Block, node: str) -> int:
        """How many are counted in the block's first table."""
        return sum(self.cells(block, node)[0])


def overall(instrument: Instrument, min_group: int) -> Block:
    """The respondents' classes; only their number where the survey classes nobody."""
    if instrument.item is None and not instrument.composite:
        return Block("overall", "", _answered, fewer_than(min_group), classed=False)
    return Block("overall", "", _classed, telling(min_group, CLASS_MARGIN), classed=True)


def themes(instrument: Instrument, min_group: int) -> list[Block]:
    """The classes of people by each theme's own items."""
    rule = telling(min_group, CLASS_MARGIN)
    return [
        Block("theme", key, _theme_cut(key), rule, classed=True)
        for key in instrument.themes
        if instrument.theme_items(key)
    ]


def items(instrument: Instrument, min_group: int) -> list[Block]:
    """The answers to each item."""
    rule = telling(min_group, ITEM_MARGIN)
    return [
        Block("item", spec.key, _item_cut(spec.key, scored=spec.scored), rule, classed=False)
        for spec in instrument.items
    ]


def _answered(counters: Counters) -> Cells:
    return ((counters.answered,),)


def _classed(counters: Counters) -> Cells:
    classes = counters.classes
    # Of few who all answered too little to be classed, that follows too.
    return _table(classes), (*_table(classes), classes.unclassified)


def _table(classes: ClassCounts) -> tuple[int, ...]:
    return classes.promoters, classes.passives, classes.detractors


def _theme_cut(key: str) -> Cut:
    return lambda counters: (_table(counters.theme_classes[key]),)


def _item_cut(key: str, *, scored: bool) -> Cut:
    """The answers; of a remainder also who found it not applicable, and the answers' classes."""

    def cut(counters: Counters) -> Cells:
        answers = counters.histogram(key)
        known = (*answers, counters.not_applicable(key))
        return (answers, known, _table(counters.item_classes(key))) if scored else (answers, known)

    return cut
