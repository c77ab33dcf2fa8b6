"""Which departments a survey asks about which: HR pairs them when a round is planned."""

import re
from collections.abc import Mapping, Sequence

from sqlmodel import Session

from app.campaigns.audience import AudienceRefused
from app.campaigns.merging import departments, spelling
from app.people.tree import Node, Tree
from app.surveys.definition import Survey
from app.surveys.pairing import paired

# Twelve departments, each with every other: beyond that nobody reads to the end.
MOST_COUNTERPARTS = 11
MOST_DEPARTMENTS = 40


def with_sides(
    session: Session, survey: Survey, texts: Sequence[str], sides: Mapping[str, str]
) -> tuple[Survey, Mapping[str, str]]:
    """The survey as this round asks it, and the department of each side.

    Each text is PATH+PATH, with more than two every one with every other. A survey that names its
    sides itself comes back as it is. Raises AudienceRefused.
    """
    texts = [text for text in texts if text.strip()]
    if not survey.needs_pairs:
        if texts:
            raise AudienceRefused("this survey asks about no other departments", field="pairs")
        return survey, sides
    if not texts:
        raise AudienceRefused(
            "this survey asks about other departments: say which work together, as in "
            "Sales+Marketing",
            field="pairs",
        )
    asks = _asks(Tree.read(session), texts)
    keys = _keys(list(asks))
    shown = _names(list(asks))
    survey = paired(
        survey,
        {keys[node]: shown[node] for node in asks},
        {keys[node]: tuple(keys[one] for one in others) for node, others in asks.items()},
    )
    return survey, {keys[node]: node.path_text for node in asks}


def _asks(tree: Tree, texts: Sequence[str]) -> Mapping[Node, Sequence[Node]]:
    """Each department with those it is paired with, all in the order of the tree."""
    known = {spelling(node.path_text): node for node in tree.nodes}
    place = {node: number for number, node in enumerate(tree.nodes)}
    found: dict[Node, set[Node]] = {}
    for text in texts:
        group = {known[spelling(path)] for path in departments(text, known, "pairs")}
        if len(group) < 2:
            raise AudienceRefused(
                "%(text)s: name two departments or more, as in Sales+Marketing",
                text=text.strip(),
                field="pairs",
            )
        for node in group:
            found.setdefault(node, set()).update(group - {node})
    if len(found) > MOST_DEPARTMENTS:
        raise AudienceRefused(
            "at most %(most)s departments fit into one round", most=MOST_DEPARTMENTS, field="pairs"
        )
    for node, others in found.items():
        if len(others) > MOST_COUNTERPARTS:
            raise AudienceRefused(
                "%(path)s would be asked about %(n)s departments: pair it with at most %(most)s",
                path=node.path_text,
                n=len(others),
                most=MOST_COUNTERPARTS,
                field="pairs",
            )
    ordered = sorted(found, key=place.__getitem__)
    return {node: [one for one in ordered if one in found[node]] for node in ordered}


def _keys(nodes: Sequence[Node]) -> Mapping[Node, str]:
    """A key for each: of its code, else its name; it names the answers about it in files."""
    taken: dict[str, Node] = {}
    for node in nodes:
        wanted = re.sub(r"[^a-z0-9]+", "_", (node.code or node.name).casefold()).strip("_")
        key, number = wanted[:30] or "department", 1
        while key in taken:
            number += 1
            key = f"{wanted[:30] or 'department'}_{number}"
        taken[key] = node
    return {node: key for key, node in taken.items()}


def _names(nodes: Sequence[Node]) -> Mapping[Node, str]:
    """How the form names each: by its path where two are called the same."""
    names = [node.name for node in nodes]
    return {node: node.name if names.count(node.name) == 1 else node.path_text for node in nodes}
