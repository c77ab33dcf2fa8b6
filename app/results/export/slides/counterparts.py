"""Slides of a question that was asked about several departments: a row for each of them."""

from collections.abc import Sequence

from app.results import report
from app.results.export.extract import Extract
from app.results.export.slides.deck import Deck, short
from app.results.export.slides.grid import Cell, Row, grid, pages
from app.results.export.slides.rated import PICTURE, answers, bars, few
from app.results.report import ItemLine

# Above so many departments a slide has the highest and the lowest of them.
MOST = 12
LONGEST, LONGEST_IN_TITLE = 60, 34

Lines = Sequence[ItemLine]


def apart(lines: Lines) -> tuple[list[ItemLine], list[Lines]]:
    """The questions that were asked once; and those asked about several, each with all its lines."""
    together: dict[str, list[ItemLine]] = {}
    for line in lines:
        # A ranking is a table of its own already.
        key = line.key if line.type == "rank" else line.key.partition("--")[0]
        together.setdefault(key, []).append(line)
    single = [some[0] for some in together.values() if len(some) == 1]
    return single, [some for some in together.values() if len(some) > 1]


def beside(deck: Deck, extract: Extract, lines: Lines) -> None:
    """One question: its answers about each department."""
    if not lines[0].parts:
        _options(deck, extract, lines)
        return
    for people in (False, True):
        some = [line for line in lines if few(line) is people]
        if some:
            _rated(deck, extract, sorted(some, key=_score, reverse=True))


def _rated(deck: Deck, extract: Extract, lines: Lines) -> None:
    reader = extract.language
    half = MOST // 2
    shown = [*lines[:half], *lines[-half:]] if len(lines) > MOST else lines
    title = _asked(extract, lines[0])
    if len(lines) > 1:
        title += " " + reader.text(
            "Highest: %(best)s (%(high)s). Lowest: %(worst)s (%(low)s)",
            best=short(_about(extract, lines[0]), LONGEST_IN_TITLE),
            worst=short(_about(extract, lines[-1]), LONGEST_IN_TITLE),
            high=report.signed(lines[0].score),
            low=report.signed(lines[-1].score),
        )
    more = reader.text(
        "The %(n)s highest and lowest of %(all)s; all are in the workbook.", n=MOST, all=len(lines)
    )
    names = [f"{short(_about(extract, line), LONGEST)} {answers(line)}" for line in shown]
    bars(deck, reader, title, shown, names, more if len(lines) > MOST else "")


def _options(deck: Deck, extract: Extract, lines: Lines) -> None:
    text = extract.language.text
    title = _asked(extract, lines[0])
    heads = ["", *(one.label for one in lines[0].options), text("Answered")]
    hint = text("Number of people who answered so")
    if lines[0].type == "choices":
        hint += ". " + text("Several answers were possible.")
    rows: list[Row] = [(_about(extract, line), _people(extract, line)) for line in lines]
    for page in pages(heads, rows, PICTURE, names=0.34):
        grid(deck.slide(title, hint), heads, page, PICTURE, alt=title, names=0.34)


def _people(extract: Extract, line: ItemLine) -> list[Cell]:
    counted = [*(one.people for one in line.options), line.n or 0]
    return [Cell(extract.language.number(people)) for people in counted]


def _score(line: ItemLine) -> int:
    return line.score or 0


def _about(extract: Extract, line: ItemLine) -> str:
    survey, (_, _, side) = extract.survey, line.key.partition("--")
    return survey.side(side).name.in_(extract.language.code)


def _asked(extract: Extract, line: ItemLine) -> str:
    """The words of the question, with dots for the department."""
    item = extract.survey.item(line.key.partition("--")[0])
    return item.text.in_(extract.language.code).replace("{other}", "…").replace("….", "…")
