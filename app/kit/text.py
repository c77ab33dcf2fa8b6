"""Text in its composed form (NFC), without the time that a hostile one could make it take."""

import re
import unicodedata

# Putting marks in order takes time that grows with the square of their number, and Python holds
# every thread meanwhile. No writing system stacks more (Unicode's stream-safe form allows 30).
LONGEST_RUN = 30
SURROGATES = re.compile("[\ud800-\udfff]")
CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class TooManyMarks(ValueError):
    """A character carries more combining marks than any writing has."""


def composed(text: str) -> str:
    """The text in its composed form; raises TooManyMarks."""
    if text.isascii():
        return text
    run = 0
    for sign in text:
        run = run + 1 if unicodedata.combining(sign) else 0
        if run > LONGEST_RUN:
            raise TooManyMarks
    return unicodedata.normalize("NFC", text)


def storable(text: str) -> str:
    """The text as UTF-8 can hold it: half of a surrogate pair becomes the replacement sign."""
    return text if text.isascii() else SURROGATES.sub("\ufffd", text)


def visible(text: str) -> str:
    """As `storable`, and without the control characters that no document of XML can hold."""
    return CONTROLS.sub("\ufffd", storable(text))
