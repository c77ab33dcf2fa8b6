"""Disclosure control: what of the counters may be known, decided once over the whole tree.

The only module that reads the counters. What it hands on holds the counts of printed groups and
nothing of the others.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as given

from sqlmodel import Session

from app.campaigns.models import RoundDepartment
from app.campaigns.policy import Policy
from app.kit.seal import Keyring
from app.results import planning
from app.results.blocks import Field
from app.results.planning import DIRECT, ROOT, fewer_than
from app.results.publication import Audit, Name, Publication, publication
from app.results.tally import Tally, tally
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
    invited: int
    counters: Counters | None
    themes: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    band: "Band | None" = None
    # The class that holds all or nearly all, by theme.
    theme_bands: Mapping[str, str] = given(default_factory=dict)

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
class Comment:
    """One comment and the group it is shown with."""

    item: str
    path: str
    text: str


@dataclass(frozen=True)
class Disclosed:
    """Everything of a round that may be known."""

    groups: tuple[Group, ...]
    comments: tuple[Comment, ...]
    audit: Audit


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
    return disclosed(counted, policy.min_group, policy.min_comments, tree)


def disclosed(
    counted: Tally, min_group: int, min_comments: int, tree: Sequence[RoundDepartment]
) -> Disclosed:
    """Decide over counters: which groups, and in each which themes and items, are printed."""
    field = Field(counted.instrument, counted.leaves, tree, counted.ballots)
    shown = planning.headcounts(field.shape, {node.id: node.reachable for node in tree}, min_group)
    planned = publication(field, min_group, shown)
    printed = planned.printed["overall", ""]
    comments = tuple(_comments(counted, field, min_comments, printed))
    return Disclosed(tuple(_groups(field, planned)), comments, planned.audit)


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
        theme_bands={
            key: nodes[node_id]
            for (kind, key), nodes in planned.bands.items()
            if kind == "theme" and node_id in nodes
        },
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


def _comments(
    counted: Tally, field: Field, min_comments: int, printed: frozenset[str]
) -> list[Comment]:
    """Every comment with the deepest printed group in which enough people commented."""
    shown: list[Comment] = []
    for item, comments in counted.comments.items():
        written: dict[str, int] = {}
        for department_id, _ in comments:
            written[department_id] = written.get(department_id, 0) + 1
        groups = _comment_groups(field, written, min_comments, printed)
        shown += [
            Comment(item, _path(field, groups[department_id]), text)
            for department_id, text in comments
            if department_id in groups
        ]
    # The order they were opened in is that of the boxes; the one shown is drawn once.
    secrets.SystemRandom().shuffle(shown)
    return shown


def _comment_groups(
    field: Field, written: Mapping[str, int], min_comments: int, printed: frozenset[str]
) -> dict[str, str]:
    """For each department people commented in, the node its comments are shown with."""
    shape = field.shape
    counts = shape.totals(written)
    nodes = planning.plan(shape, lambda node: ((counts[node],),), fewer_than(min_comments), printed)
    above = {part: node for node, parts in shape.below.items() for part in parts}
    found: dict[str, str] = {}
    for department_id in written:
        node: str | None = department_id
        if department_id + DIRECT in above:
            node = above[department_id + DIRECT]
        while node is not None and node not in nodes:
            node = above.get(node)
        if node is not None:
            found[department_id] = node
    return found


def _path(field: Field, node_id: str) -> str:
    return field.nodes[node_id].path if node_id in field.nodes else ""
