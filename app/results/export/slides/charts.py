"""Charts of slides: drawn by the program that shows them, from numbers that can be edited there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from pptx.chart.data import CategoryChartData
from pptx.chart.xlsx import CategoryWorkbookWriter
from pptx.enum.chart import (
    XL_AXIS_CROSSES,
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_TICK_LABEL_POSITION,
)
from pptx.oxml import parse_xml
from pptx.slide import Slide
from pptx.util import Emu, Pt
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from app.kit.text import visible
from app.results.export.slides.deck import FONT, colour, short

LONGEST_LABEL = 140
SIGNED = '+0;"−"0;0'
SHARE, PEOPLE = '0" %"', "0"
# Narrower than this, in per cent of its bar, a piece has no room for its number.
NARROW = 6
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


@dataclass(frozen=True)
class Series:
    """One kind of bar: its name, a value a category, its colour."""

    name: str
    values: Sequence[float | None]
    colour: str


def bars(
    slide: Slide,
    categories: Sequence[str],
    series: Sequence[Series],
    box: tuple[int, int, int, int],
    *,
    alt: str,
    ends: tuple[float, float] = (-100, 100),
    step: int = 50,
    labels: float = 0.34,
) -> None:
    """Bars from zero to both sides, the first category on top."""
    chart = _added(slide, XL_CHART_TYPE.BAR_CLUSTERED, categories, series, box, alt, SIGNED)
    _axes(chart, ends, labels, step)
    # Of several series the first is drawn on top, as it is read.
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 45 if len(series) == 1 else 60, -10
    plot.has_data_labels = True
    _labelled(plot.data_labels, SIGNED, "ink", XL_LABEL_POSITION.OUTSIDE_END)
    for given, drawn in zip(series, plot.series, strict=True):
        drawn.invert_if_negative = False
        _filled(drawn.format, given.colour)
        if len(series) == 1:
            for place, value in enumerate(given.values):
                if value is not None and value < 0:
                    _filled(drawn.points[place].format, "detractor")
    _legend(chart, len(series) > 1)


def shares(
    slide: Slide,
    categories: Sequence[str],
    series: Sequence[Series],
    box: tuple[int, int, int, int],
    *,
    alt: str,
    percent: bool,
    labels: float = 0.44,
) -> None:
    """Bars of one length made of parts; `percent` says how the parts are labelled."""
    pattern = SHARE if percent else PEOPLE
    chart = _added(slide, XL_CHART_TYPE.BAR_STACKED_100, categories, series, box, alt, pattern)
    _axes(chart, None, labels)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 40, 100
    totals = [sum(one.values[place] or 0 for one in series) for place in range(len(categories))]
    for given, drawn in zip(series, plot.series, strict=True):
        _filled(drawn.format, given.colour)
        _labelled(drawn.data_labels, pattern, f"on-{given.colour}", XL_LABEL_POSITION.CENTER)
        for place, value in enumerate(given.values):
            if 100 * (value or 0) < NARROW * (totals[place] or 1):
                _unlabelled(drawn.points[place])
    _legend(chart, True)


def _added(
    slide: Slide,
    kind: Any,
    categories: Sequence[str],
    series: Sequence[Series],
    box: tuple[int, int, int, int],
    alt: str,
    pattern: str,
) -> Any:
    data: Any = Numbers(number_format=pattern)  # type: ignore[no-untyped-call]
    data.categories = [short(one, LONGEST_LABEL) for one in categories]
    for one in series:
        data.add_series(visible(one.name), one.values)
    shapes: Any = slide.shapes
    frame = shapes.add_chart(kind, *(Emu(side) for side in box), data)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", visible(alt))
    chart = frame.chart
    chart.font.name, chart.font.size = FONT, Pt(13)
    chart.font.color.rgb = colour("ink")
    chart.has_title = False
    return chart


def _axes(chart: Any, ends: tuple[float, float] | None, labels: float, step: int = 50) -> None:
    names, values = chart.category_axis, chart.value_axis
    names.reverse_order = True
    # With the first category on top the scale would be on top as well.
    names.crosses = XL_AXIS_CROSSES.MAXIMUM
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.tick_labels.font.size = Pt(13)
    names.format.line.color.rgb = colour("passive")
    names.has_major_gridlines = False
    if ends is None:
        values.visible, values.has_major_gridlines = False, False
    else:
        values.minimum_scale, values.maximum_scale = ends
        values.major_unit = step
        values.major_gridlines.format.line.color.rgb = colour("divider")
        values.tick_labels.number_format = SIGNED
        values.tick_labels.number_format_is_linked = False
        values.tick_labels.font.color.rgb = colour("ink-2")
        values.tick_labels.font.size = Pt(11)
        values.format.line.fill.background()
    _place(chart, labels, 0.1 if ends is None else 0.02)


def _place(chart: Any, labels: float, foot: float) -> None:
    """Room for the words on the left: a third of the picture, whatever the program would leave."""
    area = chart._chartSpace.find(f".//{CHART}plotArea")
    for old in area.findall(f"{CHART}layout"):
        area.remove(old)
    layout = parse_xml(
        f'<c:layout xmlns:c="{CHART.strip("{}")}"><c:manualLayout>'
        '<c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{labels}"/><c:y val="0.02"/><c:w val="{0.97 - labels}"/><c:h val="{0.86 - foot + 0.02}"/>'
        "</c:manualLayout></c:layout>"
    )
    area.insert(0, layout)


def _labelled(labels: Any, pattern: str, name: str, position: Any) -> None:
    labels.show_value, labels.position = True, position
    labels.number_format, labels.number_format_is_linked = pattern, False
    labels.font.size, labels.font.bold = Pt(12), True
    labels.font.color.rgb = colour(name)


def _unlabelled(point: Any) -> None:
    """A piece that is too narrow for its number."""
    labels = point._ser.get_or_add_dLbls()
    label = parse_xml(
        f'<c:dLbl xmlns:c="{CHART.strip("{}")}"><c:idx val="{point._idx}"/><c:delete val="1"/></c:dLbl>'
    )
    labels.insert(len(labels.findall(f"{CHART}dLbl")), label)


def _legend(chart: Any, shown: bool) -> None:
    chart.has_legend = shown
    if shown:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
        chart.legend.font.size = Pt(12)


def _filled(format_: Any, name: str) -> None:
    format_.fill.solid()
    format_.fill.fore_color.rgb = colour(name)


class PlainWorkbook(CategoryWorkbookWriter):
    """The sheet behind a chart, in which no name can become a formula or a link."""

    @contextmanager
    def _open_worksheet(self, xlsx_file: IO[bytes]) -> Iterator[tuple[Workbook, Worksheet]]:
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with Workbook(xlsx_file, options) as book:
            yield book, book.add_worksheet()


class Numbers(CategoryChartData):
    """What a chart is drawn from."""

    @property
    def _workbook_writer(self) -> PlainWorkbook:
        return PlainWorkbook(self)  # type: ignore[no-untyped-call]
