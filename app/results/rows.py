"""Files of rows, one a ballot: rule R15 of disclosure control, decided once, at the release.

A row carries the deepest group of at least ten ballots of which everything is printed. Rows of one
group hold joint answers, so somebody could find out which of them make up a smaller group that is
printed beside them. So an answer is in a group's rows only where it is printed of every such
smaller group, too: then the rows add nothing to any count of a few. What is kept is the rows as
they are printed, in an order drawn anew, and nothing else of the ballots.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from app.kit.seal import Keyring
from app.responses import kept
from app.results import audit, blocks, planning
from app.results.blocks import Block, Field
from app.results.exchange import Codes
from app.results.planning import DIRECT, ROOT, Cells, Rule, fewer_than, telling
from app.results.publication import Nodes, Publication
from app.results.row_set import RowGroup, Rows
from app.scoring.instrument import Instrument, ItemSpec

LENGTH_BYTES = 4
GROUP_BYTES = 2
# What stands between an item's key and an option's, where an answer has a count for each.
OPTION = "#"


@dataclass(frozen=True)
class _Column:
    """One answer of a ballot: the bytes it stands in, and how they are counted."""

    key: str
    start: int
    end: int
    specs: tuple[ItemSpec, ...]


def printed(
    field: Field,
    planned: Publication,
    ballots: Mapping[str, Codes],
    min_group: int,
    fewest: int,
) -> Rows | None:
    """The rows of a round as they may be given out; None where nothing may be."""
    every = _blocks(field, min_group)
    nodes = planning.plan(
        field.shape,
        lambda node: ((field.counters[node].answered,),),
        fewer_than(fewest),
        _whole(field, planned, every),
    )
    pools = _pools(field, nodes)
    if not pools:
        return None
    columns = [one for one in _columns(field.instrument) if _at_root(planned, one)]
    rule = telling(min_group, blocks.ITEM_MARGIN)
    withheld = {
        node: frozenset(_withheld(field, planned, every, columns, places, rule))
        for node, places in pools.items()
    }
    columns = [one for one in columns if any(one.key not in some for some in withheld.values())]
    keys = {one.key for one in columns}
    groups = tuple(RowGroup(_path(field, node), withheld[node] & keys) for node in pools)
    return _mixed(groups, columns, [_codes(ballots, places) for places in pools.values()])


def keep(session: Session, keyring: Keyring, round_id: str, rows: Rows) -> None:
    """Seal the rows for as long as the policy says."""
    head = json.dumps(
        {
            "groups": [[one.path, sorted(one.withheld)] for one in rows.groups],
            "columns": rows.columns,
            "width": int(rows.codes.shape[1]),
        }
    ).encode()
    content = len(head).to_bytes(LENGTH_BYTES, "big") + head
    content += rows.group.astype(">u2").tobytes() + rows.codes.tobytes()
    kept.keep(session.connection(), keyring, round_id, content)


def opened(session: Session, keyring: Keyring, round_id: str) -> Rows | None:
    """The rows that are kept, in an order drawn anew; None where there are none."""
    content = kept.opened(session.connection(), keyring, round_id)
    if content is None:
        return None
    start = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "big")
    head = json.loads(content[LENGTH_BYTES:start])
    width = head["width"]
    rows = (len(content) - start) // (GROUP_BYTES + width)
    at = start + GROUP_BYTES * rows
    group = np.frombuffer(content[start:at], dtype=">u2").astype(np.uint16)
    codes = np.frombuffer(content[at:], dtype=np.uint8).reshape(rows, width)
    order = _order(rows)
    return Rows(
        tuple(RowGroup(path, frozenset(withheld)) for path, withheld in head["groups"]),
        tuple(head["columns"]),
        group[order],
        codes[order],
    )


def _blocks(field: Field, min_group: int) -> list[Block]:
    """Every theme and item of the survey."""
    instrument = field.instrument
    return [*blocks.themes(instrument, min_group), *blocks.items(instrument, min_group)]


def _whole(field: Field, planned: Publication, every: Sequence[Block]) -> Nodes:
    """The printed nodes of which nothing is withheld that is printed of the whole round."""
    nodes = planned.printed["overall", ""]
    for block in every:
        shown = planned.printed[block.name]
        if ROOT in shown:
            nodes &= shown | {node for node in nodes if _silent(field.cells(block, node))}
    return nodes


def _pools(field: Field, nodes: Nodes) -> dict[str, list[str]]:
    """For each node that rows carry, the places whose ballots carry it."""
    above = _above(field)
    pools: dict[str, list[str]] = {}
    for place in field.shape.places(ROOT):
        if field.counters[place].answered and ROOT in nodes:
            # Who is directly in a department carries its name, like the others left over there.
            node = audit.nearest(place, above, nodes).removesuffix(DIRECT)
            pools.setdefault(node, []).append(place)
    return pools


def _withheld(
    field: Field,
    planned: Publication,
    every: Sequence[Block],
    columns: Sequence[_Column],
    places: Sequence[str],
    rule: Rule,
) -> Iterator[str]:
    """The columns that are left out of a group's rows."""
    parts = _parts(field, planned.printed["overall", ""], places)
    hidden = {
        block.name
        for block in every
        for part, some in parts.items()
        if _tells(
            planning.pooled([field.cells(block, place) for place in some]),
            block.kind == "theme" or part in planned.printed[block.name],
            rule,
        )
    }
    for column in columns:
        names = [("item", spec.key) for spec in column.specs]
        names += [("theme", spec.theme or "") for spec in column.specs if spec.scored and spec.own]
        if hidden.intersection(names):
            yield column.key


def _parts(field: Field, printed_: Nodes, places: Sequence[str]) -> dict[str, list[str]]:
    """The printed groups these places make up, each without the printed groups below it."""
    above = _above(field)
    parts: dict[str, list[str]] = {}
    for place in places:
        parts.setdefault(audit.nearest(place, above, printed_), []).append(place)
    return parts


def _tells(cells: Cells, may: bool, rule: Rule) -> bool:
    """Whether a block's counts of one part may not be known.

    A theme's classes follow from its items' rows, so of them only what tells about a few, or
    that all are alike, is kept back: who holds the rows sees who is not.
    """
    return not _silent(cells) and (not may or rule(cells[0]))


def _silent(cells: Cells) -> bool:
    """Whether nobody answered, nor said that it does not apply."""
    return not any(map(sum, cells))


def _columns(instrument: Instrument) -> list[_Column]:
    """The answers of a ballot, one a column of the file, in their order."""
    found: dict[str, list[int]] = {}
    for at, spec in enumerate(instrument.items):
        found.setdefault(spec.key.partition(OPTION)[0], []).append(at)
    return [
        _Column(key, at[0], at[-1] + 1, instrument.items[at[0] : at[-1] + 1])
        for key, at in found.items()
    ]


def _at_root(planned: Publication, column: _Column) -> bool:
    return all(ROOT in planned.printed["item", spec.key] for spec in column.specs)


def _mixed(
    groups: tuple[RowGroup, ...], columns: Sequence[_Column], pools: Sequence[Codes]
) -> Rows:
    """The rows of all groups, their withheld answers taken out, in an order drawn by lot."""
    kept_bytes = [byte for one in columns for byte in range(one.start, one.end)]
    blanked = []
    for group, codes in zip(groups, pools, strict=True):
        anew = codes.copy()
        for column in columns:
            if column.key in group.withheld:
                anew[:, column.start : column.end] = 0
        blanked.append(anew[:, kept_bytes])
    number = np.repeat(np.arange(len(pools), dtype=np.uint16), [len(one) for one in pools])
    order = _order(len(number))
    return Rows(
        groups,
        tuple(one.key for one in columns),
        number[order],
        np.concatenate(blanked)[order],
    )


def _codes(ballots: Mapping[str, Codes], places: Sequence[str]) -> Codes:
    return np.concatenate([ballots[place.removesuffix(DIRECT)] for place in places])


def _above(field: Field) -> dict[str, str]:
    return {part: node for node, parts in field.shape.below.items() for part in parts}


def _path(field: Field, node: str) -> str:
    found = field.nodes.get(node)
    return found.path if found else ""


def _order(rows: int) -> NDArray[np.intp]:
    """An order that nobody can work out: drawn from the system's own chance."""
    return np.argsort(np.frombuffer(os.urandom(8 * rows), dtype=np.uint64), kind="stable")
