"""Which departments of a round an account may see: its own, what is below, and the totals above."""

from collections.abc import Iterable, Mapping

from app.access.sign_in import Viewer


def own_departments(viewer: Viewer, parents: Mapping[str, str | None]) -> frozenset[str]:
    """The departments of a frozen tree (id to parent's id) that are the viewer's, subtrees too."""
    if viewer.sees_all:
        return frozenset(parents)
    return frozenset(
        node for node in parents if any(one in viewer.departments for one in _up(node, parents))
    )


def visible_departments(viewer: Viewer, parents: Mapping[str, str | None]) -> frozenset[str]:
    """His own departments and those above them, whose totals he may read."""
    own = own_departments(viewer, parents)
    return own | {above for node in own for above in _up(node, parents)}


def may_open(viewer: Viewer, parents: Mapping[str, str | None]) -> bool:
    """Whether a round with this tree concerns the viewer at all."""
    return viewer.sees_all or bool(own_departments(viewer, parents))


def _up(node: str, parents: Mapping[str, str | None]) -> Iterable[str]:
    one: str | None = node
    while one is not None and one in parents:
        yield one
        one = parents[one]
