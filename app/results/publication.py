"""What of a round is printed: every block planned, audited, and coarsened until nothing leaks."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.results import audit, blocks, planning
from app.results.audit import Band
from app.results.blocks import Block, Field
from app.results.exchange import Held
from app.results.planning import ROOT

METHOD = (
    "For every set of answers that is counted together: the smallest and the largest that each "
    "count of a hidden place, and of two hidden places under one parent, can be, given every "
    "printed figure and the number of answers of every place. Where they met above 0 for fewer "
    "people than min_group, a further group was hidden and everything was audited again."
)

Name = tuple[str, str]
Nodes = frozenset[str]


@dataclass(frozen=True)
class Audit:
    """What the audit did, in words and numbers that say nothing of the counts."""

    min_group: int
    blocks: int
    bounds: int
    leaks_found: int
    blocks_coarsened: int
    seconds: float

    def told(self) -> dict[str, Any]:
        """The report: of the whole release, so that it points at no group and no question."""
        return {"method": METHOD, **asdict(self), "leaks_left": 0}


NO_AUDIT = Audit(0, 0, 0, 0, 0, 0.0)


@dataclass(frozen=True)
class Publication:
    """The nodes where each block is printed, and those where it is shown as a band."""

    printed: Mapping[Name, Nodes]
    bands: Mapping[Name, Mapping[str, str]]
    audit: Audit


@dataclass
class _Coarsening:
    """What the audit has taken out so far, and what it took to look."""

    banned: dict[Name, set[str]] = field(default_factory=dict)
    # Of single blocks: the plan alone should leave none. What is hidden in case blocks read
    # together tell is no leak, and how often that is would itself be a clue.
    leaking: set[Name] = field(default_factory=set)
    # What has been looked at and need not be again: most blocks stay as they were.
    passed: set[object] = field(default_factory=set)
    bands: dict[object, tuple[Band, ...]] = field(default_factory=dict)
    bounds: int = 0
    leaks: int = 0

    def allowed(self, block: Block, nodes: Nodes) -> Nodes:
        return nodes - self.banned.get(block.name, set())


def publication(
    counted: Field, min_group: int, shown: Nodes, *, banded: bool = True
) -> Publication:
    """Plan every block over the whole tree; `shown` are the nodes whose headcount is.

    Where rows are given out as well nothing is `banded`: beside them a band could tell of an item.

    Where the audit finds a leak, one more group of that block is hidden and all is planned again,
    if need be up to the whole round.
    """
    started, took = time.monotonic(), _Coarsening()
    every = _every(counted, min_group)
    while True:
        printed = _planned(counted, min_group, shown, took)
        bands = _bands(counted, every, printed, shown, min_group, took) if banded else {}
        leaks = list(_leaks(counted, every, printed, bands, min_group, took))
        if not leaks:
            break
        for block, node in leaks:
            hide = _next_to_hide(counted, block, node, printed[block.name])
            took.banned.setdefault(block.name, set()).add(hide)
    names = {
        name: {band.node: blocks.CLASSES[band.at] for band in some} for name, some in bands.items()
    }
    told = Audit(
        min_group,
        len(every),
        took.bounds,
        took.leaks,
        len(took.leaking),
        round(time.monotonic() - started, 1),
    )
    return Publication(printed, names, told)


def _every(counted: Field, min_group: int) -> list[Block]:
    instrument = counted.instrument
    return [
        blocks.overall(instrument, min_group),
        *blocks.themes(instrument, min_group),
        *blocks.items(instrument, min_group),
    ]


def _planned(counted: Field, min_group: int, shown: Nodes, took: _Coarsening) -> dict[Name, Nodes]:
    """For each block the nodes where it is printed."""

    def plan(block: Block, allowed: Nodes) -> Nodes:
        return planning.plan(
            counted.shape,
            lambda node: counted.cells(block, node),
            block.sensitive,
            took.allowed(block, allowed),
        )

    instrument = counted.instrument
    whole = blocks.overall(instrument, min_group)
    printed = plan(whole, shown)
    of_items = {block.key: block for block in blocks.items(instrument, min_group)}
    planned = {block.name: plan(block, printed) for block in of_items.values()}
    for theme in blocks.themes(instrument, min_group):
        parts = [of_items[key] for key in instrument.theme_items(theme.key)]
        # With the classes and the other items a withheld one could often be worked out.
        every = frozenset.intersection(printed, *(planned[part.name] for part in parts))
        planned[theme.name] = plan(theme, every)
        while len(parts) == 1 and planned[theme.name] != planned[parts[0].name]:
            # The theme's classes follow from its single item: they are printed together or not.
            planned[parts[0].name] = plan(parts[0], planned[theme.name])
            planned[theme.name] = plan(theme, planned[parts[0].name])
    return {whole.name: printed, **planned}


def _bands(
    counted: Field,
    every: list[Block],
    printed: Mapping[Name, Nodes],
    shown: Nodes,
    min_group: int,
    took: _Coarsening,
) -> dict[Name, tuple[Band, ...]]:
    """The hidden groups that are large enough and of (nearly) one class.

    Not of themes: beside a band stood the answers to all items of the theme, which often told
    whether all or all but one were meant.
    """
    whole = every[0]
    if not whole.classed:
        return {}
    at = whole.name, printed[whole.name], shown
    if at not in took.bands:
        took.bands[at] = tuple(_kept(counted, whole, *at[1:], min_group))
    return {whole.name: took.bands[at]}


def _kept(
    counted: Field, block: Block, printed: Nodes, allowed: Nodes, min_group: int
) -> Iterator[Band]:
    """A band stays only where, with it, nothing of a few follows; the smallest goes first."""
    for node in sorted(printed):
        some = sorted(
            _alike(counted, block, node, printed, allowed, min_group),
            key=lambda band: (counted.size(block, band.node), band.node),
        )
        while some and _tell(counted, block, printed, node, some, min_group):
            some.pop(0)
        yield from some


def _alike(
    counted: Field, block: Block, node: str, printed: Nodes, allowed: Nodes, min_group: int
) -> Iterator[Band]:
    """The hidden children of a printed node whose people are all, or all but one, of one class."""
    for child in planning.remainder(counted.shape, node, printed):
        table = counted.cells(block, child)[0]
        n, most = sum(table), max(table)
        if child in allowed and n >= min_group and most >= n - blocks.CLASS_MARGIN:
            yield Band(child, frozenset(counted.shape.places(child)), table.index(most))


def _tell(
    counted: Field,
    block: Block,
    printed: Nodes,
    node: str,
    some: list[Band],
    min_group: int,
) -> bool:
    return any(
        audit.examined(pool, min_group).leaks
        for pool in _pools(counted, block, printed, tuple(some))
        if pool.node == node
    )


def _leaks(
    counted: Field,
    every: list[Block],
    printed: Mapping[Name, Nodes],
    bands: Mapping[Name, tuple[Band, ...]],
    min_group: int,
    took: _Coarsening,
) -> Iterator[tuple[Block, str]]:
    """The blocks and the printed nodes below which a count of a few follows."""
    classed = _held_by_classes(counted, printed["overall", ""], bands.get(("overall", ""), ()))
    for block in every:
        shown, said = printed[block.name], bands.get(block.name, ())
        seen = (block.name, shown, said, printed["overall", ""])
        if seen in took.passed:
            continue
        leaking, pools = set(), {}
        for pool in _pools(counted, block, shown, said):
            finding = audit.examined(pool, min_group)
            took.bounds += finding.bounds
            pools[pool.node] = pool
            if finding.leaks:
                leaking.add(pool.node)
                took.leaking.add(block.name)
        took.leaks += len(leaking)
        leaking |= {
            node
            for node, pool in pools.items()
            if node not in leaking and _tells_together(counted, block, pool, classed, min_group)
        }
        if not leaking:
            took.passed.add(seen)
        yield from ((block, node) for node in sorted(leaking))


def _tells_together(
    counted: Field, block: Block, pool: audit.Pool, classed: Mapping[str, str], min_group: int
) -> bool:
    """Whether a withheld answer could follow from the classes beside it."""
    exchanges = counted.exchanges
    if exchanges is None or block.kind != "item" or block.key not in exchanges.items:
        return False
    return exchanges.tell(block.key, Held(list(pool.tables), pool.above, classed), min_group)


def _held_by_classes(counted: Field, printed: Nodes, bands: tuple[Band, ...]) -> dict[str, str]:
    """For every place the printed node nearest above it by the classes, or the band it is in."""
    above = {part: node for node, parts in counted.shape.below.items() for part in parts}
    held = {place: audit.nearest(place, above, printed) for place in counted.shape.places(ROOT)}
    return held | {place: band.node for band in bands for place in band.places}


def _pools(
    counted: Field, block: Block, printed: Nodes, bands: tuple[Band, ...]
) -> Iterator[audit.Pool]:
    places = {place: counted.cells(block, place) for place in counted.shape.places(ROOT)}
    return audit.pools(counted.shape, places, printed, bands)


def _next_to_hide(counted: Field, block: Block, node: str, printed: Nodes) -> str:
    """The smallest child still printed; the node itself where none is."""
    visible = [child for child in counted.shape.parts(node) if child in printed]
    return min(visible, key=lambda child: (counted.size(block, child), child), default=node)
