"""How the options of a choice, a list of ticks or a ranking came out, a line each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.kit.language import Language
from app.scoring import rounding
from app.surveys.definition import Item
from app.surveys.question_types import TYPES

Json = Mapping[str, Any]


@dataclass(frozen=True)
class OptionLine:
    """One option: who chose it, or put it first, of how many; and its mean place in a ranking."""

    label: str
    people: int
    percent: int
    place: float | None = None


def options_of(item: Json, asked: Item, language: Language) -> tuple[OptionLine, ...]:
    """The options in the order they were offered; of a ranking the most important first."""
    if asked.type == "rank":
        lines = [
            _ranked(one.text.in_(language.code), counts, item["n"])
            for one, counts in zip(asked.options, item["counts"], strict=True)
        ]
        return tuple(sorted(lines, key=lambda line: (line.place is None, line.place or 0)))
    percents = [_percent(count, item["n"]) for count in item["counts"]]
    if item["n"] and not TYPES[asked.type].several:
        percents = list(rounding.largest_remainder(item["counts"]))
    return tuple(
        OptionLine(one.text.in_(language.code), count, percent)
        for one, count, percent in zip(asked.options, item["counts"], percents, strict=True)
    )


def _ranked(label: str, counts: Sequence[int], n: int) -> OptionLine:
    ranked = sum(counts)
    places = sum(place * people for place, people in enumerate(counts, start=1))
    mean = float(Fraction(places, ranked)) if ranked else None
    return OptionLine(label, counts[0], _percent(counts[0], n), mean)


def _percent(people: int, n: int) -> int:
    return rounding.round_half_away(Fraction(100 * people, n)) if n else 0
