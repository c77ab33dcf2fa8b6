"""What a planned round is likely to print: the chance of enough answers, and who is held back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from sqlmodel import Session, col, select

from app.campaigns import preview, proposing
from app.campaigns.audience import Audience
from app.campaigns.merging import ReportingGroup
from app.campaigns.models import SurveyRound
from app.campaigns.preview import Expected, Prospect
from app.results import planning
from app.results.models import Release
from app.results.planning import DIRECT, ROOT, Shape

# Whatever it was last time, somebody may answer this time, and somebody may not.
LEAST, MOST = 0.2, 0.95


def expected(session: Session, survey_key: str, audience: Audience) -> Expected:
    """The participation of each department in the last released round of the survey.

    Of one that was not shown, that of the nearest shown above it; without such a round, 70 %.
    """
    known = _last(session, survey_key)
    paths = {node.id: node.path_text for node in audience.nodes} | {ROOT: ""}

    def of(node_id: str) -> float:
        path = paths.get(node_id, "")
        while path and path not in known:
            path = path.rpartition("/")[0]
        return known.get(path, preview.EXPECTED_PARTICIPATION)

    return of


def prospects(
    audience: Audience, min_group: int, participation: Expected = preview.as_usual
) -> tuple[Prospect, ...]:
    """Every group with its chance of a result of its own, the whole round first.

    A group is kept back whatever is answered where a neighbour of too few people could be worked
    out from it, and by chance where a neighbour gets too few answers and it is the smallest.
    """
    outlook = _Outlook(audience, min_group, participation)
    ids = {node.path_text: node.id for node in audience.nodes} | {"": ROOT}
    return tuple(
        replace(
            one,
            chance=outlook.chance(ids[one.department]),
            held_back=one.invited >= min_group and ids[one.department] not in outlook.shown,
        )
        for one in preview.prospects(audience, min_group, participation)
    )


def proposals(
    audience: Audience, min_group: int, participation: Expected = preview.as_usual
) -> tuple[ReportingGroup, ...]:
    """Small neighbours that are better reported together; none where some are already."""
    if audience.groups:
        return ()
    return proposing.proposals(audience, min_group, participation)


def combined(rows: Sequence[Prospect]) -> bool:
    """Whether one result of everybody is all that can be expected."""
    whole, *groups = rows
    return not any(one.likely and one.invited < whole.invited for one in groups)


class _Outlook:
    """The chances of every node, from the numbers of answers that may come."""

    def __init__(self, audience: Audience, min_group: int, participation: Expected) -> None:
        invited, reachable = audience.invited(), audience.reachable()
        nodes = [(node.id, node.parent_id, invited.get(node.id, 0)) for node in audience.nodes]
        self._shape = Shape.of(nodes)
        self._people = self._shape.totals(reachable)
        self._smallest = min_group
        self._rate = participation
        self.shown = planning.headcounts(self._shape, reachable, min_group)
        self._above = {part: node for node, parts in self._shape.below.items() for part in parts}
        self._chances: dict[str, float] = {}

    def chance(self, node: str) -> float:
        """Of a result of its own: enough answers here, above, and no neighbour that tells."""
        if node not in self.shown:
            return 0.0
        if node not in self._chances:
            self._chances[node] = self._enough(node) * self._free(node)
        return self._chances[node]

    def _free(self, node: str) -> float:
        """The chance that it is not held back, nor what it is part of, if enough answer."""
        if node == ROOT:
            return 1.0
        enough, above = self._enough(node), self._above[node]
        if not enough:
            return 0.0
        return self._free(above) * (1 - self._held_back(node) / enough)

    def _held_back(self, node: str) -> float:
        """The chance that enough answer, and that it is hidden to protect a smaller neighbour.

        That is where those with too few answers have, together, some and still too few, and all
        others that are shown have more answers.
        """
        others = [one for one in self._shape.parts(self._above[node]) if one != node]
        return sum(
            chance * self._few_left_over(node, n, others)
            for n, chance in enumerate(self._answers(node))
            if n >= self._smallest and chance > 1e-9
        )

    def _few_left_over(self, node: str, n: int, others: Sequence[str]) -> float:
        left = [1.0, *(0.0 for _ in range(self._smallest - 1))]
        for other in others:
            hidden, larger = self._hidden(other), self._larger(other, n, first=other < node)
            left = [
                larger * left[at]
                + sum(left[at - few] * hidden[few] for few in range(min(at + 1, len(hidden))))
                for at in range(self._smallest)
            ]
        return sum(left[1:])

    def _hidden(self, node: str) -> Sequence[float]:
        """The chance of each number of answers too few, of any where it is never shown."""
        return self._answers(node)[: self._smallest]

    def _larger(self, node: str, n: int, *, first: bool) -> float:
        """The chance that it is shown and that `n` answers are fewer, or as many and hidden first."""
        if node not in self.shown:
            return 0.0
        tails = self._counts(node)[1]
        least = max(self._smallest, n + (1 if first else 0))
        return tails[least] if least < len(tails) else 0.0

    def _answers(self, node: str) -> Sequence[float]:
        return self._counts(node)[0]

    def _enough(self, node: str) -> float:
        return preview.reaching(self._people[node], self._smallest, self._expected(node))

    def _counts(self, node: str) -> tuple[Sequence[float], Sequence[float]]:
        return _answering(self._people[node], self._expected(node))

    def _expected(self, node: str) -> float:
        return self._rate(node.removesuffix(DIRECT))


@lru_cache(maxsize=4096)
def _answering(people: int, rate: float) -> tuple[Sequence[float], Sequence[float]]:
    """The chance of each number of answers, and of at least as many."""
    chances = preview.answering(people, rate)
    return chances, list(accumulate(reversed(chances)))[::-1]


def _last(session: Session, survey_key: str) -> Mapping[str, float]:
    """The participation that the last release of the survey printed, by path."""
    newest = (
        select(Release.document)
        .join(SurveyRound, col(SurveyRound.id) == col(Release.round_id))
        .where(SurveyRound.survey_key == survey_key)
        .order_by(col(Release.at).desc())
        .limit(1)
    )
    text = session.exec(newest).first()
    groups = json.loads(text)["groups"] if text else ()
    return {
        group["department"]: min(MOST, max(LEAST, group["answered"] / group["invited"]))
        for group in groups
        if group["disclosed"] and group["invited"]
    }
