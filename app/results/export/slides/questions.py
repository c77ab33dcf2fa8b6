"""Slides of the questions: rated ones as bars of one length, lists of options as tables."""

from collections.abc import Sequence

from pptx.util import Inches

from app.kit.language import Language
from app.results import report
from app.results.export.extract import Extract, Json
from app.results.export.slides import charts
from app.results.export.slides.charts import Series
from app.results.export.slides.deck import BOTTOM, MARGIN, TOP, WIDTH, Deck, chunks, short
from app.results.export.slides.grid import Cell, Row, grid, pages

MOST = 6
LONGEST, LONGEST_IN_TITLE = 120, 70
PICTURE = (MARGIN, TOP, WIDTH, BOTTOM - TOP - Inches(0.1))


def questions(deck: Deck, extract: Extract, group: Json) -> None:
    """Every question that is printed and was answered, alike ones together."""
    reader = extract.language
    shown = [line for line in report.items_of(group, extract.survey, reader) if line.n]
    rated = [line for line in shown if line.parts]
    # Few answers are told as people, many as per cent, and never both in one picture.
    for few in (False, True):
        some = [line for line in rated if _few(line) is few]
        for scale in dict.fromkeys(_labels(line) for line in some):
            alike = [line for line in some if _labels(line) == scale]
            for page in chunks(alike, MOST):
                _rated(deck, reader, page, few=few)
    for line in shown:
        if line.options:
            _options(deck, reader, line)


def _few(line: report.ItemLine) -> bool:
    return (line.n or 0) < report.FEW


def _labels(line: report.ItemLine) -> tuple[str, ...]:
    return tuple(part.label for part in line.parts) + tuple(part.kind for part in line.parts)


def _rated(deck: Deck, reader: Language, lines: Sequence[report.ItemLine], *, few: bool) -> None:
    text = reader.text
    title = _title(lines, reader)
    hint = text("Number of people who answered so") if few else text("Per cent of the answers")
    slide = deck.slide(title, hint)
    series = [
        Series(
            part.label,
            [line.parts[place].people if few else line.parts[place].percent for line in lines],
            part.kind,
        )
        for place, part in enumerate(lines[0].parts)
    ]
    names = [f"{short(line.text, LONGEST)} (n\u00a0=\u00a0{line.n})" for line in lines]
    charts.shares(slide, names, series, PICTURE, alt=title, percent=not few)


def _title(lines: Sequence[report.ItemLine], reader: Language) -> str:
    best = max(lines, key=lambda line: line.score or 0)
    worst = min(lines, key=lambda line: line.score or 0)
    if best is worst:
        return best.text
    return reader.text(
        "Highest: %(best)s (%(high)s). Lowest: %(worst)s (%(low)s)",
        best=f"“{short(best.text.rstrip('.'), LONGEST_IN_TITLE)}”",
        worst=f"“{short(worst.text.rstrip('.'), LONGEST_IN_TITLE)}”",
        high=report.signed(best.score),
        low=report.signed(worst.score),
    )


def _options(deck: Deck, reader: Language, line: report.ItemLine) -> None:
    text = reader.text
    ranked, few = line.type == "rank", _few(line)
    heads = [
        text("Answer"),
        *([text("Mean place")] if ranked else []),
        text("Put first") if ranked else text("Chosen by"),
        *([] if few else [text("Per cent")]),
    ]
    rows: list[Row] = [
        (
            one.label,
            [
                *([Cell("–" if one.place is None else reader.number(one.place, 1))] * ranked),
                Cell(reader.number(one.people)),
                *([] if few else [Cell(str(one.percent))]),
            ],
        )
        for one in line.options
    ]
    hint = reader.plural("%(n)s person answered.", "%(n)s people answered.", line.n or 0)
    if line.type == "choices":
        hint += " " + text("Several answers were possible.")
    for page in pages(heads, rows, PICTURE, names=0.5):
        grid(deck.slide(line.text, hint), heads, page, PICTURE, alt=line.text, names=0.5)
