"""Distributions: bars of 100 per cent, and diverging ones with the neutral answers set apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.results.report import Share
from app.web.charts.drawing import Bar, Chart, Line, Mark, Words

# A piece narrower than this has no room for its figure.
LABELLED = 9
# Between the favourable answers and the neutral ones, in per cent of the width.
APART = 3.0
LABEL_HEIGHT = 22
ROW_HEIGHT = 24
ROW_GAP = 12


@dataclass(frozen=True)
class Row:
    """One item of a chart of several: its words, its finding, and its answers."""

    text: str
    title: str
    parts: Sequence[Share]


@dataclass(frozen=True)
class Scale:
    """What several diverging bars share: where zero is, and how long one per cent of answers is."""

    unfavourable: float
    favourable: float
    neutral: float

    @classmethod
    def of(cls, rows: Sequence[Sequence[Share]]) -> "Scale":
        """So that the longest of each kind just fits."""
        sums = [[_sum(parts, stance) for stance in (-1, 1, 0)] for parts in rows] or [[0, 0, 0]]
        return cls(*(max(column) for column in zip(*sums, strict=True)))

    @property
    def unit(self) -> float:
        whole = self.unfavourable + self.favourable + self.neutral
        return (100 - (APART if self.neutral else 0)) / (whole or 1)

    @property
    def zero(self) -> float:
        return self.unfavourable * self.unit

    @property
    def middle(self) -> float:
        """Where the neutral answers begin."""
        return (self.unfavourable + self.favourable) * self.unit + APART


def stacked(title: str, parts: Sequence[Share], height: float = ROW_HEIGHT) -> Chart:
    """Every answer in one bar of 100 per cent."""
    return Chart(title, height, tuple(_stacked(parts, 0, height)), "bar")


def diverging(
    title: str, parts: Sequence[Share], scale: Scale, height: float = ROW_HEIGHT
) -> Chart:
    """Unfavourable answers left of zero, favourable right of it, neutral ones at the right edge."""
    zero = Line("zero", scale.zero, 0, scale.zero, height)
    return Chart(title, height, (*_diverging(parts, scale, 0, height), zero), "bar")


def items(title: str, rows: Sequence[Row], *, whole: bool = False) -> Chart:
    """All items under one another with their words: one picture to keep."""
    scale = Scale.of([row.parts for row in rows])
    marks: list[Mark] = []
    step = LABEL_HEIGHT + ROW_HEIGHT + ROW_GAP
    for place, row in enumerate(rows):
        top = place * step
        marks.append(Words("label", 0, top + LABEL_HEIGHT / 2, row.text, "start"))
        y = top + LABEL_HEIGHT
        drawn = _stacked(row.parts, y, ROW_HEIGHT)
        marks += drawn if whole else _diverging(row.parts, scale, y, ROW_HEIGHT)
    height = len(rows) * step
    if not whole:
        marks.append(Line("zero", scale.zero, LABEL_HEIGHT, scale.zero, height - ROW_GAP))
    return Chart(title, height, tuple(marks), "bar")


def _stacked(parts: Sequence[Share], y: float, height: float) -> Iterator[Mark]:
    yield from _run(parts, 0, 1, y, height)


def _diverging(parts: Sequence[Share], scale: Scale, y: float, height: float) -> Iterator[Mark]:
    ordered = {stance: [one for one in parts if one.stance == stance] for stance in (-1, 0, 1)}
    if parts and parts[0].stance > parts[-1].stance:
        # A turned item: its first codes are the favourable ones.
        ordered = {stance: some[::-1] for stance, some in ordered.items()}
    start = scale.zero - _sum(parts, -1) * scale.unit
    yield from _run(ordered[-1], start, scale.unit, y, height)
    yield from _run(ordered[1], scale.zero, scale.unit, y, height)
    yield from _run(ordered[0], scale.middle, scale.unit, y, height)


def _run(
    parts: Sequence[Share], start: float, unit: float, y: float, height: float
) -> Iterator[Mark]:
    """Pieces one after the other, each with its figure where there is room."""
    for part in parts:
        if part.share <= 0:
            continue
        width = part.share * unit
        data = (("kind", part.kind), ("share", round(part.share, 4)), ("people", part.people))
        yield Bar(part.kind, start, width, y, height, data)
        if width >= LABELLED:
            yield Words(part.kind, start + width / 2, y + height / 2, part.shown)
        start += width


def _sum(parts: Sequence[Share], stance: int) -> float:
    return sum(part.share for part in parts if part.stance == stance)
