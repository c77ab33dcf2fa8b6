"""One colour chosen by a person: whether it can be told from the paper of both themes."""

import re

HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII)
# The papers of tokens.css, light and dark; tests/kit/test_colour.py compares.
LIGHT, DARK = "#ffffff", "#12161c"
# What WCAG asks of something drawn that is no text.
LEAST = 3.0


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def stands_out(colour: str) -> bool:
    """Whether it can be told from the paper in light and in dark."""
    return min(contrast(colour, LIGHT), contrast(colour, DARK)) >= LEAST


def nearest(colour: str) -> str:
    """The colour nearest to it, mixed with black or white, that stands out in both themes."""
    end = "#000000" if contrast(colour, LIGHT) < LEAST else "#ffffff"
    return next(
        mixed for step in range(101) if stands_out(mixed := _mixed(colour, end, step / 100))
    )


def _mixed(one: str, other: str, share: float) -> str:
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in _parts(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> list[int]:
    return [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
