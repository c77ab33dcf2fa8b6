"""Text in its composed form (NFC), without the time that a hostile one could make it take."""

import unicodedata

# Putting marks in order takes time that grows with the square of their number, and Python holds
# every thread meanwhile. No writing system stacks more (Unicode's stream-safe form allows 30).
LONGEST_RUN = 30


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
