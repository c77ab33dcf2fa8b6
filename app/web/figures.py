"""What the indicators page shows: each figure over time, beside the alignment score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.indicators import periods, reading
from app.indicators.models import Indicator
from app.indicators.reading import Beside, Judged
from app.kit.language import Language
from app.results.report import signed
from app.results.trend import Moment

MOST_DIGITS = 2


@dataclass(frozen=True)
class Line:
    """One month of a figure: its value as it is written, and what it says of what was agreed."""

    period: str
    month: str
    value: float
    shown: str
    target: Judged | None
    service_level: Judged | None


@dataclass(frozen=True)
class Figure:
    """One indicator as the page tells it."""

    row: Indicator
    name: str
    lines: tuple[Line, ...]
    target: str
    service_level: str
    beside: Beside | None
    association: str

    @property
    def latest(self) -> Line | None:
        return self.lines[-1] if self.lines else None

    @property
    def values(self) -> dict[str, float]:
        return {line.period: line.value for line in self.lines}


def name_of(row: Indicator, language: Language) -> str:
    """Its name in the reader's language."""
    return row.name_ms if language.code == "ms" and row.name_ms else row.name_en


def unit_of(unit: str, language: Language) -> str:
    """The unit's word; one that people named themselves stays as it is."""
    words = {"days": language.text("days"), "points": language.text("points")}
    return words.get(unit, unit)


def written(value: float, unit: str, language: Language) -> str:
    """A value with its unit, and no more decimals than it has."""
    digits = next((n for n in range(MOST_DIGITS) if round(value, n) == value), MOST_DIGITS)
    number = language.number(value, digits).replace("-", "−")
    if unit == "RM":
        return f"RM {number}"
    return f"{number} {unit_of(unit, language)}".strip()


def figure(
    row: Indicator,
    values: Mapping[str, float],
    moments: Sequence[Moment],
    around: Moment | None,
    language: Language,
) -> Figure:
    """The indicator with its values, beside the rounds of the survey."""
    return Figure(
        row=row,
        name=name_of(row, language),
        lines=tuple(_line(row, period, values[period], language) for period in sorted(values)),
        target="" if row.target is None else written(row.target, row.unit, language),
        service_level=""
        if row.service_level is None
        else written(row.service_level, row.unit, language),
        beside=reading.beside(values, periods.of(around.on)) if around else None,
        association=association_words(values, moments, language),
    )


def association_words(
    values: Mapping[str, float], moments: Sequence[Moment], language: Language
) -> str:
    """Whether the figure and the score go together, of the months that have both."""
    # It brings the numerical libraries, which only this page needs.
    from app.scoring.association import FEWEST_PAIRS, association

    pairs = _pairs(values, moments)
    found = association([score for score, _ in pairs], [value for _, value in pairs])
    if found is None:
        return language.plural(
            "Whether it goes together with the alignment score cannot be said: %(n)s month has "
            "both, and at least %(least)s that differ are needed.",
            "Whether it goes together with the alignment score cannot be said: %(n)s months have "
            "both, and at least %(least)s that differ are needed.",
            len(pairs),
            least=FEWEST_PAIRS,
        )
    given = {
        "r": _decimal(found.r, language),
        "low": _decimal(found.interval.low, language),
        "high": _decimal(found.interval.high, language),
        "n": found.n,
    }
    if found.interval.low > 0:
        return language.text(
            "It tends to be higher in months with a higher alignment score (r = %(r)s, likely "
            "%(low)s to %(high)s, n = %(n)s months).",
            **given,
        )
    if found.interval.high < 0:
        return language.text(
            "It tends to be lower in months with a higher alignment score (r = %(r)s, likely "
            "%(low)s to %(high)s, n = %(n)s months).",
            **given,
        )
    return language.text(
        "No clear association with the alignment score (r = %(r)s, likely %(low)s to %(high)s, "
        "n = %(n)s months).",
        **given,
    )


def beside_words(one: Figure, around: Moment, language: Language) -> str:
    """The months before a round and those after it, in one sentence."""
    found = one.beside
    if found is None or found.before is None or found.after is None:
        return language.text(
            "No comparison before and after “%(round)s”: values on both sides of it are needed.",
            round=around.name,
        )
    unit = one.row.unit
    return language.text(
        "Before “%(round)s”: %(before)s on average (%(earlier)s months); after it: %(after)s "
        "(%(later)s months).",
        round=around.name,
        before=written(round(found.before, 1), unit, language),
        earlier=found.months_before,
        after=written(round(found.after, 1), unit, language),
        later=found.months_after,
    )


def score_words(moment: Moment, language: Language) -> str:
    """A round's score with its interval, as a table has it."""
    if moment.score is None:
        return language.text("no result")
    return language.text(
        "%(score)s (likely %(low)s to %(high)s)",
        score=signed(moment.score),
        low=signed(moment.low),
        high=signed(moment.high),
    )


def span(all_periods: Sequence[str], days: Sequence[date]) -> tuple[str, str]:
    """The first and the last month of the one time axis."""
    every = [*all_periods, *map(periods.of, days)]
    return min(every), max(every)


def _pairs(values: Mapping[str, float], moments: Sequence[Moment]) -> list[tuple[float, float]]:
    """Score and value of the months that have both; of a month the last round, of one measure."""
    begun = max((n for n, one in enumerate(moments) if one.changed), default=0)
    scores = {periods.of(one.on): one.score for one in moments[begun:] if one.score is not None}
    return [(score, values[period]) for period, score in scores.items() if period in values]


def _line(row: Indicator, period: str, value: float, language: Language) -> Line:
    return Line(
        period,
        language.short_month(periods.first_day(period)),
        value,
        written(value, row.unit, language),
        reading.judged(row, value, row.target),
        reading.judged(row, value, row.service_level),
    )


def _decimal(value: float, language: Language) -> str:
    return language.number(value, 2).replace("-", "−")
