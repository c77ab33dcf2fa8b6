"""What falls due of a series: its round opens, exactly once however many workers look.

In one transaction the occurrence is written down, its round opened and the next one queued. Dying
before its end leaves nothing of it; dying after it leaves a job that finds its work done.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.audit import log
from app.campaigns import sampling, series
from app.campaigns.models import Series, SeriesRun, SurveyRound
from app.campaigns.rounds import RoundPlan
from app.campaigns.series import Became
from app.campaigns.series_plan import Late
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Lease, Outcome, State
from app.kit.language import Refusal
from app.surveys.library import UnknownSurvey

WORKER = "worker"
# Of a late round: what could be open for less is left to the next occurrence.
SHORTEST = timedelta(hours=23)

# Opening a round makes the boxes its ballots go to ready, above this package.
Launch = Callable[[Session, RoundPlan, str], SurveyRound]


class Pulsing:
    """The handler of an occurrence that has fallen due."""

    def __init__(self, database: Database, launch: Launch) -> None:
        self._database = database
        self._launch = launch

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            with self._database.writing() as session:
                outcome = self._tick(session, lease)
            yield outcome

    def _tick(self, session: Session, lease: Lease) -> Outcome:
        row = series.find(session, lease.part)
        if row is None or row.paused:
            return Outcome(lease, State.CANCELLED)
        moment = now()
        if row.next_due_at > moment:
            if series.is_next(row, lease.key):
                # The clock was put back after the job was leased.
                return Outcome(lease, State.WAITING, due_at=row.next_due_at)
            return Outcome(lease, State.DONE)
        self._run(session, row, moment)
        return Outcome(lease, State.DONE)

    def _run(self, session: Session, row: Series, moment: datetime) -> None:
        """The newest of what is due opens, those before it have been missed."""
        pulse = series.pulse_of(row)
        *missed, newest = pulse.due(row.next_due_at, moment)
        session.add_all(_missed(row, one) for one in missed)
        session.add(
            self._open(session, row, newest, moment)
            if _in_time(row, newest, moment)
            else _missed(row, newest)
        )
        if missed:
            log.record(session, WORKER, "series.missed", row.id, occurrences=len(missed))
        row.next_due_at = pulse.after(newest)
        series.queue(session, row)

    def _open(
        self, session: Session, row: Series, occurrence: datetime, moment: datetime
    ) -> SeriesRun:
        run = SeriesRun(series_id=row.id, occurrence_at=occurrence, outcome=Became.OPENED.value)
        try:
            with session.begin_nested():
                plan = series.round_plan(session, row, occurrence, moment)
                run.round_id = self._launch(session, plan, WORKER).id
                day = moment.astimezone(ZoneInfo(row.zone)).date()
                sampling.note(session, row, plan.audience.people, day)
        except (Refusal, UnknownSurvey) as error:
            run.outcome, run.problem = Became.REFUSED.value, str(error)
        log.record(
            session,
            WORKER,
            f"series.{run.outcome}",
            row.id,
            occurrence=occurrence.isoformat(),
            round=run.round_id,
        )
        return run


def _in_time(row: Series, occurrence: datetime, moment: datetime) -> bool:
    if not series.is_late(occurrence, moment):
        return True
    left = series.closing(row, occurrence, moment) - moment
    return row.late == Late.ONCE and left >= SHORTEST


def _missed(row: Series, occurrence: datetime) -> SeriesRun:
    return SeriesRun(series_id=row.id, occurrence_at=occurrence, outcome=Became.MISSED.value)
