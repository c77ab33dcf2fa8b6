"""Slides of the questions: rated ones as bars of one length, lists of options as tables."""

from collections.abc import Sequence

from app.kit.language import Language
from app.results import report
from app.results.export.extract import Extract, Json
from app.results.export.slides import counterparts
from app.results.export.slides.deck import Deck, chunks, short
from app.results.export.slides.grid import Cell, Row, grid, pages
from app.results.export.slides.rated import PICTURE, answers, bars, few
from app.results.report import ItemLine

MOST = 6
LONGEST, LONGEST_IN_TITLE = 120, 70


def questions(deck: Deck, extract: Extract, group: Json) -> None:
    """Every question that is printed and was answered, alike ones together."""
    reader = extract.language
    shown = [line for line in report.items_of(group, extract.survey, reader) if line.n]
    # What was asked about several departments is told department by department.
    single, several = counterparts.apart(shown)
    _each(deck, reader, [line for line in single if line.parts])
    for line in single:
        if line.options:
            _options(deck, reader, line)
    for lines in several:
        counterparts.beside(deck, extract, lines)


def _each(deck: Deck, reader: Language, rated: Sequence[ItemLine]) -> None:
    # Few answers are told as people, many as per cent, and never both in one picture.
    for people in (False, True):
        some = [line for line in rated if few(line) is people]
        for scale in dict.fromkeys(_labels(line) for line in some):
            alike = [line for line in some if _labels(line) == scale]
            for page in chunks(alike, MOST):
                names = [f"{short(line.text, LONGEST)} {answers(line)}" for line in page]
                bars(deck, reader, _title(page, reader), page, names)


def _labels(line: ItemLine) -> tuple[str, ...]:
    return tuple(part.label for part in line.parts) + tuple(part.kind for part in line.parts)


def _title(lines: Sequence[ItemLine], reader: Language) -> str:
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


def _options(deck: Deck, reader: Language, line: ItemLine) -> None:
    text = reader.text
    ranked, people = line.type == "rank", few(line)
    heads = [
        text("Answer"),
        *([text("Mean place")] if ranked else []),
        text("Put first") if ranked else text("Chosen by"),
        *([] if people else [text("Per cent")]),
    ]
    rows: list[Row] = [
        (
            one.label,
            [
                *([Cell("–" if one.place is None else reader.number(one.place, 1))] * ranked),
                Cell(reader.number(one.people)),
                *([] if people else [Cell(str(one.percent))]),
            ],
        )
        for one in line.options
    ]
    hint = reader.plural("%(n)s person answered.", "%(n)s people answered.", line.n or 0)
    if line.type == "choices":
        hint += " " + text("Several answers were possible.")
    for page in pages(heads, rows, PICTURE, names=0.5):
        grid(deck.slide(line.text, hint), heads, page, PICTURE, alt=line.text, names=0.5)
