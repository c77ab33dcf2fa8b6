"""What HR chooses for a series, before anything is saved, and what of it cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.campaigns import policy, sampling
from app.campaigns.rhythm import LONGEST_DAYS, Rhythm
from app.kit.clock import now
from app.kit.language import Refusal

# An occurrence noticed so much after its time is late.
LATE = timedelta(hours=1)
FARTHEST = timedelta(days=2 * 366)


class Late(StrEnum):
    """What becomes of an occurrence whose time nobody was there for."""

    ONCE = "once"
    SKIP = "skip"


class SeriesRefused(Refusal):
    """The series cannot be made or changed like this; the text says why and what to do."""


@dataclass(frozen=True)
class SeriesPlan:
    """What HR chose for a series, before anything is saved."""

    survey: str
    name: str
    rhythm: Rhythm
    first: datetime
    zone: ZoneInfo
    min_group: int
    departments: Sequence[str] = ()
    sides: Mapping[str, str] = field(default_factory=dict)
    mode: str = policy.CONFIDENTIAL
    open_days: int | None = None
    auto_release: bool = True
    late: Late = Late.ONCE
    # Per cent of the people drawn each time, and for how many weeks nobody is drawn again.
    share: int = sampling.EVERYBODY
    rest_weeks: int = 0
    language: str = "en"


def check(plan: SeriesPlan) -> None:
    """Raise SeriesRefused where it can be none."""
    longest = LONGEST_DAYS[plan.rhythm]
    if plan.open_days is not None and not 1 <= plan.open_days <= longest:
        raise SeriesRefused("choose a number from 1 to %(most)s", most=longest, field="open_days")
    _check_sample(plan)
    if plan.first < now() - LATE:
        raise SeriesRefused("choose a first time that is not past", field="first")
    if plan.first > now() + FARTHEST:
        raise SeriesRefused("choose a first time within the next two years", field="first")


def _check_sample(plan: SeriesPlan) -> None:
    if not 1 <= plan.share <= sampling.EVERYBODY:
        raise SeriesRefused("choose a number from 1 to %(most)s", most=100, field="share")
    if not 0 <= plan.rest_weeks <= sampling.MOST_WEEKS:
        raise SeriesRefused(
            "choose a number from 0 to %(most)s", most=sampling.MOST_WEEKS, field="rest_weeks"
        )
    largest = sampling.largest_share(plan.rhythm, plan.rest_weeks)
    if sampling.EVERYBODY > plan.share > largest:
        raise SeriesRefused(
            "with %(weeks)s weeks of rest at most %(most)s per cent can be asked each time: ask "
            "fewer, or let them rest for a shorter time",
            weeks=plan.rest_weeks,
            most=largest,
            field="share",
        )
