"""What `selaras doctor` says of an installation that runs: queue, mail, backups, disk, deletions."""

from collections.abc import Iterator
from datetime import timedelta

from sqlmodel import Session, col, select

from app.access.tidying import TIDY
from app.campaigns.models import SurveyRound
from app.cli.finding import Finding
from app.kit import condition, hold, pace
from app.kit.clock import now
from app.kit.jobs import Job, State
from app.kit.settings import Settings
from app.results import backups
from app.results.backups import BACKUP
from app.results.retention import RETAIN

# A night and a half: one that was missed is seen the next morning.
OLDEST_BACKUP = timedelta(hours=36)
DAILY = timedelta(hours=48)


def running_well(session: Session, loaded: Settings) -> list[Finding]:
    """All of it."""
    return [
        _disk(loaded),
        _queue(session, loaded),
        *_mail(session),
        _backup(session, loaded),
        *_daily(session),
    ]


def _disk(loaded: Settings) -> Finding:
    left = condition.disk_left(loaded.data_dir)
    says = f"{left:.0%} free where {loaded.data_dir} is"
    well = left > condition.SMALLEST_DISK
    return Finding("disk", well, says if well else f"{says}: free some, or answers are refused")


def _queue(session: Session, loaded: Settings) -> Finding:
    waiting = sum(one.jobs for one in condition.work(session) if one.state == State.WAITING)
    if not loaded.mail_url:
        return Finding("queue", True, f"{waiting} jobs wait; mails among them wait for settings")
    if not condition.is_behind(session):
        return Finding("queue", True, f"{waiting} jobs wait for their time")
    since = condition.due_since(session)
    return Finding(
        "queue",
        False,
        f"work has been due since {since:%Y-%m-%d %H:%M} UTC: is `selaras serve` or "
        "`selaras worker` running?",
    )


def _mail(session: Session) -> Iterator[Finding]:
    held = hold.stands(session)
    if held is not None:
        yield Finding(
            "sending",
            False,
            f"held since {held.since:%Y-%m-%d %H:%M} UTC ({held.reason}): look at the rounds, "
            "then selaras restore --confirm",
        )
    server = pace.stands(session)
    if server and server.paused_until and server.paused_until > now():
        until = f"{server.paused_until:%H:%M} UTC"
        yield Finding("mail server", False, f"paused until {until}: {server.reason or 'no answer'}")


def _backup(session: Session, loaded: Settings) -> Finding:
    found = backups.newest(session)
    if not loaded.backups_kept:
        return Finding("backup", True, "none of its own (SELARAS_BACKUPS_KEPT is 0): make others")
    if found is None:
        # Before the first round there is little to lose.
        begun = session.exec(select(SurveyRound.id).limit(1)).first() is not None
        says = "there is none yet: the worker makes one each night; now: selaras backup FILE"
        return Finding("backup", not begun, says)
    age = now() - found.at
    says = f"{found.subject}, {age.total_seconds() / 3600:.0f} h old, in {loaded.backup_folder}"
    if age <= OLDEST_BACKUP:
        return Finding("backup", True, says)
    return Finding("backup", False, f"{says}: {_said(session) or 'does a worker run at night?'}")


def _said(session: Session) -> str | None:
    """Why the last try failed."""
    statement = select(Job).where(Job.kind == BACKUP, col(Job.last_error).is_not(None))
    job = session.exec(statement.order_by(col(Job.due_at).desc()).limit(1)).first()
    return job.last_error if job else None


def _daily(session: Session) -> Iterator[Finding]:
    """What deletes by itself, where it has stopped doing so; a new installation has not begun."""
    for kind, what in ((RETAIN, "deleting at its time"), (TIDY, "tidying")):
        statement = select(Job).where(Job.kind == kind).order_by(col(Job.due_at).desc())
        rows = session.exec(statement.limit(2)).all()
        done = next((one.finished_at for one in rows if one.finished_at), None)
        if done is not None:
            well = now() - done <= DAILY
            says = f"last done {done:%Y-%m-%d %H:%M} UTC"
            yield Finding(what, well, says if well else f"{says}: is a worker running?")
