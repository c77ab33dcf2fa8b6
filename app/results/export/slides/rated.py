"""Slides of distributions: bars of one length, of answers on one scale."""

from collections.abc import Sequence

from pptx.util import Inches

from app.kit.language import Language
from app.results import report
from app.results.export.slides import charts
from app.results.export.slides.charts import Series
from app.results.export.slides.deck import BOTTOM, MARGIN, TOP, WIDTH, Deck
from app.results.report import ItemLine

PICTURE = (MARGIN, TOP, WIDTH, BOTTOM - TOP - Inches(0.1))


def few(line: ItemLine) -> bool:
    """Whether its answers are told as people; the others are told as per cent."""
    return (line.n or 0) < report.FEW


def answers(line: ItemLine) -> str:
    """How many answered, as it stands behind a name."""
    return f"(n\u00a0=\u00a0{line.n})"


def bars(
    deck: Deck,
    reader: Language,
    title: str,
    lines: Sequence[ItemLine],
    names: Sequence[str],
    more: str = "",
) -> None:
    """A slide of lines that have the same scale and are all few, or all many."""
    text = reader.text
    people = few(lines[0])
    hint = text("Number of people who answered so") if people else text("Per cent of the answers")
    slide = deck.slide(title, f"{hint}. {more}" if more else hint)
    series = [
        Series(
            part.label,
            [line.parts[place].people if people else line.parts[place].percent for line in lines],
            part.kind,
        )
        for place, part in enumerate(lines[0].parts)
    ]
    charts.shares(slide, names, series, PICTURE, alt=title, percent=not people)
