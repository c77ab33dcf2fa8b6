"""What the values of an indicator say: met or missed, lately, and before and after a month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Literal

from app.indicators import periods
from app.indicators.models import Indicator

# So many months in a row before anything is read into them.
IN_A_ROW = 3
# On each side of a round at most so many months are looked at.
BESIDE = 6

Judged = Literal["met", "missed"]
Values = Mapping[str, float]


@dataclass(frozen=True)
class Beside:
    """The mean of the months before a round and of those after it, and how many they are."""

    before: float | None
    months_before: int
    after: float | None
    months_after: int

    @property
    def difference(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


def judged(indicator: Indicator, value: float, level: float | None) -> Judged | None:
    """Whether a value reaches what was aimed at or promised; None where nothing was."""
    if level is None:
        return None
    reached = value >= level if indicator.better == "higher" else value <= level
    return "met" if reached else "missed"


def promised(indicator: Indicator) -> float | None:
    """What its values are held to: the agreed service level, else the target."""
    return indicator.target if indicator.service_level is None else indicator.service_level


def lately(indicator: Indicator, values: Values) -> Judged | None:
    """What the newest months, with none left out between them, agree on; None where they do not."""
    newest = sorted(values)[-IN_A_ROW:]
    if len(newest) < IN_A_ROW or not _in_a_row(newest):
        return None
    found = {judged(indicator, values[period], promised(indicator)) for period in newest}
    return found.pop() if len(found) == 1 else None


def beside(values: Values, period: str) -> Beside:
    """The months before that one, and those after it; the month itself is on neither side."""
    here = periods.place(period)
    before = [values[one] for one in values if 0 < here - periods.place(one) <= BESIDE]
    after = [values[one] for one in values if 0 < periods.place(one) - here <= BESIDE]
    return Beside(
        fmean(before) if before else None,
        len(before),
        fmean(after) if after else None,
        len(after),
    )


def _in_a_row(some: Sequence[str]) -> bool:
    return all(periods.place(two) - periods.place(one) == 1 for one, two in pairwise(some))
