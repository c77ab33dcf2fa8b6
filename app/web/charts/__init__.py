"""Pictures of results, drawn on the server: each function makes a `Chart` of plain values.

`chart.svg()` is what a page holds: as wide as its place, coloured by the page's own style sheet,
without an inline style. `drawing.standalone(chart)` is a file by itself, for a download: of a fixed
width, with its colours inside, written out of the same style sheet.
"""

from app.web.charts.drawing import Chart, kinds, standalone
from app.web.charts.gaps import Views, views
from app.web.charts.heat import cells, heat
from app.web.charts.items import Row, Scale, diverging, items, stacked
from app.web.charts.score import interval, stances
from app.web.charts.trend import Point, trend

__all__ = [
    "Chart",
    "Point",
    "Row",
    "Scale",
    "Views",
    "cells",
    "diverging",
    "heat",
    "interval",
    "items",
    "kinds",
    "stacked",
    "stances",
    "standalone",
    "trend",
    "views",
]
