"""Slides of how sides and departments see each other: the clear gaps, and every view of another."""

from collections.abc import Sequence

from pptx.util import Inches

from app.results import wording
from app.results.export.extract import Extract, Json
from app.results.export.slides import charts
from app.results.export.slides import deck as drawing
from app.results.export.slides.charts import Series
from app.results.export.slides.deck import BOTTOM, MARGIN, TOP, WIDTH, Deck, chunks, words
from app.results.export.slides.grid import Cell, grid, pages
from app.results.matrix import Cell as View
from app.results.matrix import Matrix, matrices

GAPS, SAID, STEP = 5, 3, 20
COLUMNS, NAMES = 6, 0.26
WHOLE, ENDS = 12, 8
LONGEST_SUBJECT = 46
TABLE = (MARGIN, TOP + Inches(0.1), WIDTH, BOTTOM - TOP - Inches(0.2))


def gaps(deck: Deck, extract: Extract, group: Json) -> None:
    """The clearest gaps in which the group's side takes part."""
    reader, survey = extract.language, extract.survey
    told = [row for row in _of(extract.release["gaps"], group) if row["gap"] is not None]
    clear, _ = wording.gaps(told, survey, reader)
    if not clear:
        return
    most = clear[:GAPS]
    title = drawing.short(most[0].words, drawing.LONGEST_TITLE)
    slide = deck.slide(title, reader.text("Clear gaps between the sides, in points of 100"))
    names = [_gap_name(line.row, extract) for line in most]
    values = [round(line.row["gap"]) for line in most]
    series = [Series(reader.text("Gap"), [line.row["gap"] for line in most], "promoter")]
    # A whole number of steps to either side, so that the scale has its zero.
    widest = (max(map(abs, values)) // STEP + 1) * STEP
    top = (MARGIN, TOP, WIDTH, Inches(3.0))
    charts.bars(
        slide, names, series, top, alt=title, ends=(-widest, widest), step=STEP, labels=0.46
    )
    said = [line.words for line in most[1 : 1 + SAID]]
    where = (MARGIN, TOP + Inches(3.1), WIDTH, Inches(1.9))
    words(slide, said, where, size=13, colour="ink-2", space=6)


def views(deck: Deck, extract: Extract, group: Json) -> None:
    """Who sees whom how; of many departments the whole only, of very many its ends."""
    rows = _of(extract.release.get("views", ()), group)
    found = matrices(rows, extract.survey, extract.language)
    if found and len(found[0].about) > WHOLE:
        _ends(deck, extract, found[0])
        return
    for matrix in found if found and len(found[0].about) <= COLUMNS else found[:1]:
        for columns in chunks(range(len(matrix.about)), COLUMNS):
            _matrix(deck, extract, matrix, columns)


def _of(rows: Sequence[Json], group: Json) -> list[Json]:
    return [row for row in rows if group["side"] in {None, *row["sides"]}]


def _ends(deck: Deck, extract: Extract, matrix: Matrix) -> None:
    """The worst views and the best ones, where the whole would take too many slides."""
    text = extract.language.text
    said = [
        (index, f"{line.name} → {about}", cell)
        for line in matrix.lines
        for about, cell in zip(matrix.about, line.cells, strict=True)
        if (index := cell.index) is not None
    ]
    said.sort(key=lambda one: one[0])
    hint = text("From 0 (worst) to 100 (best): the mean answer of the first about the second.")
    hint += " " + text("All are in the workbook.")
    for title, some in (
        (text("The least favourable views"), said[:ENDS]),
        (text("The most favourable views"), said[: -ENDS - 1 : -1]),
    ):
        heads = [text("Who sees whom"), matrix.name]
        rows = [(name, [_view(cell, extract)]) for _, name, cell in some]
        for page in pages(heads, rows, TABLE, names=0.7):
            grid(deck.slide(title, hint), heads, page, TABLE, alt=title, names=0.7)


def _matrix(deck: Deck, extract: Extract, matrix: Matrix, columns: Sequence[int]) -> None:
    text = extract.language.text
    title = f"{text('How departments see each other')}: {matrix.name}"
    hint = text(
        "From 0 (worst) to 100 (best): the mean answer of the department at the left about the one above."
    )
    heads = [text("Seen by"), *(matrix.about[place] for place in columns)]
    rows = [
        (line.name, [_view(line.cells[place], extract) for place in columns])
        for line in matrix.lines
    ]
    for page in pages(heads, rows, TABLE, names=NAMES):
        grid(deck.slide(title, hint), heads, page, TABLE, alt=title, names=NAMES)


def _view(view: View, extract: Extract) -> Cell:
    reader = extract.language
    if view.kind == "self":
        return Cell("–", quiet=True)
    if view.kind == "apart":
        return Cell(reader.text("not asked"), quiet=True)
    if view.index is None:
        return Cell(reader.text("too few answers, or protected"), quiet=True)
    return Cell(reader.number(view.index), reader.text("%(n)s answers", n=view.n))


def _gap_name(row: Json, extract: Extract) -> str:
    reader = extract.language
    kinds = {
        "means": reader.text("own views"),
        "perception": reader.text("view of the other"),
        "guess": reader.text("guess of the other"),
        "reciprocity": reader.text("views of each other"),
    }
    subject = drawing.short(wording.subject(row, extract.survey, reader), LONGEST_SUBJECT)
    return f"{subject}: {row['from']} → {row['about']} ({kinds[row['kind']]})"
