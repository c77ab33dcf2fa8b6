"""What needs doing now, and what the newest results say, for the start page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from app.access.sign_in import Viewer
from app.actions import register
from app.actions.register import Scope
from app.campaigns import deliveries, policy
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import Phase
from app.kit.clock import now
from app.kit.language import Language
from app.results import participation, release, report, wording
from app.web.sight import sight_of

SOON = timedelta(days=3)
NEWEST_RESULTS = 3


@dataclass(frozen=True)
class Duty:
    """One thing to do, and where."""

    words: str
    address: str


@dataclass(frozen=True)
class Result:
    """What a round says of the whole, or of a manager's first department, in one look."""

    round_id: str
    name: str
    place: str
    score: str
    sure: str
    answered: str
    change: str


def duties(
    session: Session,
    viewer: Viewer,
    rows: Sequence[SurveyRound],
    stands: Mapping[str, Phase],
    scope: Scope,
    today: date,
    language: Language,
) -> list[Duty]:
    """What waits for the viewer, the most urgent first."""
    found = list(_of_rounds(session, rows, stands, language)) if viewer.sees_all else []
    late = [
        row
        for row in register.listed(session, scope)
        if row.done_at is None
        and row.due_on is not None
        and row.due_on < today
        and register.may_change(row, scope)
    ]
    if late:
        words = language.plural("%(n)s action is overdue", "%(n)s actions are overdue", len(late))
        found.append(Duty(words, "/actions?state=late"))
    return found


def _of_rounds(
    session: Session,
    rows: Sequence[SurveyRound],
    stands: Mapping[str, Phase],
    language: Language,
) -> Iterator[Duty]:
    for row in rows:
        address = f"/rounds/{row.id}"
        if stands[row.id] is Phase.READY:
            words = language.text(
                "“%(round)s” has closed: look at it and release its results", round=row.name
            )
            yield Duty(words, address)
        if stands[row.id] is not Phase.OPEN:
            continue
        failed = deliveries.progress(session, row.id).failed
        if failed:
            words = language.plural(
                "“%(round)s”: %(n)s invitation could not be delivered",
                "“%(round)s”: %(n)s invitations could not be delivered",
                failed,
                round=row.name,
            )
            yield Duty(words, address)
        if row.closes_at - now() < SOON:
            yield Duty(language.text("“%(round)s” closes soon", round=row.name), address)


def taking_part(
    session: Session, rows: Sequence[SurveyRound], stands: Mapping[str, Phase]
) -> dict[str, tuple[int, int]]:
    """Of each open round how many have answered of how many, where that may be told."""
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        if stands[row.id] in (Phase.OPEN, Phase.READY):
            smallest = policy.frozen(session, row.id).min_group
            told = participation.so_far(session, row.id, smallest)
            if told and not told[0].path:
                found[row.id] = told[0].answered, told[0].invited
    return found


def results(
    session: Session,
    viewer: Viewer,
    rows: Sequence[SurveyRound],
    stands: Mapping[str, Phase],
    language: Language,
) -> list[Result]:
    """The newest results, each in a line."""
    done = [row for row in rows if stands[row.id] is Phase.RELEASED]
    done.sort(key=lambda row: row.closes_at, reverse=True)
    return [_result(session, viewer, row, language) for row in done[:NEWEST_RESULTS]]


def _result(session: Session, viewer: Viewer, row: SurveyRound, language: Language) -> Result:
    content = release.read(session, row.id)
    sight = sight_of(session, viewer, row.id)
    path = "" if viewer.sees_all or not sight.top else sight.top[0].path
    group = report.group_of(content, path)
    if group is None or not group["disclosed"] or group["band"]:
        said = language.text("too few answers, or protected")
        if group is not None and group.get("band"):
            said = report.band(group, language)
        return Result(row.id, row.name, report.place(path, language), "–", said, "", "")
    return Result(
        row.id,
        row.name,
        report.place(path, language),
        report.signed(group["score"]),
        report.likely(group, language),
        report.answered(group, language),
        wording.change(content, group, language),
    )
