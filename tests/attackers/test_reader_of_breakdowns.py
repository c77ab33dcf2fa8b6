"""Whoever reads the cells of two breakdowns beside the departments learns no count of a few."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.results import breakdowns, disclosure
from app.results.breakdowns import CellBox
from app.results.tally import Tally
from tests.attackers.solver import Attack, Block, Breach, JointAttack
from tests.results.company import Company, _ballots, survey_of

COMPANIES, MORE = 10, 500
JOINT, MORE_JOINT = 2, 60
FIVE, THREE = survey_of(), survey_of(3, "")
ATTRIBUTES = ("location", "level")
BOX = "/#"


@dataclass
class Boxed(Company):
    """A company whose departments have boxes of breakdowns, written as if they were below them."""

    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()

    def tree(self) -> list[Any]:
        nodes = {node.path: node for node in super().tree()}
        for path in self.values:
            department = nodes[path.partition(BOX)[0]]
            department.invited += self.invited[path]
            department.reachable += self.invited[path]
            del nodes[path]
        return list(nodes.values())

    def tally(self) -> Tally:
        return super().tally()

    def published(self, *_: Any, **__: Any) -> disclosure.Disclosed:
        boxes = [
            CellBox(f"id {path}", f"id {path.partition(BOX)[0]}", values, self.invited[path])
            for path, values in self.values.items()
        ]

        def noted(*given: Any) -> frozenset[str]:
            kept = breakdowns.counted_boxes(*given)
            self.kept = frozenset(one.removeprefix("id ") for one in kept)
            return kept

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(disclosure, "counted_boxes", noted)
            return disclosure.disclosed(
                self.tally(), 5, 10, self.tree(), None, ATTRIBUTES, tuple(boxes)
            )


class _Cells:
    """He knows which boxes are counted in which cell."""

    company: Boxed
    said: Sequence[Mapping[str, Any]]

    def _others(self, block: Block) -> Iterator[tuple[Mapping[object, int], Sequence[str]]]:
        for place, breakdown in enumerate(self.said):
            for cell in breakdown["cells"]:
                printed = block.printed(cell)
                if printed is not None:
                    yield (
                        printed,
                        [
                            path
                            for path, values in self.company.values.items()
                            if path in self.company.kept and values[place] == cell["value"]
                        ],
                    )


class CellAttack(_Cells, Attack):
    """Each block by itself."""


class JointCellAttack(_Cells, JointAttack):
    """All blocks of a person's statements together."""


def boxed(chance: random.Random, survey: Any) -> Boxed:
    """Departments of 3 to 40 people; boxes of ten and more, the others of a department as many."""
    company = Boxed(survey)
    points, mood = survey.scales[0].points, chance.choice([0.3, 0.5, 0.7])
    for n in range(chance.randint(2, 6)):
        top = "ABCDEF"[n]
        company.add(top, 0)
        for m in range(chance.randint(1, 3)):
            path = f"{top}/{'abc'[m]}"
            boxes = chance.randint(0, 3)
            asked = chance.choice([0, 10, 12]) if boxes else chance.randint(2, 14)
            company.add(path, asked, some(chance, survey, points, asked, mood))
            for one in range(boxes):
                invited = chance.randint(10, 13)
                box = f"{path}{BOX}{one}"
                company.add(box, invited, some(chance, survey, points, invited, mood))
                company.values[box] = (chance.choice("xyz"), chance.choice(["", "p", "q"]))
    return company


def some(chance: random.Random, survey: Any, points: int, asked: int, mood: float) -> list[bytes]:
    """About half have answered."""
    ballots = _ballots(chance, survey, points, asked, mood)
    return ballots[: round(len(ballots) * chance.choice([0.4, 0.6, 0.9]))]


def found(seeds: Iterable[int], *, joint: bool = False) -> dict[int, list[Breach]]:
    learnt = {}
    for seed in seeds:
        company = boxed(random.Random(seed), THREE if joint else FIVE)
        release = company.release()
        attack = (JointCellAttack if joint else CellAttack)(company, release, sizes_known=True)
        attack.said = release["breakdowns"]
        if breaches := list(attack.breaches()):
            learnt[seed] = breaches
    return learnt


def test_no_count_of_few_follows_from_departments_and_cells() -> None:
    assert found(range(COMPANIES)) == {}


@pytest.mark.nightly
def test_no_count_of_few_follows_of_many_companies() -> None:
    assert found(range(COMPANIES, COMPANIES + MORE)) == {}


def test_no_count_of_few_follows_from_all_blocks_together() -> None:
    assert found(range(JOINT), joint=True) == {}


@pytest.mark.nightly
def test_no_count_of_few_follows_from_all_blocks_of_many_companies() -> None:
    assert found(range(JOINT, JOINT + MORE_JOINT), joint=True) == {}


def test_he_catches_cells_that_count_every_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakdowns._Search, "kept", lambda self: frozenset(self._values))
    assert len(found(range(2, 7))) >= 2


def test_most_boxes_are_counted_all_the_same() -> None:
    kept = boxes = 0
    for seed in range(40):
        company = boxed(random.Random(seed), FIVE)
        company.published()
        kept, boxes = kept + len(company.kept), boxes + len(company.values)
    assert kept > 0.1 * boxes
