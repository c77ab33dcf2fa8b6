"""Disclosure control: what of the counters may be known, decided once over the whole tree.

The only module that reads the counters. What it hands on holds the counts of printed groups and
nothing of the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlmodel import Session

from app.campaigns import mentions
from app.campaigns.models import RoundDepartment
from app.campaigns.policy import Policy
from app.kit.seal import Keyring
from app.results import comments, planning
from app.results.comments import Comment
from app.results.planning import DIRECT, ROOT, Cells, Rule, Shape, fewer_than, telling
from app.results.tally import Tally, tally
from app.scoring.classes import ClassCounts
from app.scoring.counts import Counters, Instrument, empty, total
from app.surveys.definition import Survey

# In the classes of people "all" and "all but one" must look alike; an item's answers are
# withheld only where all are the same.
CLASS_MARGIN = 1
ITEM_MARGIN = 0


@dataclass(frozen=True)
class Group:
    """One group of the release; without counters it is hidden and says nothing else."""

    path: str
    name: str
    level: int
    department_id: str
    side: str | None
    invited: int
    counters: Counters | None
    themes: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()

    @property
    def disclosed(self) -> bool:
        return self.counters is not None


@dataclass(frozen=True)
class Disclosed:
    """Everything of a round that may be known."""

    groups: tuple[Group, ...]
    comments: tuple[Comment, ...]


def disclose(
    session: Session,
    keyring: Keyring,
    round_id: str,
    survey: Survey,
    policy: Policy,
    tree: Sequence[RoundDepartment],
) -> Disclosed:
    """Count a closed round and decide what of it is published."""
    counted = tally(session, keyring, round_id, survey)
    found = disclosed(counted, policy.min_group, policy.min_comments, tree)
    roster = mentions.roster(session, round_id)
    return replace(found, comments=comments.masked(found.comments, roster.masked))


def disclosed(
    counted: Tally, min_group: int, min_comments: int, tree: Sequence[RoundDepartment]
) -> Disclosed:
    """Decide over counters: which groups, and in each which themes and items, are printed."""
    field = _Field(counted, tree)
    shown = planning.headcounts(field.shape, {node.id: node.reachable for node in tree}, min_group)
    printed = field.plan(*_overall(counted.instrument, min_group), shown)
    blocks = _blocks(counted, field, min_group, printed)
    of_items = {key: nodes for (kind, key), nodes in blocks.items() if kind == "item"}
    shown_with = comments.placed(
        counted.comments,
        field.shape,
        {node.id: node.path for node in tree},
        max(min_comments, min_group),
        comments.readable(counted.comments, counted.asked_for, printed, of_items),
    )
    return Disclosed(tuple(_groups(field, printed, blocks)), shown_with)


Block = tuple[str, str]
Cut = Callable[[Counters], Cells]


class _Field:
    """The counters laid over the frozen tree."""

    def __init__(self, counted: Tally, tree: Sequence[RoundDepartment]) -> None:
        self.counted = counted
        self.nodes = {node.id: node for node in tree}
        self.shape = Shape.of([(node.id, node.parent_id, node.invited) for node in tree])
        # People asked, at and below each node that has any.
        self.invited = self.shape.totals({node.id: node.invited for node in tree})

    @cached_property
    def counters(self) -> Mapping[str, Counters]:
        """The pooled counters of every node and of the people directly in an inner one."""
        instrument, leaves = self.counted.instrument, self.counted.leaves
        nothing = empty(instrument)
        pooled: dict[str, Counters] = {}

        def pool(node: str) -> Counters:
            direct = leaves.get(node.removesuffix(DIRECT), nothing)
            parts = self.shape.parts(node)
            pooled[node] = total((pool(part) for part in parts), instrument) if parts else direct
            return pooled[node]

        pool(ROOT)
        return pooled

    def plan(
        self, cut: Cut, sensitive: Rule, allowed: frozenset[str] | None = None
    ) -> frozenset[str]:
        return planning.plan(self.shape, lambda node: cut(self.counters[node]), sensitive, allowed)


def _overall(instrument: Instrument, min_group: int) -> tuple[Cut, Rule]:
    """The respondents' classes; only their number where the survey classes nobody."""
    if instrument.item is None and not instrument.composite:
        return lambda counters: ((counters.answered,),), fewer_than(min_group)
    return _classed, telling(min_group, CLASS_MARGIN)


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


def _blocks(
    counted: Tally, field: _Field, min_group: int, printed: frozenset[str]
) -> Mapping[Block, frozenset[str]]:
    """For every theme and item, the nodes where it is printed."""
    instrument = counted.instrument
    of_classes = telling(min_group, CLASS_MARGIN)
    of_answers = telling(min_group, ITEM_MARGIN)
    cuts: dict[Block, tuple[Cut, Rule]] = {
        ("theme", key): (_theme_cut(key), of_classes)
        for key in instrument.themes
        if instrument.theme_items(key)
    }
    cuts |= {
        ("item", spec.key): (_item_cut(spec.key, scored=spec.scored), of_answers)
        for spec in instrument.items
    }
    planned = {block: field.plan(*cut, printed) for block, cut in cuts.items()}
    for theme in instrument.themes:
        items = [("item", key) for key in instrument.theme_items(theme)]
        if len(items) == 1:
            # The theme's classes follow from its single item: they are printed together or not.
            _together(planned, field, cuts, [("theme", theme), *items])
        elif items:
            # With the classes and the other items a withheld one could often be worked out.
            every = frozenset.intersection(*(planned[item] for item in items))
            planned["theme", theme] = field.plan(*cuts["theme", theme], every)
    return planned


def _together(
    planned: dict[Block, frozenset[str]],
    field: _Field,
    cuts: Mapping[Block, tuple[Cut, Rule]],
    blocks: Sequence[Block],
) -> None:
    """Plan blocks that tell of each other until they hide the same groups."""
    while len({planned[block] for block in blocks}) > 1:
        common = frozenset.intersection(*(planned[block] for block in blocks))
        for block in blocks:
            planned[block] = field.plan(*cuts[block], common)


def _groups(
    field: _Field, printed: frozenset[str], blocks: Mapping[Block, frozenset[str]]
) -> list[Group]:
    groups = []
    for node_id in (ROOT, *field.nodes):
        if node_id != ROOT and node_id not in field.invited:
            continue
        groups.append(_group(field, node_id, blocks, shown=node_id in printed))
        if node_id in printed:
            groups += _rest(field, node_id, printed, blocks)
    return groups


def _group(
    field: _Field, node_id: str, blocks: Mapping[Block, frozenset[str]], *, shown: bool
) -> Group:
    node = field.nodes.get(node_id)
    path = node.path if node else ""
    return Group(
        path=path,
        name=node.name if node else "All",
        level=path.count("/") + 1 if path else 0,
        department_id=node_id,
        side=node.side if node else None,
        invited=field.invited[node_id] if shown else 0,
        counters=field.counters[node_id] if shown else None,
        themes=_shown(blocks, "theme", node_id),
        items=_shown(blocks, "item", node_id),
    )


def _shown(blocks: Mapping[Block, frozenset[str]], kind: str, node_id: str) -> frozenset[str]:
    return frozenset(
        key for (one, key), nodes in blocks.items() if one == kind and node_id in nodes
    )


def _rest(
    field: _Field,
    node_id: str,
    printed: frozenset[str],
    blocks: Mapping[Block, frozenset[str]],
) -> list[Group]:
    """What is hidden below a printed node, together: it follows by subtraction, so it is said."""
    hidden = planning.remainder(field.shape, node_id, printed)
    visible = set(field.shape.parts(node_id)) - set(hidden)
    counters = total((field.counters[child] for child in hidden), field.counted.instrument)
    if not visible or len(hidden) < 2 or not counters.classes.n:
        return []
    # Of themes and items only those that leave over just the same people.
    same = {
        (kind, key): frozenset({node_id})
        for (kind, key), nodes in blocks.items()
        if nodes >= visible | {node_id} and _counted(counters, kind, key)
    }
    path = field.nodes[node_id].path if node_id in field.nodes else ""
    return [
        Group(
            path=f"{path}/*" if path else "/*",
            name="Other departments",
            level=path.count("/") + 2 if path else 1,
            department_id=f"{node_id}/*",
            side=None,
            invited=sum(field.invited[child] for child in hidden),
            counters=counters,
            themes=_shown(same, "theme", node_id),
            items=_shown(same, "item", node_id),
        )
    ]


def _counted(counters: Counters, kind: str, key: str) -> int:
    return counters.theme_classes[key].n if kind == "theme" else sum(counters.histogram(key))
