"""The story the demo tells: a weak hand-over, what was done about it, and what came of it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.actions.register import Given, Origin
from app.indicators import periods
from app.surveys.answering import Answers
from app.surveys.definition import Item, Survey
from app.surveys.paper import paper

SURVEY = "sales_marketing_alignment"
AUDIENCE = ("Commercial", "Technology", "People", "Legal")
SIDES = ("Commercial/Sales", "Commercial/Marketing")
# How each part of the company tends to answer, from 0 (disagrees) to 1 (agrees).
MOOD = {"Commercial/Sales": 0.5, "Commercial/Marketing": 0.66, "Technology": 0.58}
ELSEWHERE = 0.6
# What the sides think of each other, and expect of each other: Marketing believes itself liked.
OTHER = {"sales": -0.24, "marketing": -0.06}
GUESS = {"sales": 0.0, "marketing": 0.14}
COMMENTS = (
    "Penyerahan prospek masih lambat.",
    "We hear of campaigns only once they run.",
    "Perancangan bersama sangat membantu.",
    "Different figures in every meeting.",
    "Mesyuarat mingguan berguna, teruskan.",
    "Nobody tells us why a lead was refused.",
)


@dataclass(frozen=True)
class Chapter:
    """A closed round: how long ago it closed, who took part, and what was weak or strong then."""

    name: str
    days_ago: int
    participation: float
    themes: Mapping[str, float]


CHAPTERS = (
    Chapter(
        "Alignment I",
        270,
        0.78,
        {"lead_handover": -0.2, "tools_data": -0.1, "joint_planning": -0.06, "shared_goals": 0.12},
    ),
    Chapter(
        "Alignment II",
        165,
        0.74,
        {"lead_handover": -0.21, "tools_data": -0.08, "joint_planning": 0.02, "shared_goals": 0.12},
    ),
    Chapter(
        "Alignment III",
        55,
        0.82,
        {"lead_handover": -0.07, "tools_data": -0.1, "joint_planning": 0.05, "shared_goals": 0.14},
    ),
)
OPEN = Chapter("Alignment IV", 0, 0.35, CHAPTERS[-1].themes)


def answers(
    chance: random.Random, survey: Survey, path: str, side: str | None, themes: Mapping[str, float]
) -> Answers:
    """What one made-up person answers."""
    mood = next((mood for part, mood in MOOD.items() if path.startswith(part)), ELSEWHERE)
    leaning = mood + chance.gauss(0, 0.12)
    codes: dict[str, bytes] = {}
    comments: dict[str, str] = {}
    for question in paper(survey, side):
        if question.scale is not None and chance.random() > 0.03:
            view = leaning + themes.get(question.item.theme or "", 0.0) + chance.gauss(0, 0.18)
            view += _of_the_other(question.item, side)
            codes[question.column] = bytes([_code(view, question.item, question.scale.points)])
        elif question.item.type == "text" and chance.random() < 0.3:
            comments[question.column] = chance.choice(COMMENTS)
    return Answers(codes, comments)


def _of_the_other(item: Item, side: str | None) -> float:
    if side is None or item.about == "own":
        return 0.0
    return (OTHER if item.about == "other" else GUESS)[side]


def _code(view: float, item: Item, points: int) -> int:
    code = min(points - 1, max(0, round(view * (points - 1))))
    return points - 1 - code if item.reversed else code


@dataclass(frozen=True)
class Decided:
    """An action of the story: after which round, by when, and whether it was done."""

    after: str
    department: str
    what: str
    who: str
    theme: str
    practice: str
    due_in: int
    done: bool
    sign: str = ""
    notes: str = ""

    def given(self, department_id: str, due_on: date) -> Given:
        return Given(self.what, self.who, due_on, self.notes, department_id)

    def origin(self, round_id: str) -> Origin:
        return Origin(round_id, self.theme, self.sign, self.practice)


DECIDED = (
    Decided(
        "Alignment I",
        "Commercial",
        "Bring both plans for the quarter to one table, on the first Monday of the month.",
        "Kavitha, planning",
        "joint_planning",
        "joint_planning",
        14,
        done=True,
        sign="little_communication",
    ),
    Decided(
        "Alignment II",
        "Commercial",
        "Sales replies to every lead within two working days; Marketing sends source, need and budget with it.",
        "Badrul and Mei Ling",
        "lead_handover",
        "service_levels",
        14,
        done=True,
        sign="leads_dropped",
        notes="Tried for two weeks in June, kept since. Reviewed in the Tuesday meeting.",
    ),
    Decided(
        "Alignment III",
        "Commercial/Marketing",
        "Open ten customers in both tools and list which facts differ.",
        "badrul@contoh.example",
        "tools_data",
        "integrated_technology",
        -20 + 55,
        done=False,
        sign="different_metrics",
    ),
    Decided(
        "Alignment III",
        "Commercial",
        "Choose one place where customer data is kept.",
        "Hafiz, sales operations",
        "tools_data",
        "integrated_technology",
        70,
        done=False,
        sign="different_metrics",
    ),
)

# Key: the first and the last month's value, how far months stray, and whose figure it is.
COURSES = (
    ("lead_conversion", "", 9.5, 14.0, 0.7),
    ("cycle_length", "", 61, 46, 2.5),
    ("acquisition_cost", "", 1240, 1090, 45),
    ("customer_feedback", "", 63, 69, 1.5),
    ("attribution", "", 58, 56, 3),
    ("lead_quality", "", 41, 63, 3),
    ("lead_quality", "Commercial/Sales", 38, 64, 4),
)
# What was aimed at, and what the departments promised each other.
AGREED = {
    "lead_conversion": (15.0, 12.0),
    "cycle_length": (42.0, 50.0),
    "lead_quality": (65.0, 55.0),
    "attribution": (80.0, 70.0),
    "customer_feedback": (70.0, None),
}
# The months in which the new hand-over began to tell.
TURN, MONTHS = 7, 12


def figures(chance: random.Random, today: date) -> list[tuple[str, str, str, float]]:
    """A year of values: key, department, month, value; most of the change comes after the turn."""
    last = periods.place(periods.of(today)) - 1
    found = []
    for key, department, first, final, stray in COURSES:
        for n in range(MONTHS):
            done = 0.25 * n / MONTHS if n < TURN else 0.25 + 0.75 * (n - TURN + 1) / (MONTHS - TURN)
            value = first + (final - first) * done + chance.gauss(0, stray)
            found.append((key, department, _period(last - MONTHS + 1 + n), round(value, 1)))
    return found


def _period(place: int) -> str:
    return f"{(place - 1) // 12:04}-{(place - 1) % 12 + 1:02}"
