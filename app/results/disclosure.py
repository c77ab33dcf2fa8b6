"""Disclosure control: what of the counters may be known, decided once over the whole tree.

The only module that reads the counters. What it hands on holds the counts of printed groups and
nothing of the others.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from app.campaigns import mentions, rounds
from app.campaigns.models import RoundDepartment
from app.campaigns.policy import Policy
from app.kit.seal import Keyring
from app.results import comments, planning, rows
from app.results.blocks import Field
from app.results.breakdowns import CellBox, Counted, counted_boxes
from app.results.comments import Comment
from app.results.exchange import Codes
from app.results.instrument import instrument_of
from app.results.planning import ROOT
from app.results.publication import NO_AUDIT, Audit, Name, Publication, publication
from app.results.row_set import Rows
from app.results.tally import Tally, asked_for, tally
from app.scoring.counts import Counters, total
from app.surveys.definition import Survey


@dataclass(frozen=True)
class Group:
    """One group of the release; without counters it is hidden and says nothing else."""

    path: str
    name: str
    level: int
    department_id: str
    side: str | None
    invited: int | None  # None where it is not known who was asked
    counters: Counters | None
    themes: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    band: "Band | None" = None

    @property
    def disclosed(self) -> bool:
        return self.counters is not None


@dataclass(frozen=True)
class Band:
    """All that is said of a group whose people are all, or all but one, of one class."""

    name: str
    n: int
    answered: int


@dataclass(frozen=True)
class Breakdown:
    """One declared breakdown: its values, each as a group; a hidden one without counters."""

    attribute: str
    cells: tuple[Group, ...]


@dataclass(frozen=True)
class Disclosed:
    """Everything of a round that may be known."""

    groups: tuple[Group, ...]
    comments: tuple[Comment, ...]
    audit: Audit
    # Not for who has the answers anyway: then small numbers are given as well.
    controlled: bool = True
    # One a ballot, as they may be given out; only where the policy allowed it.
    rows: Rows | None = None
    breakdowns: tuple[Breakdown, ...] = ()
    # Everybody who answered, also those of hidden groups.
    answered: int = 0


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
    fewest = policy.min_rows if policy.row_export else None
    boxes = tuple(
        CellBox(one.id, one.department_id, tuple(json.loads(one.cell_values)), one.invited)
        for one in rounds.cells_of(session, round_id)
    )
    found = disclosed(
        counted, policy.min_group, policy.min_comments, tree, fewest, policy.breakdowns, boxes
    )
    if found.rows is not None:
        rows.keep(session, keyring, round_id, found.rows)
    written = found.comments
    if written:
        written = comments.masked(written, mentions.roster(session, round_id).masked)
    return replace(
        found,
        comments=written,
        answered=sum(len(some) for some in counted.ballots.values()),
    )


def row_file(session: Session, keyring: Keyring, round_id: str) -> Rows | None:
    """What a release kept for files of rows; None where it is nothing, or destroyed by now."""
    return rows.opened(session, keyring, round_id)


def disclosed(
    counted: Tally,
    min_group: int,
    min_comments: int,
    tree: Sequence[RoundDepartment],
    fewest_rows: int | None = None,
    attributes: Sequence[str] = (),
    boxes: Sequence[CellBox] = (),
) -> Disclosed:
    """Decide over counters: which groups, and in each which themes and items, are printed.

    With `fewest_rows` also which rows, each among at least so many; with `boxes` also the cells
    of the breakdowns by these attributes.
    """
    by_box = Counted(counted.leaves, counted.ballots)
    counted = _of_departments(counted, boxes)
    field = Field(counted.instrument, counted.leaves, tree, counted.ballots)
    shown = planning.headcounts(field.shape, {node.id: node.reachable for node in tree}, min_group)
    planned = publication(field, min_group, shown, banded=fewest_rows is None and not attributes)
    printed_rows = None
    if fewest_rows is not None:
        printed_rows = rows.printed(field, planned, counted.ballots, min_group, fewest_rows)
    of_items = {key: nodes for (kind, key), nodes in planned.printed.items() if kind == "item"}
    shown_with = comments.placed(
        counted.comments,
        field.shape,
        {node.id: node.path for node in tree},
        max(min_comments, min_group),
        comments.readable(
            counted.comments, counted.asked_for, planned.printed["overall", ""], of_items
        ),
    )
    groups = tuple(_groups(field, planned))
    kept = counted_boxes(field, planned, boxes, by_box, min_group) if boxes else frozenset()
    return Disclosed(
        groups,
        shown_with,
        planned.audit,
        rows=printed_rows,
        breakdowns=tuple(
            Breakdown(attribute, _cells(field, planned, place, boxes, kept, by_box))
            for place, attribute in enumerate(attributes)
        ),
    )


def _of_departments(counted: Tally, boxes: Sequence[CellBox]) -> Tally:
    """The same with the boxes of the breakdowns counted in their departments."""
    if not boxes:
        return counted
    of = {one.id: one.department_id for one in boxes}
    parts: dict[str, list[str]] = {}
    for box in counted.leaves:
        parts.setdefault(of.get(box, box), []).append(box)
    return replace(
        counted,
        leaves={
            one: total((counted.leaves[box] for box in some), counted.instrument)
            for one, some in parts.items()
        },
        ballots={
            one: np.concatenate([counted.ballots[box] for box in some])
            for one, some in parts.items()
        },
        comments={
            item: tuple((of.get(box, box), words) for box, words in written)
            for item, written in counted.comments.items()
        },
    )


def _cells(
    field: Field,
    planned: Publication,
    place: int,
    boxes: Sequence[CellBox],
    kept: frozenset[str],
    by_box: Counted,
) -> tuple[Group, ...]:
    """The cells of one breakdown, each as a group over the boxes that may be counted in it."""
    values = sorted({one.values[place] for one in boxes if one.values[place]})
    names = [name for name, nodes in planned.printed.items() if ROOT in nodes]
    found = []
    for value in values:
        some = [one for one in boxes if one.id in kept and one.values[place] == value]
        counters = total((by_box.counters[one.id] for one in some), field.instrument)
        same = {
            (kind, key): frozenset({value})
            for kind, key in names
            if kind != "overall" and _counted(counters, kind, key)
        }
        found.append(
            Group(
                path=value,
                name=value,
                level=1,
                department_id="",
                side=None,
                invited=sum(one.invited for one in some),
                counters=counters if some else None,
                themes=_shown(same, "theme", value),
                items=_shown(same, "item", value),
            )
        )
    return tuple(found)


def counted(
    survey: Survey,
    leaves: Mapping[str, Counters],
    comments: Mapping[str, tuple[tuple[str, str], ...]],
    ballots: Mapping[str, Codes],
) -> Tally:
    """What a file's answers add up to, by the department of each row."""
    return Tally(instrument_of(survey), leaves, comments, asked_for(survey), ballots)


def undisguised(counted: Tally, tree: Sequence[RoundDepartment]) -> Disclosed:
    """Everything, for who has the answers anyway; never for a round."""
    field = Field(counted.instrument, counted.leaves, tree, {})
    every = frozenset(field.shape.below)
    names = [("overall", ""), *(("theme", key) for key in counted.instrument.themes)]
    names += [("item", spec.key) for spec in counted.instrument.items]
    planned = Publication(dict.fromkeys(names, every), {}, NO_AUDIT)
    shown_with = comments.placed(
        counted.comments,
        field.shape,
        {node.id: node.path for node in tree},
        0,
        dict.fromkeys(counted.comments, every),
    )
    return Disclosed(tuple(_groups(field, planned)), shown_with, NO_AUDIT, controlled=False)


def _groups(field: Field, planned: Publication) -> list[Group]:
    groups, printed = [], planned.printed["overall", ""]
    for node_id in (ROOT, *field.nodes):
        if node_id != ROOT and node_id not in field.invited:
            continue
        groups.append(_group(field, node_id, planned))
        if node_id in printed:
            groups += _rest(field, node_id, planned)
    return groups


def _group(field: Field, node_id: str, planned: Publication) -> Group:
    node = field.nodes.get(node_id)
    path = node.path if node else ""
    shown, band = node_id in planned.printed["overall", ""], _band(field, node_id, planned)
    return Group(
        path=path,
        name=node.name if node else "All",
        level=path.count("/") + 1 if path else 0,
        department_id=node_id,
        side=node.side if node else None,
        invited=field.invited[node_id] if shown or band else 0,
        counters=field.counters[node_id] if shown else None,
        themes=_shown(planned.printed, "theme", node_id),
        items=_shown(planned.printed, "item", node_id),
        band=band,
    )


def _band(field: Field, node_id: str, planned: Publication) -> Band | None:
    name = planned.bands.get(("overall", ""), {}).get(node_id)
    if name is None:
        return None
    counters = field.counters[node_id]
    return Band(name, counters.classes.n, counters.answered)


def _shown(printed: Mapping[Name, frozenset[str]], kind: str, node_id: str) -> frozenset[str]:
    return frozenset(
        key for (one, key), nodes in printed.items() if one == kind and node_id in nodes
    )


def _rest(field: Field, node_id: str, planned: Publication) -> list[Group]:
    """What is hidden below a printed node, together: it follows by subtraction, so it is said."""
    hidden = planning.remainder(field.shape, node_id, planned.printed["overall", ""])
    visible = set(field.shape.parts(node_id)) - set(hidden)
    counters = total((field.counters[child] for child in hidden), field.instrument)
    if not visible or len(hidden) < 2 or not counters.classes.n:
        return []
    # Of themes and items only those that leave over just the same people.
    same = {
        (kind, key): frozenset({node_id})
        for (kind, key), nodes in planned.printed.items()
        if kind != "overall" and nodes >= visible | {node_id} and _counted(counters, kind, key)
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
