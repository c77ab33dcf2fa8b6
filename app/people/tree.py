"""The tree of departments as values: who is above and below whom, and finding one by its path."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sqlmodel import Session, col, select

from app.people.models import Department

SEPARATOR = "/"


@lru_cache(maxsize=65_536)
def folded(name: str) -> str:
    """The name without case, spaces and invisible signs: what makes two spellings one unit."""
    if name.isascii():
        return "".join(name.casefold().split())
    compatible = unicodedata.normalize("NFKC", name).casefold()
    # Folding case can undo the normal form, so it is brought back.
    visible = (sign for sign in unicodedata.normalize("NFKC", compatible) if not _unseen(sign))
    return "".join(visible)


def folded_path(levels: Iterable[str]) -> str:
    """The path of these names in the form that is unique in the database."""
    return SEPARATOR.join(folded(level) for level in levels)


@dataclass(frozen=True)
class Node:
    """One department: its place in the tree, and its names from the top down to its own."""

    id: str
    parent_id: str | None
    name: str
    path: tuple[str, ...]
    code: str | None = None

    @property
    def path_text(self) -> str:
        return SEPARATOR.join(self.path)


@dataclass(frozen=True)
class Tree:
    """Every department in reading order: each before what is below it, names alphabetical."""

    nodes: tuple[Node, ...]

    @classmethod
    def read(cls, session: Session) -> "Tree":
        """The tree as it is now; one query."""
        return cls.of(
            session.exec(select(Department).where(col(Department.retired_at).is_(None))).all()
        )

    @classmethod
    def of(cls, departments: Iterable[Department]) -> "Tree":
        """The tree of these rows; a row whose parent is not among them is left out."""
        below: dict[str | None, list[Department]] = {}
        for department in departments:
            below.setdefault(department.parent_id, []).append(department)
        return cls(tuple(_walked(below)))

    def __getitem__(self, department_id: str) -> Node:
        return self._by_id[department_id]

    def __contains__(self, department_id: str) -> bool:
        return department_id in self._by_id

    def find(self, path: str) -> Node | None:
        """The department at a path as people write it, in any case and spacing."""
        return self._by_path.get(folded_path(path.split(SEPARATOR)))

    def children(self, department_id: str | None) -> tuple[Node, ...]:
        """What is directly below it, or the top of the tree for None."""
        return tuple(self._below.get(department_id, ()))

    def ancestors(self, department_id: str) -> tuple[Node, ...]:
        """What is above it, the top first."""
        above: list[Node] = []
        parent_id = self[department_id].parent_id
        while parent_id is not None:
            above.append(self[parent_id])
            parent_id = above[-1].parent_id
        return tuple(reversed(above))

    def descendants(self, department_id: str) -> tuple[Node, ...]:
        """What is below it at any depth, in reading order."""
        # In reading order a subtree is one run, and it ends where the depth falls back.
        start = self._places[department_id]
        depth = len(self.nodes[start].path)
        end = start + 1
        while end < len(self.nodes) and len(self.nodes[end].path) > depth:
            end += 1
        return self.nodes[start + 1 : end]

    def subtree_ids(self, department_id: str) -> frozenset[str]:
        """Its own id and those of what is below it."""
        return frozenset({department_id, *(node.id for node in self.descendants(department_id))})

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _by_path(self) -> dict[str, Node]:
        return {folded_path(node.path): node for node in self.nodes}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {node.id: place for place, node in enumerate(self.nodes)}

    @cached_property
    def _below(self) -> dict[str | None, list[Node]]:
        below: dict[str | None, list[Node]] = {}
        for node in self.nodes:
            below.setdefault(node.parent_id, []).append(node)
        return below


def reading_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts names as people expect: without case and accents, and "Team 2" before "Team 10"."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    parts = re.findall(r"[0-9]+|[^0-9]+", " ".join(letters.split()))
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def _unseen(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cf"


def _walked(below: dict[str | None, list[Department]]) -> Iterator[Node]:
    # A stack and no recursion: how deep a tree may be is not this function's business.
    waiting: list[tuple[Department, tuple[str, ...]]] = []

    def add(parent_id: str | None, path: tuple[str, ...]) -> None:
        siblings = sorted(below.get(parent_id, ()), key=_place, reverse=True)
        waiting.extend((department, path) for department in siblings)

    add(None, ())
    while waiting:
        department, above = waiting.pop()
        path = (*above, department.name)
        yield Node(department.id, department.parent_id, department.name, path, department.code)
        add(department.id, path)


def _place(department: Department) -> tuple[object, ...]:
    return (reading_order(department.name), department.name, department.id)
