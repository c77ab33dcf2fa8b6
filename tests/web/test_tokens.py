"""The colours of tokens.css can be read, in light and in dark."""

import re

import pytest

from app.web.static_files import STATIC

SOURCE = (STATIC / "css" / "tokens.css").read_text()
COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
LIGHT_TEXT, DARK_TEXT = SOURCE.split("@media", 1)
LIGHT = dict(COLOUR.findall(LIGHT_TEXT))
DARK = LIGHT | dict(COLOUR.findall(DARK_TEXT))
THEMES = {"light": LIGHT, "dark": DARK}

TEXT = 4.5
DRAWN = 3.0
ON_EVERY_GROUND = ("ink", "ink-2", "link", "error", "success", "warning")
FILLED = (
    *("link", "error", "promoter", "passive", "detractor"),
    *(f"likert-{n}" for n in range(1, 6)),
    *(f"heat-{n}" for n in range(1, 8)),
)
PAIRS = [
    *((name, ground, TEXT) for name in ON_EVERY_GROUND for ground in ("paper", "shade")),
    *((f"on-{name}", name, TEXT) for name in FILLED),
    *((name, "error-paper", TEXT) for name in ("error", "ink", "ink-2")),
    *(("control", ground, DRAWN) for ground in ("paper", "shade")),
    *((name, "paper", DRAWN) for name in ("promoter", "passive", "detractor")),
    *((f"likert-{n}", "paper", DRAWN) for n in range(1, 6)),
]
# What the design says of each, computed there by itself.
DESIGNED = {
    "light": {"ink": 17.6, "ink-2": 7.9, "link": 8.0, "error": 6.5, "control": 4.7, "passive": 3.4},
    "dark": {"ink": 15.2, "ink-2": 8.6, "link": 9.9, "error": 8.9, "control": 6.0, "passive": 5.1},
}


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("name", "ground", "least"), PAIRS)
def test_pair_can_be_told_apart(theme: str, name: str, ground: str, least: float) -> None:
    colours = THEMES[theme]
    assert contrast(colours[name], colours[ground]) >= least


@pytest.mark.parametrize("theme", THEMES)
def test_colours_are_those_of_the_design(theme: str) -> None:
    colours = THEMES[theme]
    for name, expected in DESIGNED[theme].items():
        assert contrast(colours[name], colours["paper"]) == pytest.approx(expected, abs=0.06)


def test_every_colour_is_checked_and_every_use_is_defined() -> None:
    checked = {name for pair in PAIRS for name in pair[:2]} | {"divider", "logo-ground"}
    assert set(LIGHT) == checked
    sheets = "".join(path.read_text() for path in (STATIC / "css").glob("*.css"))
    used = set(re.findall(r"var\(--([\w-]+)\)", sheets))
    assert used <= set(re.findall(r"--([\w-]+):", SOURCE))


def test_no_colour_is_written_outside_the_tokens() -> None:
    for path in (STATIC / "css").glob("*.css"):
        if path.name != "tokens.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl", path.read_text()), path.name


def test_directions_are_logical() -> None:
    physical = re.compile(r"(margin|padding|border)-(left|right)|text-align: (left|right)|float:")
    for path in (STATIC / "css").glob("*.css"):
        assert not physical.search(path.read_text()), path.name
