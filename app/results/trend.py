"""One measure of one department over all rounds of a survey, as far as they may be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.access.sign_in import Viewer
from app.results import notes, summary
from app.results.sameness import WHOLE
from app.results.summary import Measured, Summary


class State(StrEnum):
    """What a round has of the measure."""

    SCORED = "scored"
    BANDED = "banded"
    # Too few answers, or protected.
    HIDDEN = "hidden"
    # The department was not asked, or not asked this.
    ABSENT = "absent"


@dataclass(frozen=True)
class Moment:
    """One round on the trend. `joined`: measured as in the round just before, and both are scored;
    `changed`: since the last round that asked it, its words, scale or rules have changed."""

    round_id: str
    name: str
    on: date
    state: State
    measured: Measured | None
    joined: bool
    changed: bool
    note: str


def over_time(
    session: Session,
    viewer: Viewer,
    survey_key: str,
    department_id: str,
    measure: str,
    zone: ZoneInfo,
) -> tuple[Moment, ...]:
    """Every round of the survey in which the viewer may read this department, the oldest first."""
    wanted = {department_id, WHOLE, *viewer.departments}
    found = summary.over_rounds(
        session, survey_key, sorted(wanted), items=measure.startswith("item:")
    )
    told = notes.of(session, [row.id for row, _ in found])
    moments: list[Moment] = []
    before: State | None = None
    last: set[str] = set()
    for row, groups in found:
        if not may_read(viewer, department_id, groups):
            before = None
            continue
        prints = set(groups[WHOLE].prints.get(measure, ())) if WHOLE in groups else set()
        state, measured = _state(groups.get(department_id), measure, asked=bool(prints))
        moments.append(
            Moment(
                round_id=row.id,
                name=row.name,
                on=row.closes_at.astimezone(zone).date(),
                state=state,
                measured=measured,
                joined=state is before is State.SCORED and bool(last & prints),
                changed=bool(last and prints and not last & prints),
                note=told.get(row.id, ""),
            )
        )
        before, last = state, prints or last
    return tuple(moments)


def may_read(viewer: Viewer, department_id: str, groups: Mapping[str, Summary]) -> bool:
    """Whether this round's tree lets the viewer see the department: his own, or a total above."""
    if viewer.sees_all:
        return True
    own = [groups[one] for one in viewer.departments if one in groups]
    if department_id == WHOLE:
        return bool(own)
    group = groups.get(department_id)
    if group is None:
        # Not in that round: that it was not asked is told where anything of his was.
        return bool(own)
    if viewer.departments.intersection((department_id, *group.above)):
        return True
    return any(department_id in one.above for one in own)


def _state(group: Summary | None, measure: str, *, asked: bool) -> tuple[State, Measured | None]:
    if group is None or not asked:
        return State.ABSENT, None
    measured = group.of(measure)
    if measured is None:
        return State.HIDDEN, None
    if measured.band:
        return State.BANDED, measured
    if measured.score_exact is None:
        return State.HIDDEN, None
    return State.SCORED, measured
