"""The heat map: its cells in a page's table."""

from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup

from app.results.heat import Cell

# More kinds of cells than a page of a few hundred departments has.
DIFFERENT = 10_000


def cells(row: Sequence[Cell]) -> Markup:
    """The cells of one row; most of them look like one that was drawn before."""
    return Markup("").join(map(_cell, row))


@lru_cache(DIFFERENT)
def _cell(cell: Cell) -> Markup:
    if not cell.step:
        why = Markup(' title="{}"').format(cell.why) if cell.why else ""
        return Markup('<td class="said"{}>{}</td>').format(why, cell.said)
    more = Markup('<br><small class="nowrap">{}</small>').format(cell.interval)
    return Markup('<td class="heat-{}">{}{}</td>').format(
        cell.step, cell.score, more if cell.interval else ""
    )
