"""A trend as a picture and in words."""

from collections.abc import Sequence

from app.kit.language import Language
from app.results import report
from app.results.trend import Moment, State
from app.web import charts
from app.web.charts import Chart, Point


def chart(moments: Sequence[Moment], language: Language) -> Chart | None:
    """The line of a measure; None where there is not even one score."""
    if not any(one.state is State.SCORED for one in moments):
        return None
    noted = [one.round_id for one in moments if one.note]
    points = [
        Point(
            on=one.on,
            label=one.name,
            score=one.score,
            low=one.low,
            high=one.high,
            joined=one.joined,
            changed=one.changed,
            note=str(noted.index(one.round_id) + 1) if one.note else "",
        )
        for one in moments
    ]
    return charts.trend(finding(moments, language), points)


def finding(moments: Sequence[Moment], language: Language) -> str:
    """What the line shows: from where to where, and whether the last step is clear."""
    scored = [one for one in moments if one.state is State.SCORED]
    if not scored:
        return ""
    last = scored[-1]
    run = _run(moments)
    first = run[0]
    if len(run) == 1:
        return language.text(
            "%(score)s in “%(round)s”; no earlier round in a row to compare it with",
            score=report.signed(last.score),
            round=last.name,
        )
    values = {
        "first": report.signed(first.score),
        "score": report.signed(last.score),
        "since": first.name,
        "round": last.name,
    }
    if _apart(first, last) > 0:
        return language.text(
            "Up from %(first)s in “%(since)s” to %(score)s in “%(round)s”", **values
        )
    if _apart(first, last) < 0:
        return language.text(
            "Down from %(first)s in “%(since)s” to %(score)s in “%(round)s”", **values
        )
    return language.text(
        "%(first)s in “%(since)s”, %(score)s in “%(round)s”: their likely ranges overlap", **values
    )


def told(moment: Moment, language: Language) -> str:
    """What a round has where it has no score."""
    if moment.state is State.BANDED and moment.measured is not None:
        return report.band({"band": moment.measured.band}, language)
    if moment.state is State.HIDDEN:
        return language.text("too few answers, or protected")
    if moment.state is State.ABSENT:
        return language.text("not part of this round")
    return ""


def _run(moments: Sequence[Moment]) -> Sequence[Moment]:
    """The last rounds in a row that are joined by a line."""
    last = max(n for n, one in enumerate(moments) if one.state is State.SCORED)
    first = last
    while first and moments[first].joined:
        first -= 1
    return moments[first : last + 1]


def _apart(first: Moment, last: Moment) -> int:
    """1 or -1 where the whole interval of the last lies beyond that of the first, else 0."""
    if first.low is None or first.high is None or last.low is None or last.high is None:
        return 0
    if last.low > first.high:
        return 1
    return -1 if last.high < first.low else 0
