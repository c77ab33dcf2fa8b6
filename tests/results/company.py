"""Made-up companies whose ballots are known: a tree, what everybody answered, what comes of it."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from app.campaigns.models import RoundDepartment, SurveyRound
from app.campaigns.policy import Policy
from app.results import disclosure, document
from app.results.instrument import instrument_of
from app.results.tally import Tally, asked_for
from app.scoring.counts import BLANK, NOT_APPLICABLE, count_by_leaf
from app.surveys.coding import Layout
from app.surveys.definition import Survey
from app.surveys.loading import read_template

K = 5
COMMENTS = 10

HEADER = """\
key = "pulling"
version = 1
languages = ["en"]
title.en = "Pulling together"
minutes = 1
[scales.agree]
points = {points}
not_applicable = true
max_detractor = {low}
min_promoter = {high}
labels.en = {labels}
[[themes]]
key = "two"
name.en = "Two items"
[[themes]]
key = "one"
name.en = "One item"
"""
ITEM = """
[[items]]
key = "{key}"
type = "scale"
scale = "agree"
theme = "{theme}"
text.en = "Statement {key}."
"""
CHOICE = """
[[items]]
key = "where"
type = "choice"
text.en = "Where?"
options = [{ key = "x", text.en = "X" }, { key = "y", text.en = "Y" }, { key = "z", text.en = "Z" }]
"""
OPEN = """
[[items]]
key = "why"
type = "text"
text.en = "Why?"
"""


def survey_of(points: int = 5, extra: str = CHOICE + OPEN) -> Survey:
    """Two items of one theme, one of another, and whatever comes after."""
    low = points // 2 - 1
    labels = [f"Point {code}" for code in range(points)]
    text = HEADER.format(points=points, low=low, high=points - 1 - low, labels=labels)
    items = [("a1", "two"), ("a2", "two"), ("b1", "one")]
    text += "".join(ITEM.format(key=key, theme=theme) for key, theme in items) + extra
    return read_template(text.encode(), "pulling.toml")


@dataclass
class Company:
    """Departments by path; for each, people asked directly in it and the ballots they cast."""

    survey: Survey
    invited: dict[str, int] = field(default_factory=dict)
    ballots: dict[str, list[bytes]] = field(default_factory=dict)
    comments: dict[str, list[str]] = field(default_factory=dict)
    sides: dict[str, str] = field(default_factory=dict)

    def add(
        self, path: str, invited: int, ballots: Sequence[bytes] = (), comments: Sequence[str] = ()
    ) -> None:
        above = path.rpartition("/")[0]
        if above and above not in self.invited:
            self.add(above, 0)
        self.invited[path] = invited
        self.ballots[path] = list(ballots)
        self.comments[path] = list(comments)

    def tree(self) -> list[RoundDepartment]:
        return [
            RoundDepartment(
                round_id="round",
                id=f"id {path}",
                parent_id=f"id {path.rpartition('/')[0]}" if "/" in path else None,
                name=path.rpartition("/")[2],
                path=path,
                position=position,
                side=self.sides.get(path),
                invited=people,
                reachable=people,
            )
            for position, (path, people) in enumerate(self.invited.items())
        ]

    def below(self, path: str) -> list[str]:
        """The departments at and below a path; all for the whole company."""
        return [
            one for one in self.invited if not path or one == path or one.startswith(path + "/")
        ]

    def children(self, path: str) -> list[str]:
        return [one for one in self.invited if one.rpartition("/")[0] == path and one]

    def people(self, path: str) -> int:
        return sum(self.invited[one] for one in self.below(path))

    def cast(self, path: str) -> list[bytes]:
        return [ballot for one in self.below(path) for ballot in self.ballots[one]]

    def tally(self) -> Tally:
        instrument = instrument_of(self.survey)
        paths = list(self.ballots)
        records = b"".join(ballot for path in paths for ballot in self.ballots[path])
        codes = np.frombuffer(records, dtype=np.uint8).reshape(-1, Layout.of(self.survey).size)
        leaf = [n for n, path in enumerate(paths) for _ in self.ballots[path]]
        counted = count_by_leaf(codes, np.array(leaf, dtype=np.intp), len(paths), instrument)
        texts = {
            item.key: tuple(
                (f"id {path}", text) for path, some in self.comments.items() for text in some
            )
            for item in self.survey.items
            if item.type == "text"
        }
        leaves = {f"id {path}": one for path, one in zip(paths, counted, strict=True)}
        ballots = {f"id {path}": codes[np.array(leaf) == n] for n, path in enumerate(paths)}
        return Tally(instrument, leaves, texts, asked_for(self.survey), ballots)

    def published(
        self, min_group: int = K, min_comments: int = COMMENTS, rows: int | None = None
    ) -> disclosure.Disclosed:
        return disclosure.disclosed(self.tally(), min_group, min_comments, self.tree(), rows)

    def release(
        self, min_group: int = K, min_comments: int = COMMENTS, rows: int | None = None
    ) -> dict[str, Any]:
        """The release as everybody reads it."""
        policy = Policy(
            self.survey.content_hash, "tree", min_group=min_group, min_comments=min_comments
        )
        published = self.published(min_group, min_comments, rows)
        return document.document(
            round_row(self.survey), self.survey, policy, published, ZoneInfo("Asia/Kuala_Lumpur")
        )


def round_row(survey: Survey) -> SurveyRound:
    moment = datetime(2026, 3, 1, 20, tzinfo=UTC)
    return SurveyRound(
        id="k7m2px",
        name="May",
        survey_key=survey.key,
        survey_version=survey.version,
        survey_hash=survey.content_hash,
        policy_hash="hash",
        language="en",
        server_key="",
        created_by="test",
        opens_at=moment,
        closes_at=moment,
    )


def groups_of(release: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {group["department"]: group for group in release["groups"]}


def classed(promoters: int, passives: int, detractors: int) -> list[bytes]:
    """Ballots of the five-point survey whose writers are of these classes in every block."""
    kinds = [(promoters, (4, 3, 4)), (passives, (2, 2, 2)), (detractors, (0, 1, 0))]
    return [bytes([*codes, 0]) for people, codes in kinds for _ in range(people)]


def example() -> Company:
    """The worked example of the design."""
    company = Company(survey_of())
    counts = {
        "Sales/Inside": (3, 2, 1),
        "Sales/Field": (2, 1, 4),
        "Marketing": (4, 3, 2),
        "Ops": (2, 4, 1),
        "Legal": (0, 1, 2),
    }
    for path, classes in counts.items():
        company.add(path, sum(classes), mixed(classes))
    return company


def mixed(classes: tuple[int, int, int]) -> list[bytes]:
    """As `classed`, with the place changing, so that no block but the classes is all alike."""
    ballots = classed(*classes)
    return [bytes([*ballot[:3], n % 3]) for n, ballot in enumerate(ballots)]


def random_company(chance: random.Random, survey: Survey, levels: int = 3) -> Company:
    """A tree of that depth at most, sizes 0 to 12, some groups of one mind, some blanks."""
    company = Company(survey)
    points = survey.scales[0].points
    mood = chance.choice([0.3, 0.5, 0.7, 0.9])

    def grow(path: str, level: int) -> None:
        for n in range(chance.randint(2, 5)):
            child = f"{path}/{'abcde'[n]}" if path else "ABCDE"[n]
            inner = level < levels and chance.random() < 0.4
            asked = chance.randint(0, 12) if not inner or chance.random() < 0.5 else 0
            company.add(child, asked, _ballots(chance, survey, points, asked, mood))
            if inner:
                grow(child, level + 1)

    grow("", 1)
    return company


def _ballots(
    chance: random.Random, survey: Survey, points: int, asked: int, mood: float
) -> list[bytes]:
    cast = sum(chance.random() < 0.85 for _ in range(asked))
    alike = chance.random() < 0.25
    top = chance.random() < mood
    choices = [len(item.options) for item in survey.items if item.type == "choice"]

    def code() -> int:
        if alike:
            return points - 1 if top else 0
        if chance.random() < 0.06:
            return chance.choice([NOT_APPLICABLE, BLANK])
        return min(points - 1, max(0, round(chance.gauss(mood, 0.3) * (points - 1))))

    picked = [chance.randrange(options) for options in choices]
    return [
        bytes(
            [code() for _ in range(3)]
            + [
                one if alike else chance.randrange(options)
                for one, options in zip(picked, choices, strict=True)
            ]
        )
        for _ in range(cast)
    ]
