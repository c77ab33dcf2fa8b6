"""Series: rounds that open by themselves, weekly, monthly or quarterly.

An occurrence is a job whose key is its time. `pulsing` does what falls due; here a series is made,
paused, resumed and taken away.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.audit import log
from app.campaigns import audience, opening, sampling, series_plan, timing
from app.campaigns.models import Series, SeriesRun
from app.campaigns.rhythm import Pulse, Rhythm
from app.campaigns.rounds import RoundPlan
from app.campaigns.series_plan import LATE, SeriesPlan, SeriesRefused
from app.kit import jobs
from app.kit.clock import now
from app.kit.jobs import Job
from app.kit.tokens import random_code
from app.people import organisation
from app.surveys import shelf
from app.surveys.definition import Survey

SERIES = "series"
USUAL_DAYS = {Rhythm.WEEKLY: 5, Rhythm.MONTHLY: 14, Rhythm.QUARTERLY: 14}
# What stands for the day, the month and the number of an occurrence in a series' name.
DATE, MONTH, NUMBER = "{date}", "{month}", "{number}"


class Became(StrEnum):
    """What became of an occurrence."""

    OPENED = "opened"
    MISSED = "missed"
    REFUSED = "refused"


class UnknownSeries(Exception):
    """There is no series of that id."""


@dataclass(frozen=True)
class Told:
    """A series as HR sees it: with what became of its occurrences, the newest first."""

    series: Series
    runs: Sequence[SeriesRun]
    job: Job | None


def add(session: Session, plan: SeriesPlan, actor: str, smallest_group: int) -> Series:
    """Make a series whose first round could be opened as things are now.

    Raises SeriesRefused, or what refuses such a round.
    """
    series_plan.check(plan)
    local = plan.first.astimezone(plan.zone)
    row = Series(
        id=random_code(),
        name=_told_apart(plan.name.strip()),
        survey_key=plan.survey,
        departments=json.dumps(list(plan.departments), ensure_ascii=False),
        sides=json.dumps(dict(plan.sides), ensure_ascii=False),
        mode=plan.mode,
        min_group=plan.min_group,
        auto_release=plan.auto_release,
        language=plan.language,
        rhythm=plan.rhythm.value,
        open_days=plan.open_days or USUAL_DAYS[plan.rhythm],
        first_on=local.date(),
        local_time=local.time().isoformat("minutes"),
        zone=plan.zone.key,
        late=plan.late.value,
        share=plan.share,
        rest_weeks=plan.rest_weeks if plan.share < sampling.EVERYBODY else 0,
        # Where launches need two people, another one starts it.
        paused=organisation.four_eyes(session),
        next_due_at=plan.first,
        created_by=actor,
    )
    row.next_due_at = pulse_of(row).occurrence(0)
    opening.check(
        round_plan(session, row, row.next_due_at, max(now(), row.next_due_at)), smallest_group
    )
    session.add(row)
    session.flush()
    if not row.paused:
        queue(session, row)
    log.record(session, actor, "series.added", row.id, survey=row.survey_key, rhythm=row.rhythm)
    return row


def pause(session: Session, series_id: str, actor: str) -> Series:
    """Open no round until it is resumed; a round that is open goes on. Raises SeriesRefused."""
    row = locked(session, series_id)
    if row.paused:
        raise SeriesRefused("this series is paused already")
    row.paused = True
    jobs.cancel(session, series_id, [SERIES])
    log.record(session, actor, "series.paused", series_id)
    return row


def resume(session: Session, series_id: str, actor: str) -> Series:
    """Go on with the next occurrence; those of the pause are not made up for."""
    row = locked(session, series_id)
    if not row.paused:
        raise SeriesRefused("this series is not paused")
    if row.created_by == actor and organisation.four_eyes(session):
        raise SeriesRefused(
            "two people launch rounds here: another person must start the series you made"
        )
    row.paused = False
    if row.next_due_at <= now():
        row.next_due_at = pulse_of(row).after(now())
    queue(session, row)
    log.record(session, actor, "series.resumed", series_id, next=row.next_due_at.isoformat())
    return row


def remove(session: Session, series_id: str, actor: str) -> None:
    """Take the series away; the rounds it has opened stay."""
    row = locked(session, series_id)
    jobs.cancel(session, series_id, [SERIES])
    sampling.forget(session, series_id)
    session.connection().execute(delete(SeriesRun).where(col(SeriesRun.series_id) == series_id))
    session.delete(row)
    log.record(session, actor, "series.removed", series_id)


def listed(session: Session) -> list[Told]:
    """All series, the oldest first."""
    rows = session.exec(select(Series).order_by(col(Series.created_at), col(Series.id))).all()
    return [
        Told(one, runs(session, one.id), session.get(Job, (one.id, SERIES, _key(one))))
        for one in rows
    ]


def runs(session: Session, series_id: str) -> Sequence[SeriesRun]:
    """What became of its occurrences, the newest first."""
    return session.exec(
        select(SeriesRun)
        .where(SeriesRun.series_id == series_id)
        .order_by(col(SeriesRun.occurrence_at).desc())
    ).all()


def find(session: Session, series_id: str) -> Series | None:
    """The series, held until the transaction ends; None where it was taken away."""
    statement = select(Series).where(Series.id == series_id).with_for_update()
    return session.exec(statement).one_or_none()


def locked(session: Session, series_id: str) -> Series:
    """As `find`; raises UnknownSeries."""
    row = find(session, series_id)
    if row is None:
        raise UnknownSeries(series_id)
    return row


def queue(session: Session, row: Series) -> None:
    """Have the next occurrence done at its time, also where it was called off before."""
    if not jobs.enqueue(session, SERIES, row.id, _key(row), row.next_due_at):
        jobs.postpone(session, SERIES, row.id, _key(row), row.next_due_at)


def take_up(session: Session) -> None:
    """Queue again what was given up after two days of faults, so that no series ends unseen."""
    for one in listed(session):
        if not one.series.paused and (one.job is None or one.job.state not in jobs.OPEN):
            queue(session, one.series)


def is_next(row: Series, key: str) -> bool:
    """Whether this is the key of the occurrence that comes next."""
    return key == _key(row)


def pulse_of(row: Series) -> Pulse:
    """When the series asks."""
    at = time.fromisoformat(row.local_time)
    return Pulse(Rhythm(row.rhythm), row.first_on, at, ZoneInfo(row.zone))


def is_late(occurrence: datetime, opens_at: datetime) -> bool:
    """Whether nobody was there at the time of the occurrence."""
    return opens_at - occurrence > LATE


def closing(row: Series, occurrence: datetime, opens_at: datetime) -> datetime:
    """When a round that opens now closes: never after the next occurrence."""
    pulse = pulse_of(row)
    if is_late(occurrence, opens_at):
        closes_at = opens_at.replace(second=0, microsecond=0) + timedelta(days=row.open_days)
    else:
        closes_at = pulse.days_on(occurrence, row.open_days)
    return min(closes_at, pulse.after(opens_at))


def asking(session: Session, row: Series) -> tuple[Survey, Sequence[str], Mapping[str, str]]:
    """What it asks and whom. Raises UnknownSurvey."""
    return (
        shelf.find(session, row.survey_key),
        json.loads(row.departments),
        json.loads(row.sides),
    )


def round_plan(
    session: Session, row: Series, occurrence: datetime, opens_at: datetime
) -> RoundPlan:
    """The round of an occurrence, for the people and the survey there are now."""
    zone = ZoneInfo(row.zone)
    survey, departments, sides = asking(session, row)
    people = audience.choose(session, survey, departments, sides)
    if row.share < sampling.EVERYBODY:
        resting = sampling.resting(session, row, opens_at.astimezone(zone).date())
        people = replace(people, people=sampling.drawn(people.people, row.share, resting))
    return RoundPlan(
        survey=survey,
        name=_name(row, occurrence),
        audience=people,
        opens_at=opens_at,
        closes_at=closing(row, occurrence, opens_at),
        mode=row.mode,
        min_group=row.min_group,
        language=row.language,
        auto_release=row.auto_release,
        reminding=timing.usual(zone),
        share=row.share,
        # A second bar: two rounds of one occurrence cannot be.
        launch_key=f"series {row.id} {occurrence.isoformat()}",
    )


def _told_apart(name: str) -> str:
    """The name with the day of the occurrence, unless it says itself which one it is."""
    if not name or any(slot in name for slot in (DATE, MONTH, NUMBER)):
        return name
    return f"{name} {DATE}"


def _name(row: Series, occurrence: datetime) -> str:
    day = occurrence.astimezone(ZoneInfo(row.zone)).date()
    number = pulse_of(row).number_after(occurrence)
    filled = row.name.replace(DATE, day.isoformat()).replace(MONTH, f"{day:%Y-%m}")
    return filled.replace(NUMBER, str(number))


def _key(row: Series) -> str:
    return row.next_due_at.isoformat()
