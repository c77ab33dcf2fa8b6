"""One measure of one department over all rounds of a survey, as far as they may be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.access.sign_in import Viewer
from app.results import summary
from app.results.sameness import WHOLE
from app.results.shelf import Released
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

    @property
    def score(self) -> float | None:
        return self.measured.score_exact if self.measured else None

    @property
    def low(self) -> float | None:
        """The ends of the interval of any team like this: rounds are set beside one another."""
        return self.measured.process_low if self.measured else None

    @property
    def high(self) -> float | None:
        return self.measured.process_high if self.measured else None


def over_time(
    session: Session,
    viewer: Viewer,
    released: Sequence[Released],
    department_id: str,
    measure: str,
    zone: ZoneInfo,
) -> tuple[Moment, ...]:
    """Of these rounds of a survey, the oldest first, those in which the viewer may read this
    department."""
    wanted = sorted({department_id, WHOLE, *viewer.departments})
    ids = [one.row.id for one in released]
    found = summary.over_rounds(session, ids, wanted, items=measure.startswith("item:"))
    moments: list[Moment] = []
    before: State | None = None
    last: set[str] = set()
    for one in released:
        groups = found[one.row.id]
        if not may_read(viewer, department_id, groups):
            before = None
            continue
        prints = set(groups[WHOLE].prints.get(measure, ())) if WHOLE in groups else set()
        state, measured = _state(groups.get(department_id), measure, asked=bool(prints))
        moments.append(
            Moment(
                round_id=one.row.id,
                name=one.row.name,
                on=one.row.closes_at.astimezone(zone).date(),
                state=state,
                measured=measured,
                joined=state is before is State.SCORED and bool(last & prints),
                changed=bool(last and prints and not last & prints),
                note=one.note,
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
