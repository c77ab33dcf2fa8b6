"""A set of slides in the look of the pages: titles that say the finding, one picture each."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from app.kit.text import visible

# The light colours of tokens.css, which a test compares.
COLOURS = {
    "paper": "ffffff",
    "shade": "f6f7f9",
    "ink": "16191d",
    "ink-2": "4a525c",
    "link": "0b4f9e",
    "divider": "d9dde2",
    "promoter": "0b4f9e",
    "on-promoter": "ffffff",
    "passive": "858c96",
    "on-passive": "16191d",
    "detractor": "c2500c",
    "on-detractor": "ffffff",
    "likert-1": "8a3206",
    "on-likert-1": "ffffff",
    "likert-2": "d9722b",
    "on-likert-2": "16191d",
    "likert-3": "8b929c",
    "on-likert-3": "16191d",
    "likert-4": "3d84d1",
    "on-likert-4": "16191d",
    "likert-5": "0b4f9e",
    "on-likert-5": "ffffff",
}
FONT = "Calibri"
WIDE, HIGH = Inches(13.333), Inches(7.5)
MARGIN = Inches(0.7)
WIDTH = Emu(WIDE - 2 * MARGIN)
TOP, BOTTOM = Inches(1.75), Inches(6.85)
TITLE_ONLY = 5
LONGEST_TITLE = 220


class Deck:
    """Slides being made, one after the other."""

    def __init__(self, title: str, footer: str, language: str) -> None:
        self._deck = Presentation()
        self._deck.slide_width, self._deck.slide_height = WIDE, HIGH
        self._deck.core_properties.title = visible(title)[:250]
        self._deck.core_properties.author = "Selaras"
        self._deck.core_properties.language = language
        self._footer = footer

    def save(self, file: Any) -> None:
        """Write the slides."""
        self._deck.save(file)

    def opening(self, title: str, lines: Sequence[str]) -> None:
        """The first slide: what this is about."""
        slide = self._blank()
        block(slide, MSO_SHAPE.RECTANGLE, (0, 0, Inches(0.35), HIGH), "link")
        self._title(slide, title, top=Inches(2.1), height=Inches(1.8), size=40)
        words(slide, lines, (MARGIN, Inches(4.0), WIDTH, Inches(2.4)), size=20, colour="ink-2")

    def slide(self, title: str, hint: str = "") -> Slide:
        """A slide whose title says the finding."""
        slide = self._blank()
        self._title(slide, title, top=Inches(0.45), height=Inches(0.95), size=28)
        if hint:
            words(
                slide, [hint], (MARGIN, Inches(1.32), WIDTH, Inches(0.4)), size=14, colour="ink-2"
            )
        line = slide.shapes.add_connector(
            MSO_CONNECTOR.STRAIGHT, MARGIN, BOTTOM, Emu(WIDE - MARGIN), BOTTOM
        )
        line.line.color.rgb, line.line.width = colour("divider"), Pt(1)
        where = (MARGIN, Emu(BOTTOM + Inches(0.08)), WIDTH, Inches(0.35))
        words(slide, [self._footer], where, size=11, colour="ink-2")
        number = (MARGIN, Emu(BOTTOM + Inches(0.08)), WIDTH, Inches(0.35))
        words(slide, [str(len(self._deck.slides))], number, size=11, colour="ink-2", right=True)
        return slide

    def _blank(self) -> Slide:
        made: Slide = self._deck.slides.add_slide(self._deck.slide_layouts[TITLE_ONLY])
        return made

    def _title(self, slide: Slide, title: str, *, top: int, height: int, size: int) -> None:
        shape = slide.shapes.title
        assert shape is not None
        shape.left, shape.top, shape.width, shape.height = MARGIN, Emu(top), WIDTH, Emu(height)
        frame = shape.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.BOTTOM
        frame.margin_left = frame.margin_right = 0
        frame.text = short(title, LONGEST_TITLE)
        # A long finding is set smaller rather than cut.
        fitting = (
            size if len(frame.text) <= 75 else size - 6 if len(frame.text) <= 130 else size - 10
        )
        for paragraph in frame.paragraphs:
            paragraph.alignment = PP_ALIGN.LEFT
            _font(paragraph, fitting, "ink", bold=True)


def words(
    slide: Slide,
    lines: Sequence[str],
    box: tuple[int, int, int, int],
    *,
    size: int,
    colour: str = "ink",
    bold: bool = False,
    right: bool = False,
    centred: bool = False,
    space: int = 4,
) -> None:
    """Lines of text in a box."""
    frame = slide.shapes.add_textbox(*(Emu(side) for side in box)).text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = 0
    for place, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.text = visible(line)
        paragraph.space_after = Pt(space)
        paragraph.alignment = (
            PP_ALIGN.RIGHT if right else PP_ALIGN.CENTER if centred else PP_ALIGN.LEFT
        )
        _font(paragraph, size, colour, bold=bold)


def block(slide: Slide, shape: Any, box: tuple[float, float, float, float], name: str) -> Any:
    """A filled shape without an outline."""
    made = slide.shapes.add_shape(shape, *(Emu(round(side)) for side in box))
    _fill(made, name)
    return made


def short(text: str, longest: int) -> str:
    """The text, cut where it would not fit."""
    # A space that must not break a line stays.
    shown = re.sub(r"[^\S\u00a0]+", " ", visible(text)).strip()
    if len(shown) <= longest:
        return shown
    kept = shown[: longest - 1]
    # At a word, unless that would lose half of it.
    word = kept.rpartition(" ")[0]
    return (word if 2 * len(word) > longest else kept) + "…"


def colour(name: str) -> RGBColor:
    """A colour of the pages."""
    found: RGBColor = RGBColor.from_string(COLOURS[name].upper())  # type: ignore[no-untyped-call]
    return found


def chunks(rows: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    """Rows by slides of about the same length."""
    slides = -(-len(rows) // most) if rows else 0
    for place in range(slides):
        yield rows[place * len(rows) // slides : (place + 1) * len(rows) // slides]


def _fill(shape: Any, name: str) -> None:
    shape.fill.solid()
    shape.fill.fore_color.rgb = colour(name)
    shape.line.fill.background()
    shape.shadow.inherit = False


def _font(paragraph: Any, size: int, name: str, *, bold: bool) -> None:
    font = paragraph.font
    font.name, font.size, font.bold = FONT, Pt(size), bold
    font.color.rgb = colour(name)
