"""Slides that set groups beside each other: departments, and people who have something in common."""

from collections.abc import Callable, Sequence

from pptx.util import Inches

from app.campaigns import breakdown
from app.kit.language import Language
from app.results import report
from app.results.export.extract import Extract, Json
from app.results.export.slides import charts
from app.results.export.slides.charts import Series
from app.results.export.slides.deck import BOTTOM, MARGIN, TOP, WIDTH, Deck, chunks
from app.results.export.slides.grid import Cell, grid, pages

# A slide has so many bars; above `ALL` the ends of the list have a slide each.
MOST, ALL = 12, 36
SCORES = ("score_exact", "score_low", "score_high")
CLASSES = ("promoters", "passives", "detractors")
PICTURE = (MARGIN, TOP, WIDTH, BOTTOM - TOP - Inches(0.1))

Named = Callable[[Json], str]


def departments(deck: Deck, extract: Extract) -> None:
    """The scores of all departments that have one."""
    reader = extract.language

    def named(one: Json) -> str:
        return report.place(one["department"], reader)

    _scores(deck, reader, reader.text("Score by department"), extract.groups, named)


def breakdowns(deck: Deck, extract: Extract) -> None:
    """Each breakdown: the scores as a picture, and all its figures as a table."""
    reader = extract.language
    for one in extract.release.get("breakdowns", ()):
        attribute = one["attribute"]

        def named(cell: Json, attribute: str = attribute) -> str:
            return breakdown.value_named(attribute, cell["value"], reader)

        what = breakdown.named(attribute, reader)
        title = reader.text("By %(what)s", what=what)
        _scores(deck, reader, title, one["cells"], named)
        _figures(deck, extract, title, [(named(cell), cell) for cell in one["cells"]])


def _scores(deck: Deck, reader: Language, title: str, groups: Sequence[Json], named: Named) -> None:
    scored = [one for one in groups if one["disclosed"] and one["score"] is not None]
    if len(scored) < 2:
        return
    shown = _ends(scored)
    between = reader.text(
        "The %(n)s highest and lowest of %(all)s; all are in the workbook.",
        n=len(shown),
        all=len(scored),
    )
    without = _not_shown(len(groups) - len(scored), reader)
    hint = " ".join(filter(None, [without, between if len(shown) < len(scored) else ""]))
    for page in chunks(shown, MOST):
        slide = deck.slide(title, hint)
        names = [named(one) for one in page]
        scores = Series(reader.text("Score"), [one["score"] for one in page], "promoter")
        told = ", ".join(
            f"{name} {report.signed(one['score'])}" for name, one in zip(names, page, strict=True)
        )
        charts.bars(slide, names, [scores], PICTURE, alt=told)


def _ends(groups: Sequence[Json]) -> Sequence[Json]:
    """All of them; of very many those with the highest and the lowest scores."""
    if len(groups) <= ALL:
        return groups
    ordered = sorted(groups, key=lambda one: one["score_exact"], reverse=True)
    return [*ordered[:MOST], *ordered[-MOST:]]


def _not_shown(hidden: int, reader: Language) -> str:
    if not hidden:
        return ""
    return reader.plural(
        "%(n)s group is not in the picture: too few answers, protected, or nearly all alike.",
        "%(n)s groups are not in the picture: too few answers, protected, or nearly all alike.",
        hidden,
    )


def _figures(deck: Deck, extract: Extract, title: str, cells: Sequence[tuple[str, Json]]) -> None:
    reader, classed = extract.language, extract.release["method"]["rule"] != "none"
    text = reader.text
    classes = [
        *(text("Score"), text("Low"), text("High")),
        *(text("Promoters"), text("Passives"), text("Detractors")),
    ]
    heads = ["", *(classes if classed else []), text("Answered"), text("Asked")]
    hint = text("Counted only where enough people have this in common: fewer than everybody asked.")
    names = 0.26 if classed else 0.5
    rows = [(name, _row(cell, reader, classed=classed)) for name, cell in cells]
    for page in pages(heads, rows, PICTURE, names=names):
        grid(deck.slide(title, hint), heads, page, PICTURE, alt=title, names=names)


def _row(cell: Json, reader: Language, *, classed: bool) -> list[Cell]:
    if not cell["disclosed"]:
        return [Cell(reader.text("too few answers, or protected"), quiet=True)]
    if cell["band"]:
        return [Cell(report.band(cell, reader), quiet=True)]
    people = [Cell(reader.number(cell[name])) for name in ("answered", "invited")]
    if not classed:
        return people
    scores = [Cell(report.signed(cell[name])) for name in SCORES]
    classes = [Cell(reader.number(cell[name])) for name in CLASSES]
    return [*scores, *classes, *people]
