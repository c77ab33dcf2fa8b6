"""A series that asks a share of people each time: who is drawn, and who may rest.

Drawn by the system's randomness, from each department in proportion to its people, and never
anybody who was asked within the weeks set. Who was asked when is kept only that long.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from math import floor
from random import Random, SystemRandom

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.campaigns.audience import Asked
from app.campaigns.models import Series, SeriesAsked
from app.campaigns.rhythm import LONGEST_DAYS, Rhythm

EVERYBODY = 100
MOST_WEEKS = 52
WEEK = timedelta(weeks=1)


def largest_share(rhythm: Rhythm, rest_weeks: int) -> int:
    """The largest share, in per cent, that can be asked each time with so many weeks of rest."""
    # As many occurrences as may fall within the rest, the gaps between them at their shortest.
    earlier = max(0, rest_weeks * 7 - 1) // LONGEST_DAYS[rhythm]
    return EVERYBODY // (earlier + 1)


def drawn(
    people: Sequence[Asked],
    share: int,
    resting: Collection[str],
    chance: Random | None = None,
) -> tuple[Asked, ...]:
    """A share of people in per cent, at least one, without those who rest; fewer where too many do."""
    chance = chance or SystemRandom()
    total = max(1, len(people) * share // EVERYBODY)
    by_department: dict[str, list[Asked]] = {}
    for person in people:
        by_department.setdefault(person.department_id, []).append(person)
    departments = list(by_department.values())
    chance.shuffle(departments)
    taken: list[Asked] = []
    left: list[Asked] = []
    start, reach, until = chance.random(), 0, 0
    for some in departments:
        reach += len(some)
        before, until = until, floor(start + total * reach / len(people))
        free = [one for one in some if one.employee_id not in resting]
        chance.shuffle(free)
        taken += free[: until - before]
        left += free[until - before :]
    # Where a department has too few who are not resting, others stand in.
    chance.shuffle(left)
    taken += left[: total - len(taken)]
    ids = {one.employee_id for one in taken}
    return tuple(one for one in people if one.employee_id in ids)


def resting(session: Session, row: Series, day: date) -> set[str]:
    """Who was asked by this series less than its weeks of rest before this day."""
    since = day - row.rest_weeks * WEEK
    asked = select(SeriesAsked.employee_id).where(
        SeriesAsked.series_id == row.id, col(SeriesAsked.asked_on) > since
    )
    return set(session.exec(asked))


def note(session: Session, row: Series, people: Sequence[Asked], day: date) -> None:
    """Keep who is asked on this day, and forget who has rested."""
    if row.share == EVERYBODY or not row.rest_weeks:
        return
    forget(session, row.id, until=day - row.rest_weeks * WEEK)
    session.add_all(
        SeriesAsked(series_id=row.id, employee_id=one.employee_id, asked_on=day) for one in people
    )


def forget(session: Session, series_id: str, until: date = date.max) -> None:
    """Delete who was asked on or before this day."""
    session.connection().execute(
        delete(SeriesAsked).where(
            col(SeriesAsked.series_id) == series_id, col(SeriesAsked.asked_on) <= until
        )
    )
