"""A manager with everything that was published, the headcounts, and an integer-programming solver.

What he does not know are the counts: for every place where people are, how many gave each answer.
What he was shown are equations over them. He asks for the smallest and the largest each count of
a small hidden set can be: where both are the same number above 0, he has learnt of a few.
"""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from app.results.row_files import DOES_NOT_APPLY as DOES_NOT_APPLY_CODE
from app.results.row_files import WITHHELD, RowFile
from app.scoring.counts import BLANK, NOT_APPLICABLE
from app.surveys.definition import Survey
from tests.results.company import Company, K, groups_of

Release = Mapping[str, Any]
OTHERS = "*"
LOOKS = 6
UNKNOWN = "left out"
DOES_NOT_APPLY = "does not apply"


class Contradiction(Exception):
    """What was published fits no set of answers at all."""


@dataclass
class System:
    """Equations and bounds over whole numbers that are at least 0."""

    size: int = 0
    rows: list[dict[int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def variable(self) -> int:
        self.size += 1
        return self.size - 1

    def say(self, terms: Mapping[int, float], low: float, high: float | None = None) -> None:
        self.rows.append(dict(terms))
        self.low.append(low)
        self.high.append(low if high is None else high)

    def pinned(self, wanted: Mapping[Any, tuple[Sequence[int], int]]) -> Iterator[Any]:
        """Those sums of variables that can be nothing but what they truly are."""
        # Any other answer that fits shows most of them to be open; the rest are asked one by one.
        chance = np.random.default_rng(1)
        for _ in range(LOOKS):
            if not wanted:
                return
            other = self._best(chance.integers(-3, 4, self.size))
            wanted = {
                name: (cells, true)
                for name, (cells, true) in wanted.items()
                if round(other[list(cells)].sum()) == true
            }
        for name, (cells, true) in wanted.items():
            if all(self._end(cells, sign) == true for sign in (-1, 1)):
                yield name

    def _end(self, cells: Sequence[int], sign: int) -> int:
        cost = np.zeros(self.size)
        cost[list(cells)] = sign
        return round(self._best(cost)[list(cells)].sum())

    def _best(self, cost: Any) -> Any:
        found = milp(
            cost,
            integrality=np.ones(self.size),
            bounds=Bounds(0, np.inf),
            constraints=LinearConstraint(self._matrix, self.low, self.high),
        )
        if found.status == 2:
            raise Contradiction
        assert found.x is not None, found.message
        return found.x

    @cached_property
    def _matrix(self) -> Any:
        cells = [(n, at, value) for n, row in enumerate(self.rows) for at, value in row.items()]
        lines, columns, values = (list(one) for one in zip(*cells, strict=True))
        return coo_array((values, (lines, columns)), shape=(len(self.rows), self.size)).tocsr()


@dataclass(frozen=True)
class Breach:
    """What he learnt: how many of a small set gave an answer."""

    block: str
    where: tuple[str, ...]
    answer: object
    count: int


@dataclass(frozen=True)
class Block:
    """One set of counts: how a ballot falls in it, and where the release prints it."""

    name: str
    answers: tuple[object, ...]
    column: int | None = None
    key: str = ""
    items: tuple[int, ...] = ()

    def of(self, ballot: bytes, points: int) -> object:
        if self.column is not None:
            code = ballot[self.column]
            return {NOT_APPLICABLE: DOES_NOT_APPLY, BLANK: UNKNOWN}.get(code, code)
        return class_of([ballot[column] for column in self.items], points)

    def printed(self, group: Mapping[str, Any]) -> Mapping[object, int] | None:
        """What a group of the release says of the block."""
        if not group["disclosed"]:
            return None
        if self.column is not None:
            item = next((one for one in group["items"] if one["key"] == self.key), None)
            if item is None or not item["disclosed"]:
                return None
            return {**dict(enumerate(item["counts"])), DOES_NOT_APPLY: item["na"]}
        part = self._part(group)
        if part is None or not part["disclosed"] or part["band"]:
            return None
        return {name: part[name] for name in self.answers}

    def band(self, group: Mapping[str, Any]) -> tuple[str, int] | None:
        """The class that all or all but one of a group are said to be of, and how many they are."""
        if not group["disclosed"] or self.column is not None:
            return None
        part = self._part(group)
        return (part["band"], part["n"]) if part and part.get("band") else None

    def _part(self, group: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if not self.key:
            return group
        return next((one for one in group["themes"] if one["key"] == self.key), None)


CLASSES = ("promoters", "passives", "detractors")


def class_of(codes: Sequence[int], points: int) -> object:
    """The class of somebody who answered so, by the rule as it is explained to everybody."""
    given = [code for code in codes if code < NOT_APPLICABLE]
    if not given or 2 * len(given) < len(codes):
        return UNKNOWN
    mean = sum(given) / len(given) / (points - 1)
    return "promoters" if mean > 0.625 else "detractors" if mean < 0.375 else "passives"


def blocks_of(survey: Survey) -> list[Block]:
    """The overall block, each theme's and each item's."""
    points = survey.scales[0].points
    blocks = [
        Block("overall", CLASSES, items=(0, 1, 2)),
        Block("theme two", CLASSES, key="two", items=(0, 1)),
        Block("theme one", CLASSES, key="one", items=(2,)),
    ]
    asked = [item for item in survey.items if item.type != "text"]
    for column, item in enumerate(asked):
        options = points if item.type == "scale" else len(item.options)
        answers = (*range(options), DOES_NOT_APPLY)
        blocks.append(Block(f"item {item.key}", answers, column=column, key=item.key))
    return blocks


class Attack:
    """One company, its release, and what the attacker is taken to know besides."""

    def __init__(
        self, company: Company, release: Release, *, sizes_known: bool, smallest: int = K
    ) -> None:
        self.company = company
        self.groups = groups_of(release)
        self.sizes_known = sizes_known
        self.smallest = smallest
        self.points = company.survey.scales[0].points
        self.places = [path for path, people in company.invited.items() if people]

    def breaches(self, blocks: Sequence[Block] | None = None) -> Iterator[Breach]:
        """Every positive count of a small hidden set that follows from one block alone."""
        for block in blocks if blocks is not None else blocks_of(self.company.survey):
            if block.printed(self.groups[""]) is not None:
                yield from self._block(block)

    def targets(self, block: Block) -> Iterator[tuple[str, ...]]:
        """Hidden places, and pairs of them under one parent, too few to be spoken of."""
        small = [
            place
            for place in self.places
            if not self.company.children(place) or self.company.invited[place]
        ]
        hidden = [place for place in small if self._hidden(block, place)]
        for some in itertools.chain(((one,) for one in hidden), itertools.combinations(hidden, 2)):
            if len({place.rpartition("/")[0] for place in some}) > 1:
                continue
            given = [answer for place in some for answer in self._answers(block, place)]
            if 0 < sum(answer != UNKNOWN for answer in given) < self.smallest:
                yield some

    def _hidden(self, block: Block, place: str) -> bool:
        """Whether the release says nothing of those placed directly there."""
        group = self.groups.get(place)
        inner = any(self.company.people(child) for child in self.company.children(place))
        return inner or group is None or block.printed(group) is None

    def _answers(self, block: Block, place: str) -> list[object]:
        return [block.of(ballot, self.points) for ballot in self.company.ballots[place]]

    def _block(self, block: Block) -> Iterator[Breach]:
        system = System()
        at: dict[tuple[str, object], int] = {}
        for place in self.places:
            for answer in (*block.answers, UNKNOWN):
                at[place, answer] = system.variable()
            self._known_of(system, [at[place, one] for one in block.answers], place, block)
            cast = [at[place, one] for one in (*block.answers, UNKNOWN)]
            system.say(dict.fromkeys(cast, 1.0), 0, self.company.invited[place])
        for group, places in self.shown():
            printed = block.printed(group)
            if band := block.band(group):
                name, n = band
                system.say({at[place, name]: 1.0 for place in places}, n - 1, n)
                classed = {at[place, one]: 1.0 for place in places for one in block.answers}
                system.say(classed, n)
            if printed is None:
                continue
            for answer, count in printed.items():
                system.say({at[place, answer]: 1.0 for place in places}, count)
            cast = {at[place, one]: 1.0 for place in places for one in (*block.answers, UNKNOWN)}
            system.say(cast, group["answered"])
        self._say_others(system, at, block)
        wanted = {}
        for some, answer, true in self._wanted(block):
            wanted[some, answer] = [at[place, answer] for place in some], true
        for some, answer in system.pinned(wanted):
            yield Breach(block.name, some, answer, wanted[some, answer][1])

    def _known_of(self, system: System, cells: list[int], place: str, block: Block) -> None:
        if self.sizes_known:
            given = sum(answer != UNKNOWN for answer in self._answers(block, place))
            system.say(dict.fromkeys(cells, 1.0), given)

    def _say_others(
        self, system: System, at: Mapping[tuple[str, object], int], block: Block
    ) -> None:
        for printed, places in self._others(block):
            for answer, count in printed.items():
                system.say({at[place, answer]: 1.0 for place in places}, count)

    def _others(self, _: Block) -> Iterable[tuple[Mapping[object, int], Sequence[str]]]:
        """Counts that are printed besides those of the tree, and the places they are of."""
        return ()

    def _wanted(self, block: Block) -> Iterator[tuple[tuple[str, ...], object, int]]:
        for some in self.targets(block):
            truth = [answer for place in some for answer in self._answers(block, place)]
            for answer in block.answers:
                if answer in truth:
                    yield some, answer, truth.count(answer)
        # Whether it is all or all but one of a band is nobody's to know.
        for group, places in self.shown():
            if band := block.band(group):
                truth = [answer for place in places for answer in self._answers(block, place)]
                yield tuple(places), band[0], truth.count(band[0])

    def shown(self) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
        """Every group with figures, and the places it is the sum of."""
        for path, group in self.groups.items():
            if not group["disclosed"]:
                continue
            if not path.endswith(OTHERS):
                yield group, [place for place in self.company.below(path) if place in self.places]
                continue
            above = path.removesuffix("*").removesuffix("/")
            hidden = [
                child
                for child in self.company.children(above)
                if not self.groups.get(child, {"disclosed": False})["disclosed"]
                or self.groups[child]["band"]
            ]
            places = [place for child in hidden for place in self.company.below(child)]
            places = [place for place in places if place in self.places]
            # The headcount says whether those placed directly above are among them.
            if group["invited"] > sum(self.company.invited[place] for place in places):
                places.append(above)
            yield group, places


class JointAttack(Attack):
    """He reads all blocks of a person's three statements together: their means as well."""

    def breaches(self, blocks: Sequence[Block] | None = None) -> Iterator[Breach]:
        if not self.groups[""]["disclosed"]:
            return
        every = [one for one in blocks_of(self.company.survey) if (one.column or 0) < 3]
        codes = (*range(self.points), BLANK)
        patterns = [bytes(one) for one in itertools.product(codes, repeat=3)]
        system = System()
        at = {(place, one): system.variable() for place in self.places for one in patterns}
        for place in self.places:
            cells = {at[place, one]: 1.0 for one in patterns}
            cast = len(self.company.ballots[place])
            if self.sizes_known:
                system.say(cells, cast)
            else:
                system.say(cells, 0, self.company.invited[place])
        for group, places in self.shown():
            self._say(system, at, patterns, every, group, places)
        self._say_more(system, at, patterns)
        self._say_cells(system, at, patterns, every)
        for block in every:
            if block.printed(self.groups[""]) is None:
                continue
            wanted = {}
            for some, answer, true in self._wanted(block):
                cells = [one for one in patterns if block.of(one, self.points) == answer]
                wanted[some, answer] = [at[p, one] for p in some for one in cells], true
            for some, answer in system.pinned(wanted):
                yield Breach(f"joint {block.name}", some, answer, wanted[some, answer][1])

    def _say_cells(
        self,
        system: System,
        at: Mapping[tuple[str, bytes], int],
        patterns: Sequence[bytes],
        every: Sequence[Block],
    ) -> None:
        said = [(block, *one) for block in every for one in self._others(block)]
        for block, printed, places in said:
            for answer, count in printed.items():
                cells = [one for one in patterns if block.of(one, self.points) == answer]
                if cells:
                    system.say({at[p, one]: 1.0 for p in places for one in cells}, count)

    def _say_more(
        self, system: System, at: Mapping[tuple[str, bytes], int], patterns: Sequence[bytes]
    ) -> None:
        """Whatever he has besides the release."""

    def _say(
        self,
        system: System,
        at: Mapping[tuple[str, bytes], int],
        patterns: Sequence[bytes],
        every: Sequence[Block],
        group: Mapping[str, Any],
        places: Sequence[str],
    ) -> None:
        system.say({at[p, one]: 1.0 for p in places for one in patterns}, group["answered"])
        for block in every:
            printed = block.printed(group)
            if band := block.band(group):
                name, n = band
                cells = [one for one in patterns if block.of(one, self.points) == name]
                system.say({at[p, one]: 1.0 for p in places for one in cells}, n - 1, n)
                cells = [one for one in patterns if block.of(one, self.points) != UNKNOWN]
                system.say({at[p, one]: 1.0 for p in places for one in cells}, n)
            if printed is None:
                continue
            for answer in block.answers:
                cells = [one for one in patterns if block.of(one, self.points) == answer]
                if cells:
                    terms = {at[place, one]: 1.0 for place in places for one in cells}
                    system.say(terms, printed[answer])
            mean = self._mean(block, group)
            if mean is None or block.column is not None:
                continue
            worth = {
                one: 100 * sum(given) / len(given) / (self.points - 1)
                for one in patterns
                if block.of(one, self.points) != UNKNOWN
                and (given := [one[column] for column in block.items if one[column] != BLANK])
            }
            terms = {at[place, one]: worth[one] for place in places for one in worth}
            n = sum(printed.values())
            system.say(terms, n * (mean - 6e-5), n * (mean + 6e-5))

    def _mean(self, block: Block, group: Mapping[str, Any]) -> float | None:
        part = group
        if block.key and block.column is None:
            part = next(one for one in group["themes"] if one["key"] == block.key)
        mean: float | None = part["index"]
        return mean


class RowsAttack(JointAttack):
    """He has the file of rows as well: how often each line of answers stands there for each group."""

    def __init__(self, company: Company, release: Release, file: RowFile) -> None:
        super().__init__(company, release, sizes_known=True)
        # Of who gave no answer it does not matter here how they said so.
        self.lines = Counter(
            (str(line[0]), tuple(None if one == DOES_NOT_APPLY_CODE else one for one in line[1:]))
            for line in file.lines
        )
        self.columns = [("a1", "a2", "b1").index(key) for key in file.header[1:]]

    def _say_more(
        self, system: System, at: Mapping[tuple[str, bytes], int], patterns: Sequence[bytes]
    ) -> None:
        groups = {path for path, _ in self.lines}
        for (path, cells), count in self.lines.items():
            places = [place for place in self.places if self._carried(place, groups) == path]
            fits = [one for one in patterns if self._fits(one, cells)]
            system.say({at[place, one]: 1.0 for place in places for one in fits}, count)

    def _carried(self, place: str, groups: Collection[str]) -> str:
        while place and place not in groups:
            place = place.rpartition("/")[0]
        return place

    def _fits(self, pattern: bytes, cells: Sequence[object]) -> bool:
        given = [pattern[column] for column in self.columns]
        return all(
            cell in (WITHHELD, code) or (cell is None and code == BLANK)
            for cell, code in zip(cells, given, strict=True)
        )
