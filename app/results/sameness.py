"""Which figures of two rounds measure the same: their wording, scale and rules by fingerprint."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

from app.surveys.definition import Item, Survey
from app.surveys.plain import canonical

# Enough of a hash to tell apart the few wordings a question ever has.
DIGITS = 12
WHOLE = ""

Fingerprints = dict[str, list[str]]


def fingerprints(surveys: Sequence[Survey]) -> Fingerprints:
    """Of every measure (the score, `theme:KEY`, `item:KEY`) what it was asked and read by.

    A round whose slips were mended has two wordings of the same meaning: as launched, and mended.
    """
    found: Fingerprints = {}
    for survey in surveys:
        for measure, text in _measures(survey):
            prints = found.setdefault(measure, [])
            one = sha256(text.encode()).hexdigest()[:DIGITS]
            if one not in prints:
                prints.append(one)
    return found


def _measures(survey: Survey) -> Iterator[tuple[str, str]]:
    told = {item.key: _asked(survey, item) for item in survey.items if item.rated}
    for key, text in told.items():
        yield f"item:{key}", text
    for theme in survey.themes:
        parts = [told[item.key] for item in survey.composite if item.theme == theme.key]
        if parts:
            yield f"theme:{theme.key}", "\n".join(sorted(parts))
    rule = survey.classification
    parts = [told[rule.item]] if rule.item else [told[item.key] for item in survey.composite]
    yield WHOLE, "\n".join([rule.rule, *sorted(parts)])


def _asked(survey: Survey, item: Item) -> str:
    """The item's words and scale; where it stands and when it is asked makes no other question."""
    bare = replace(item, theme=None, required=False, show_if=None, scale=None, help=None)
    scale = survey.scale_of(item)
    assert scale is not None
    return canonical(bare) + canonical(replace(scale, key="", not_applicable=False))
