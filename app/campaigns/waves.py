"""The planned reminders of a round as jobs: written at its launch, moved when its end moves.

A wave is a job whose key names it; when it falls due the mails of those it concerns are queued.
What HR sees of a wave is that row.
"""

from datetime import time
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.campaigns.models import RoundReminding, SurveyRound
from app.campaigns.timing import PLANNED, Hours, Reminding, moments
from app.kit import jobs
from app.kit.clock import now
from app.kit.jobs import Job, State

# A reminder's time has come; the key is the wave. Then a mail each: an invitation and the wave.
REMINDERS = "reminders"
REMIND = "remind"
REMINDING = (REMINDERS, REMIND)
# By HR, and not by the end of the round.
SWITCHED_OFF = "off"


def plan_for(session: Session, row: SurveyRound, plan: Reminding) -> None:
    """Write down a round's plan at its launch and queue its waves."""
    hours = plan.hours
    session.add(
        RoundReminding(
            round_id=row.id,
            half_way=plan.half_way,
            last_day=plan.last_day,
            earliest=hours.earliest.isoformat("minutes"),
            latest=hours.latest.isoformat("minutes"),
            weekdays="".join(map(str, sorted(hours.weekdays))),
            zone=hours.zone.key,
        )
    )
    for wave, moment in moments(plan, row.opens_at, row.closes_at).items():
        jobs.enqueue(session, REMINDERS, row.id, wave, moment)


def plan_of(session: Session, round_id: str) -> Reminding | None:
    """The plan a round was launched with; None for one of before there were any."""
    kept = session.get(RoundReminding, round_id)
    if kept is None:
        return None
    hours = Hours(
        ZoneInfo(kept.zone),
        time.fromisoformat(kept.earliest),
        time.fromisoformat(kept.latest),
        frozenset(map(int, kept.weekdays)),
    )
    return Reminding(hours, kept.half_way, kept.last_day)


def move(session: Session, row: SurveyRound) -> None:
    """Plan anew what has not gone out, for the dates the round has now."""
    plan = plan_of(session, row.id)
    if plan is None:
        return
    due = {
        wave: at for wave, at in moments(plan, row.opens_at, row.closes_at).items() if at > now()
    }
    for wave in PLANNED:
        job = session.get(Job, (row.id, REMINDERS, wave), populate_existing=True)
        if job is None:
            if wave in due:
                jobs.enqueue(session, REMINDERS, row.id, wave, due[wave])
            continue
        if job.state not in {State.WAITING, State.CANCELLED}:
            continue
        on = wave in due and job.last_code != SWITCHED_OFF
        job.state = (State.WAITING if on else State.CANCELLED).value
        job.due_at = due.get(wave, job.due_at)
        job.attempts, job.last_error = 0, None
        job.finished_at = None if on else now()
        session.add(job)
    session.flush()
