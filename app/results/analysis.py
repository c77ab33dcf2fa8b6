"""The release of answers that came in a file: the code path of a round, without the round."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.campaigns.models import RoundDepartment
from app.campaigns.policy import MIN_COMMENTS
from app.people import cells
from app.people.models import Department
from app.people.problems import ROW_MESSAGES
from app.people.tree import SEPARATOR, Tree, folded, folded_path
from app.results import disclosure, document
from app.results.exchange import Codes
from app.results.instrument import instrument_of
from app.results.planning import ROOT
from app.scoring.counts import Counters, count_by_leaf
from app.surveys.answer_file import AnswerFile
from app.surveys.coding import Layout
from app.surveys.definition import Survey


@dataclass(frozen=True)
class Analysis:
    """A release, and the sides of the survey that are none of its departments, or several."""

    release: Mapping[str, Any]
    sides_missing: tuple[str, ...]


def unplaceable(cell: str) -> str:
    """Why a text is no path of a department, by the rules of the people file; empty if it is one."""
    try:
        cells.department(cell)
    except cells.Wrong as wrong:
        return ROW_MESSAGES[wrong.key] % dict(wrong.values)
    return ""


def analyse(answers: AnswerFile, survey: Survey, name: str, min_group: int | None) -> Analysis:
    """Count a file and disclose it for groups of `min_group`; without one everything is printed.

    Who was asked is not known, so participation and the intervals that rest on it are null.
    """
    tree = _tree(answers.departments)
    sides = _sides(tree, survey)
    spellings = {one: folded_path(one.split(SEPARATOR)) for one in set(answers.departments)}
    placed = [spellings[one] for one in answers.departments]
    ballots = _ballots(answers, placed, survey)
    leaves = _leaves(ballots, survey)
    nodes = tuple(_nodes(tree, sides, {one: leaves[one].answered for one in leaves}))
    comments = {
        item: tuple((placed[row], words) for row, words in written)
        for item, written in answers.comments.items()
    }
    counted = disclosure.counted(survey, leaves, comments, ballots)
    published = (
        disclosure.undisguised(counted, nodes)
        if min_group is None
        else disclosure.disclosed(counted, min_group, MIN_COMMENTS, nodes)
    )
    groups = tuple(replace(group, invited=None) for group in published.groups)
    min_comments = None if min_group is None else MIN_COMMENTS
    release = document.document_of_file(
        name, survey, min_group, min_comments, replace(published, groups=groups)
    )
    missing = tuple(side.key for side in survey.sides if side.key not in sides.values())
    return Analysis(release, missing)


def _ballots(answers: AnswerFile, placed: Sequence[str], survey: Survey) -> dict[str, Codes]:
    """The codes of who is directly in each department; in the whole, where there are none."""
    numbers: dict[str, int] = {}
    leaf = np.array([numbers.setdefault(one, len(numbers)) for one in placed], dtype=np.intp)
    size = Layout.of(survey).size
    codes = np.frombuffer(answers.records, dtype=np.uint8).reshape(len(placed), size)
    return {one: codes[leaf == number] for one, number in numbers.items()}


def _leaves(ballots: Mapping[str, Codes], survey: Survey) -> dict[str, Counters]:
    """The counters of each department, of who is directly in it."""
    instrument = instrument_of(survey)
    return {
        one: count_by_leaf(codes, np.zeros(len(codes), dtype=np.intp), 1, instrument)[0]
        for one, codes in ballots.items()
    }


def _tree(departments: Sequence[str]) -> Tree:
    """The tree of these paths; a department that differs in case or space only is one."""
    rows: dict[str, Department] = {}
    for path in dict.fromkeys(departments):
        levels = [" ".join(level.split()) for level in path.split(SEPARATOR) if level.strip()]
        for depth in range(1, len(levels) + 1):
            own, above = folded_path(levels[:depth]), folded_path(levels[: depth - 1])
            rows.setdefault(
                own,
                Department(
                    id=own, parent_id=above or None, name=levels[depth - 1], folded_path=own
                ),
            )
    return Tree.of(rows.values())


def _sides(tree: Tree, survey: Survey) -> dict[str, str]:
    """The side of every node at and below the one department that has a side's name."""
    found: dict[str, str] = {}
    for side in survey.sides:
        names = {folded(words) for _, words in side.name.entries}
        named = [node for node in tree.nodes if folded(node.name) in names]
        if len(named) == 1:
            found |= dict.fromkeys(tree.subtree_ids(named[0].id), side.key)
    return found


def _nodes(
    tree: Tree, sides: Mapping[str, str], people: Mapping[str, int]
) -> Iterator[RoundDepartment]:
    for position, node in enumerate(tree.nodes):
        yield RoundDepartment(
            round_id=ROOT,
            id=node.id,
            parent_id=node.parent_id,
            name=node.name,
            path=node.path_text,
            position=position,
            side=sides.get(node.id),
            invited=people.get(node.id, 0),
            reachable=people.get(node.id, 0),
        )
