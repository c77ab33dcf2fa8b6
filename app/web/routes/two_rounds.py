"""Two rounds of one survey beside each other, for HR."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.campaigns import rounds
from app.campaigns.models import SurveyRound
from app.results import release, report, shelf
from app.web.dependencies import Hr, ReadSession, Staff

router = APIRouter()


@router.get("/rounds/compare")
def compare(
    viewer: Hr, staff: Staff, session: ReadSession, one: str = "", other: str = ""
) -> HTMLResponse:
    """What has clearly changed from the one to the other, group by group and theme by theme."""
    # It brings the numerical libraries, which only this page needs.
    from app.results import beside

    rows = [one.row for one in shelf.every(session, viewer)]
    known = {row.id: row for row in rows}
    first, second = known.get(one), known.get(other)
    if first is None or second is None:
        up_to = [row for row in rows if second is None or row.closes_at <= second.closes_at]
        first, second = _newest_two(up_to)
    if first is None or second is None:
        return staff("rounds/compare.html", rows=rows, first=None, second=None)
    if first.closes_at > second.closes_at:
        first, second = second, first
    then, now = release.read(session, first.id), release.read(session, second.id)
    alike = first.id != second.id and beside.comparable(then, now)
    survey = rounds.survey_of(session, second)
    found = []
    if alike:
        ids = [
            {"": "", **{node.path: node.id for node in rounds.tree_of(session, row.id)}}
            for row in (first, second)
        ]
        found = beside.pairs(then, now, *ids)
    return staff(
        "rounds/compare.html",
        rows=rows,
        first=first,
        second=second,
        alike=alike,
        groups=[pair for pair in found if not pair.theme],
        themes=[
            (survey.theme(pair.theme).name.in_(staff.language.code), pair)
            for pair in found
            if pair.theme
        ],
        report=report,
    )


def _newest_two(
    rows: list[SurveyRound],
) -> tuple[SurveyRound | None, SurveyRound | None]:
    """The newest round that has one of its own survey before it, and that one."""
    for place in range(len(rows) - 1, 0, -1):
        same = [row for row in rows[:place] if row.survey_key == rows[place].survey_key]
        if same:
            return same[-1], rows[place]
    return None, None
