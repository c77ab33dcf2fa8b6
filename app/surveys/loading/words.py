"""Which words a template may put before people: printable, short enough, in plain direction."""

import re
from unicodedata import normalize

# Controls of direction and invisible marks: they can make a text read otherwise than it is kept.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u200b\u2028\u2029\ufeff]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_SLOT = "{other}"


def tidy(words: str) -> str:
    """One form for one text: composed, with plain line ends, nothing blank around it."""
    return normalize("NFC", words.replace("\r\n", "\n")).strip()


def flaw(words: str, limit: int, *, lines: bool, slot: bool) -> tuple[str, str] | None:
    """What is wrong with these tidy words and what to do, or None."""
    if not words:
        return "the text is empty", "write it"
    if len(words) > limit:
        return f"{len(words)} characters are too many", f"use at most {limit}"
    if _BIDI.search(words):
        return "it holds an invisible direction mark", "delete it and type the text again"
    if _INVISIBLE.search(words) or _CONTROL.search(words):
        return "it holds an invisible control character", "delete it and type the text again"
    if "\n" in words and not lines:
        return "it runs over several lines", "write it on one line"
    rest = words.replace(_SLOT, "") if slot else words
    if "{" in rest or "}" in rest:
        return _brace(rest, slot=slot)
    return None


def _brace(rest: str, *, slot: bool) -> tuple[str, str]:
    if slot:
        return "a brace is not part of {other}", "write {other} exactly, and no other brace"
    if _SLOT in rest:
        return (
            "{other} stands where no other side is meant",
            'use it in the text or help of an item with about = "other" or "guess"',
        )
    return "a brace means nothing here", "leave it out"
