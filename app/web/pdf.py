"""A page as a PDF, laid out by its own print style; needs the extra `pdf`."""

import logging
import re
from collections.abc import Iterator
from typing import Any

from app.kit import streaming
from app.kit.text import visible
from app.web.charts.drawing import style
from app.web.static_files import Assets

DRAWING = re.compile(r'<svg class="chart\b[^>]*>')
SHEET = "css/staff.css"
# Paper has a size of its own, a foot on each page, nothing to press, and no width of a window.
# Columns beside each other would be tried out again and again by the layout.
PAPER = """
@page {
  size: A4;
  margin: 16mm 15mm 18mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #4a525c; }
}
html { font-size: 9.5pt; }
body, main.frame, .site-header .frame, .site-footer .frame { display: block; }
.site-header, .site-footer { border: 0; padding: 0; }
form, nav, .brand, .account, .visually-hidden:not(h1), details:has(> .workings) { display: none; }
a { color: inherit; text-decoration: none; }
h1 { font-size: 18pt; }
h1, .glance { margin-block-end: 10pt; }
.legend { display: block; }
.legend li { display: inline-block; margin-inline-end: 12pt; }
.legend .chart { display: inline-block; inline-size: 8pt; block-size: 8pt; }
p, li, dd { max-inline-size: none; }
th, td { padding-inline: 4pt; }
th[scope="row"] { min-inline-size: 32mm; }
.result-item { break-inside: avoid; }
.result-item summary { color: inherit; font-size: 8.5pt; }
.result-item th, .result-item td { padding-block: 1pt; font-size: 8.5pt; }
"""


def pieces(html: str, assets: Assets) -> Iterator[bytes]:
    """The page on A4; everything it needs comes from here, and nothing from elsewhere.

    The library lays out every page before it writes the first, so only the file is sent in pieces.
    """
    from weasyprint import CSS, HTML

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    # The rules of a page do not reach into its drawings.
    drawn = DRAWING.sub(lambda found: f"{found[0]}<style>{style('light')}</style>", visible(html))
    sheets = [CSS(string=assets.read(SHEET), url_fetcher=_nothing), CSS(string=PAPER)]
    page = HTML(string=drawn, url_fetcher=_nothing, media_type="print")
    return streaming.built(lambda file: page.write_pdf(file, stylesheets=sheets))


def _nothing(url: str, *_: object, **__: object) -> dict[str, Any]:
    raise ValueError(f"a page on paper fetches nothing: {url[:80]}")
