"""The score of one department, or of everybody asked, over the released rounds of a survey."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from app.campaigns import rounds
from app.campaigns.models import SurveyRound
from app.results import release, report
from app.results.models import Release


@dataclass(frozen=True)
class Stop:
    """A round on the line: without a score the department was not asked, or is not printed.

    Stops of other `rules` (another wording, other cut-offs) are another measure.
    """

    round_id: str
    name: str
    on: date
    rules: str
    score: float | None = None
    low: float | None = None
    high: float | None = None


def released(session: Session) -> Sequence[SurveyRound]:
    """The rounds that have results, the oldest first."""
    return session.exec(
        select(SurveyRound)
        .join(Release, col(Release.round_id) == col(SurveyRound.id))
        .order_by(col(SurveyRound.closes_at), col(SurveyRound.id))
    ).all()


def stops(session: Session, rows: Iterable[SurveyRound], department_id: str) -> tuple[Stop, ...]:
    """One stop a round; the department is followed by its lasting id, "" is everybody asked."""
    return tuple(_stops(session, rows, department_id))


def _stops(session: Session, rows: Iterable[SurveyRound], department_id: str) -> Iterator[Stop]:
    for row in rows:
        content = release.read(session, row.id)
        about = content["round"]
        rules = f"{about['survey_version']} {content['method']['hash']}"
        on = date.fromisoformat(about["closed_on"])
        path = _path(session, row.id, department_id)
        group = None if path is None else report.group_of(content, path)
        if group is None or not group["disclosed"] or group["band"]:
            yield Stop(row.id, row.name, on, rules)
            continue
        # Of any team like this: rounds are set beside one another.
        low, high = group["process_low"], group["process_high"]
        yield Stop(row.id, row.name, on, rules, group["score_exact"], low, high)


def _path(session: Session, round_id: str, department_id: str) -> str | None:
    if not department_id:
        return ""
    tree = rounds.tree_of(session, round_id)
    return next((node.path for node in tree if node.id == department_id), None)
