"""A chart as a list of marks, and how marks become SVG: in a page, or as a file by itself.

Across, everything is placed in per cent, so that a chart fits a phone and a wall without a script
while its words keep their size; down, in pixels.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from app.results.export import offer

SHEETS = Path(__file__).parent.parent / "static" / "css"
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")
RULE = re.compile(r"^(\.chart[^{}]*)\{([^{}]*)\}", re.MULTILINE)
USE = re.compile(r"var\(--([\w-]+)\)")
# In pixels: what the page's sizes come to where a letter is 16 pixels high.
SIZES = {"size-small": "13px", "space-2": "8px"}
FONT = 'font-family: system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;'
THEMES = ("light", "dark")
MARGIN = 16
TITLE_HEIGHT = 34


@dataclass(frozen=True)
class Bar:
    """A filled piece from `x`, `width` per cent wide."""

    kind: str
    x: float
    width: float
    y: float
    height: float
    data: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Line:
    """A straight line between two points."""

    kind: str
    x: float
    y: float
    to_x: float
    to_y: float
    data: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Dot:
    """A round mark; a hollow one is drawn by its kind's style."""

    kind: str
    x: float
    y: float
    r: float
    data: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Words:
    """A word or figure at a place, `start`, `middle` or `end` of it there."""

    kind: str
    x: float
    y: float
    text: str
    anchor: str = "middle"


Mark = Bar | Line | Dot | Words


@dataclass(frozen=True)
class Chart:
    """A picture: its title names the finding; the same figures stand in a table after it."""

    title: str
    height: float
    marks: tuple[Mark, ...]
    kind: str = ""
    data: tuple[tuple[str, object], ...] = field(default=())
    # Of the file; in a page it is as wide as its place.
    width: int = 800

    def svg(self) -> Markup:
        """As a page holds it."""
        kind = f"chart {self.kind}".strip()
        head = Markup(
            '<svg class="{}" role="img" aria-label="{}" width="100%" height="{}"{}>'
        ).format(kind, self.title, _figure(self.height), _data(self.data))
        drawn = Markup("").join(_drawn(mark, None) for mark in self.marks)
        return head + Markup("<title>{}</title>").format(self.title) + drawn + Markup("</svg>")

    def __html__(self) -> str:
        return self.svg()


def kinds() -> tuple[str, ...]:
    """As what files a picture can be had here: dots need the extra `png`."""
    return ("svg", "png") if offer.installed("png") else ("svg",)


def standalone(chart: Chart, theme: str = "light") -> str:
    """The same picture as a file by itself, with its title above it."""
    width = chart.width
    inner = width - 2 * MARGIN
    height = chart.height + TITLE_HEIGHT + 2 * MARGIN
    kind = f"chart {chart.kind}".strip()
    drawn = Markup("").join(_drawn(mark, inner) for mark in chart.marks)
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" role="img" width="{w}" height="{h}" '
        'viewBox="0 0 {w} {h}"><title>{}</title><style>{}</style>'
    ).format(kind, chart.title, style(theme), w=width, h=_figure(height))
    ground = Markup('<rect class="ground" width="{}" height="{}"/>').format(width, _figure(height))
    title = Markup('<text class="title start" x="{}" y="{}">{}</text>').format(
        MARGIN, MARGIN + TITLE_HEIGHT / 3, _short(chart.title, inner)
    )
    body = Markup('<g transform="translate({} {})">{}</g></svg>').format(
        MARGIN, MARGIN + TITLE_HEIGHT, drawn
    )
    return str(head + ground + title + body) + "\n"


@cache
def style(theme: str) -> str:
    """The rules for charts of the page's style sheets with the theme's colours written in."""
    values = SIZES | colours(theme)
    rules = [f"svg {{ {FONT} }}"]
    for name in ("charts", "results"):
        source = re.sub(r"/\*.*?\*/", "", (SHEETS / f"{name}.css").read_text(), flags=re.DOTALL)
        rules += [f"{chosen.strip()} {{{rule}}}" for chosen, rule in RULE.findall(source)]
    text = USE.sub(lambda found: values[found[1]], "\n".join(rules))
    return re.sub(r"\s+", " ", text)


@cache
def colours(theme: str) -> dict[str, str]:
    """The colours of tokens.css by name."""
    light, dark = (SHEETS / "tokens.css").read_text().split("@media", 1)
    found = dict(COLOUR.findall(light))
    return found if theme == "light" else found | dict(COLOUR.findall(dark))


def _drawn(mark: Mark, width: float | None) -> Markup:
    data = () if isinstance(mark, Words) else mark.data
    if isinstance(mark, Bar):
        return Markup('<rect class="{}"{} x="{}" y="{}" width="{}" height="{}"/>').format(
            mark.kind,
            _data(data),
            _across(mark.x, width),
            _figure(mark.y),
            _across(mark.width, width),
            _figure(mark.height),
        )
    if isinstance(mark, Line):
        return Markup('<line class="{}"{} x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
            mark.kind,
            _data(data),
            _across(mark.x, width),
            _figure(mark.y),
            _across(mark.to_x, width),
            _figure(mark.to_y),
        )
    if isinstance(mark, Dot):
        return Markup('<circle class="{}"{} cx="{}" cy="{}" r="{}"/>').format(
            mark.kind, _data(data), _across(mark.x, width), _figure(mark.y), _figure(mark.r)
        )
    return Markup('<text class="{} {}" x="{}" y="{}">{}</text>').format(
        mark.kind, mark.anchor, _across(mark.x, width), _figure(mark.y), mark.text
    )


def _data(pairs: tuple[tuple[str, object], ...]) -> Markup:
    return Markup("").join(Markup(' data-{}="{}"').format(name, value) for name, value in pairs)


def _across(per_cent: float, width: float | None) -> str:
    if width is None:
        return f"{_figure(per_cent)}%"
    return _figure(per_cent * width / 100)


def _figure(value: float) -> str:
    """At most three decimals, and no more digits than needed."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _short(title: str, width: float) -> Markup:
    """As much of a title as fits on one line; the whole of it is the file's own title."""
    most = int(width / 7.5)
    return escape(title if len(title) <= most else title[: most - 1].rstrip() + "…")
