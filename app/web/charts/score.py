"""The score on its line from -100 to +100, and the three stances of a group."""

from collections.abc import Sequence

from app.results.report import Share
from app.web.charts.drawing import Bar, Chart, Dot, Mark, Words
from app.web.charts.items import stacked

MIDDLE = 11.0


def interval(
    title: str, score: float, low: float, high: float, company: float | None = None
) -> Chart:
    """Where a score and its interval lie; a hollow mark where everybody's does."""
    marks: list[Mark] = [
        Bar("axis", 0, 100, MIDDLE - 1, 2),
        Bar("axis", at(0) - 0.1, 0.3, MIDDLE - 6, 12),
        Bar(
            "range",
            at(low),
            max((high - low) / 2, 0.4),
            MIDDLE - 4,
            8,
            (("low", low), ("high", high)),
        ),
    ]
    if company is not None:
        marks.append(Dot("company", at(company), MIDDLE, 5, (("company", company),)))
    marks += [
        Dot("point", at(score), MIDDLE, 6, (("score", score),)),
        Words("tick", 0, MIDDLE + 18, "−100", "start"),
        Words("tick", 50, MIDDLE + 18, "0"),
        Words("tick", 100, MIDDLE + 18, "+100", "end"),
    ]
    return Chart(title, 38, tuple(marks), "interval")


def stances(title: str, parts: Sequence[Share]) -> Chart:
    """Promoters, passives and detractors in one bar of 100 per cent."""
    return stacked(title, parts, 32)


def at(score: float) -> float:
    """A score of -100..100 as a place in per cent."""
    return 50 + score / 2
