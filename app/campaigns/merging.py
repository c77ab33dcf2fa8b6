"""Reporting groups: neighbours whose people are counted, and reported, as one department.

They are frozen with the tree: their people's ballots share boxes, so that no separate count of a
member ever exists. The members stay in the tree below their group, without people, so that whose
scope they are in stays known.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.campaigns.audience import Audience, AudienceRefused
from app.campaigns.models import RoundDepartment
from app.people.tree import SEPARATOR, Node, folded

PLUS = "+"
EQUALS = "="
MOST_SIGNS = 120


@dataclass(frozen=True)
class ReportingGroup:
    """Departments reported together; one that is above the others stands for who is directly in it."""

    members: tuple[str, ...]
    name: str

    def __str__(self) -> str:
        return PLUS.join(self.members) + EQUALS + self.name


def parsed(audience: Audience, texts: Sequence[str]) -> tuple[ReportingGroup, ...]:
    """The groups written as PATH+PATH[=NAME]. Raises AudienceRefused."""
    known = {spelling(node.path_text): node for node in audience.nodes}
    groups = tuple(_parsed(text, known) for text in texts if text.strip())
    _refuse_twice(groups)
    return groups


def merged(audience: Audience, groups: Sequence[ReportingGroup]) -> Audience:
    """The audience with each of these groups as one department. Raises AudienceRefused."""
    for group in groups:
        audience = _merged(audience, group)
    return replace(audience, groups=tuple(str(group) for group in groups))


def group_id(members: Sequence[str]) -> str:
    """The same departments make the same group in every round, so that it can be followed."""
    return hashlib.sha256("\n".join(sorted(members)).encode()).hexdigest()[:22]


def collected(tree: Sequence[RoundDepartment]) -> dict[str, str]:
    """The reporting group that people of each department of a frozen tree are counted in."""
    below: dict[str, list[str]] = {}
    for node in tree:
        below.setdefault(node.parent_id or "", []).append(node.id)
    inside: dict[str, str] = {}
    heads: dict[str, str] = {}
    for node in tree:
        members, above = below.get(node.id, []), node.parent_id or ""
        if node.id == group_id([*members, above]):
            # One above the others stands for who is directly in it.
            heads[above] = node.id
        if node.id == group_id(members) or node.id in heads.values():
            inside |= dict.fromkeys(members, node.id)
        elif above in inside:
            inside[node.id] = inside[above]
    return heads | inside


def _parsed(text: str, known: Mapping[str, Node]) -> ReportingGroup:
    paths, _, name = text.rpartition(EQUALS) if EQUALS in text else (text, "", "")
    members = tuple(departments(paths, known, "merges"))
    if len(members) < 2:
        raise AudienceRefused(
            "%(text)s: name at least two departments, as in Finance+Admin or Finance+Admin=Office",
            text=text.strip(),
            field="merges",
        )
    nodes = [known[spelling(path)] for path in members]
    name = name.strip() or " + ".join(node.name for node in nodes)
    if SEPARATOR in name or len(name) > MOST_SIGNS:
        raise AudienceRefused(
            "%(name)s: give the group a name without / and of at most %(most)s characters",
            name=name[:MOST_SIGNS],
            most=MOST_SIGNS,
            field="merges",
        )
    return ReportingGroup(tuple(node.path_text for node in nodes), name)


def departments(text: str, known: Mapping[str, Node], field: str) -> Iterator[str]:
    """The departments named; a plus may be part of a name, so the longest that is one wins."""
    parts = text.split(PLUS)
    while parts:
        for end in range(len(parts), 0, -1):
            path = PLUS.join(parts[:end])
            if spelling(path) in known:
                yield path
                parts = parts[end:]
                break
        else:
            raise AudienceRefused(
                "there is no department %(path)s among those who are asked",
                path=parts[0].strip(),
                field=field,
            )


def _refuse_twice(groups: Sequence[ReportingGroup]) -> None:
    seen: set[str] = set()
    for member in (spelling(one) for group in groups for one in group.members):
        if member in seen:
            raise AudienceRefused(
                "%(path)s is named twice among the departments reported together",
                path=member,
                field="merges",
            )
        seen.add(member)


def _merged(audience: Audience, group: ReportingGroup) -> Audience:
    members = [_node(audience, path) for path in group.members]
    above = _above(audience, group, members)
    _refuse_sides(audience, group, members)
    taken = {folded(node.name) for node in audience.nodes if node.parent_id == above}
    if folded(group.name) in taken - {folded(node.name) for node in members}:
        raise AudienceRefused(
            "there is a department %(name)s already: give the group another name",
            name=group.name,
            field="merges",
        )
    inside = {node.id for node in members if node.id != above}
    path = _path(audience, above)
    one = Node(group_id([node.id for node in members]), above, group.name, (*path, group.name))
    below = _below(audience, inside)
    nodes = [node for node in audience.nodes if node.id not in below]
    moved = [_moved(node, one, inside) for node in audience.nodes if node.id in below]
    place = 1 + next((n for n, node in enumerate(nodes) if node.id == above), -1)
    collected = below | ({above} if above in {node.id for node in members} else set())
    side = audience.sides.get(members[0].id)
    return replace(
        audience,
        nodes=(*nodes[:place], one, *moved, *nodes[place:]),
        sides={**audience.sides, **({one.id: side} if side else {})},
        people=tuple(
            replace(person, department_id=one.id) if person.department_id in collected else person
            for person in audience.people
        ),
        merged=audience.merged | below,
    )


def _node(audience: Audience, path: str) -> Node:
    found = [node for node in audience.nodes if spelling(node.path_text) == spelling(path)]
    if not found:
        raise AudienceRefused(
            "%(path)s is part of another group that is reported together", path=path, field="merges"
        )
    return found[0]


def _above(audience: Audience, group: ReportingGroup, members: Sequence[Node]) -> str | None:
    """What the members are directly below; one of them may be that department itself."""
    ids = {node.id for node in members}
    parents = {node.parent_id for node in members if node.parent_id not in ids}
    heads = {node.id for node in members if any(one.parent_id == node.id for one in members)}
    if heads:
        parents -= {node.parent_id for node in members if node.id in heads}
        parents |= heads
    if len(parents) != 1:
        raise AudienceRefused(
            "%(group)s: only neighbours can be reported together, departments directly below the "
            "same one",
            group=PLUS.join(group.members),
            field="merges",
        )
    return parents.pop()


def _refuse_sides(audience: Audience, group: ReportingGroup, members: Sequence[Node]) -> None:
    if len({audience.sides.get(node.id) for node in members}) > 1:
        raise AudienceRefused(
            "%(group)s: these are not all on the same side of this survey",
            group=PLUS.join(group.members),
            field="merges",
        )


def _path(audience: Audience, node_id: str | None) -> tuple[str, ...]:
    return next((node.path for node in audience.nodes if node.id == node_id), ())


def _below(audience: Audience, tops: set[str]) -> frozenset[str]:
    """These nodes and all below them; parents come before children."""
    found = set(tops)
    for node in audience.nodes:
        if node.parent_id in found:
            found.add(node.id)
    return frozenset(found)


def _moved(node: Node, one: Node, tops: set[str]) -> Node:
    """A member, or what is below one, as part of the group."""
    depth = len(one.path) - 1
    parent = one.id if node.id in tops else node.parent_id
    return replace(node, parent_id=parent, path=(*one.path, *node.path[depth:]))


def spelling(path: str) -> str:
    """A path as it is compared: without case and spaces."""
    return SEPARATOR.join(folded(level) for level in path.split(SEPARATOR))
