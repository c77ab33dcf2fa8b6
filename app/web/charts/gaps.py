"""Who misjudges whom: a side's own answer, how another sees it, and what that one expected."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.web.charts.drawing import Bar, Chart, Dot, Line, Mark, Words

ROW = 30.0
HALF = 7.0
LEGEND = 22.0


@dataclass(frozen=True)
class Views:
    """One item between two sides, each view on 0 to 100; None where nobody was asked."""

    text: str
    own: float | None
    seen: float | None
    guessed: float | None

    @property
    def shown(self) -> tuple[float, ...]:
        return tuple(one for one in (self.own, self.seen, self.guessed) if one is not None)


def views(
    title: str,
    rows: Sequence[Views],
    *,
    labelled: bool = False,
    legend: tuple[str, str, str] | None = None,
) -> Chart:
    """One line an item; the longer it is, the further apart the views are.

    A picture that stands alone says in its legend what the marks of own, seen and expected are.
    """
    marks: list[Mark] = []
    step = ROW + (22 if labelled else 0)
    for place, row in enumerate(rows):
        top = place * step
        if labelled:
            marks.append(Words("label", 0, top + 10, row.text, "start"))
        marks += _row(row, top + step - ROW / 2)
    bottom = len(rows) * step
    marks += [
        Words("tick", 0, bottom + 10, "0", "start"),
        Words("tick", 50, bottom + 10, "50"),
        Words("tick", 100, bottom + 10, "100", "end"),
    ]
    if legend is None:
        return Chart(title, bottom + 22, tuple(marks), "views")
    marks += _legend(legend, bottom + LEGEND)
    return Chart(title, bottom + LEGEND * 4.5, tuple(marks), "views")


def _legend(words: tuple[str, str, str], top: float) -> Iterator[Mark]:
    own, seen, guess = (top + LEGEND * (n + 0.5) for n in range(3))
    yield Dot("own", 1.5, own, HALF - 1)
    yield Dot("seen", 1.5, seen, HALF - 1)
    yield Line("guess", 1.5, guess - HALF, 1.5, guess + HALF)
    for text, y in zip(words, (own, seen, guess), strict=True):
        yield Words("label", 4, y, text, "start")


def _row(row: Views, y: float) -> list[Mark]:
    marks: list[Mark] = [Line("axis", 1.5, y, 98.5, y)]
    shown = row.shown
    if len(shown) > 1:
        low, high = min(shown), max(shown)
        marks.append(Bar("between", at(low), at(high) - at(low), y - 3, 6))
    if row.guessed is not None:
        marks.append(Line("guess", at(row.guessed), y - 10, at(row.guessed), y + 10, _told(row, 2)))
    if row.seen is not None:
        marks.append(Dot("seen", at(row.seen), y, HALF, _told(row, 1)))
    if row.own is not None:
        marks.append(Dot("own", at(row.own), y, HALF - 1, _told(row, 0)))
    return marks


def _told(row: Views, which: int) -> tuple[tuple[str, object], ...]:
    name = ("own", "seen", "guess")[which]
    return ((name, (row.own, row.seen, row.guessed)[which]),)


def at(index: float) -> float:
    """An index of 0..100 as a place in per cent, with room for a mark at both ends."""
    return 1.5 + 0.97 * index
