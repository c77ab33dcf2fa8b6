"""Which group each comment is shown with: rule R10 of disclosure control.

An open item is planned like any block, over the number of people who commented on it: so what is
left over at a group, once its departments with comments of their own are taken away, is either
nothing or comments of enough people, and never those of a department whose results are hidden.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.results import planning
from app.results.planning import DIRECT, Shape, fewer_than


@dataclass(frozen=True)
class Comment:
    """One comment and the group it is shown with; `masked` counts what was replaced in it."""

    item: str
    path: str
    text: str
    masked: int = 0


# The department a comment was written in, and its words.
Written = tuple[str, str]
Mask = Callable[[str], tuple[str, int]]


def placed(
    written: Mapping[str, Sequence[Written]],
    shape: Shape,
    paths: Mapping[str, str],
    smallest: int,
    allowed: Mapping[str, frozenset[str]],
) -> tuple[Comment, ...]:
    """Every comment of every open item with the deepest group it may be shown with, or nowhere.

    `allowed` names for each item the groups where it may be read at all; `smallest` is the number
    of people who must have commented.
    """
    shown: list[Comment] = []
    for item, comments in written.items():
        groups = _groups(shape, comments, smallest, allowed[item])
        shown += [
            Comment(item, paths.get(groups[department_id], ""), text)
            for department_id, text in comments
            if department_id in groups
        ]
    # The order they were opened in is that of the boxes; the one shown is drawn once.
    secrets.SystemRandom().shuffle(shown)
    return tuple(shown)


def readable(
    written: Iterable[str],
    asked_for: Mapping[str, str],
    printed: frozenset[str],
    items: Mapping[str, frozenset[str]],
) -> dict[str, frozenset[str]]:
    """For every open item, the nodes where its comments may be read.

    One that is asked for somebody's answer to another item tells how he answered that one, so it
    is readable only where that item is printed as well.
    """
    return {
        item: printed.intersection(
            *(nodes for key, nodes in items.items() if _item(key) == asked_for.get(item))
        )
        for item in written
    }


def masked(comments: Sequence[Comment], mask: Mask) -> tuple[Comment, ...]:
    """The comments with what names somebody replaced."""
    found = [(one, *mask(one.text)) for one in comments]
    return tuple(replace(one, text=text, masked=places) for one, text, places in found)


def _groups(
    shape: Shape, comments: Sequence[Written], smallest: int, allowed: frozenset[str]
) -> dict[str, str]:
    """For each department people commented in, the node its comments are shown with."""
    counts = shape.totals(Counter(department_id for department_id, _ in comments))
    # Those of people directly in an inner department are shown with it, so they are left over
    # there like those of a hidden child.
    groups = frozenset(node for node in allowed if not node.endswith(DIRECT))
    nodes = planning.plan(shape, lambda node: ((counts[node],),), fewer_than(smallest), groups)
    above = {part: node for node, parts in shape.below.items() for part in parts}
    found: dict[str, str] = {}
    for department_id, _ in comments:
        node: str | None = department_id
        while node is not None and node not in nodes:
            node = above.get(node)
        if node is not None:
            found[department_id] = node
    return found


def _item(column: str) -> str:
    return column.partition("#")[0].partition("--")[0]
