"""Erasing a person to the end: no backup brings them back, and no file of the database holds them."""

from pathlib import Path

from sqlmodel import Session

from app.campaigns import erasing, held
from app.campaigns.erasing import Erasing
from app.kit import forgotten, jobs
from app.kit.clock import now
from app.kit.seal import Keyring
from app.people.models import Employee
from app.responses.submission import SWEEP
from app.results.release import ERASED


def erase(session: Session, keyring: Keyring, folder: Path, who: str, actor: str) -> Erasing:
    """Do it, noted beside the backups first; raises UnknownPerson, AccountRefused.

    `release.sweep` afterwards, or the job of `sweep_later`, rewrites the files.
    """
    account = held.account_of(session, who)
    ids = {one.id for one in held.people_of(session, who)} | ({account.id} if account else set())
    planned = erasing.erase(session, keyring, who, actor)
    session.flush()
    # On the disk before it is committed: a backup restored tomorrow must not bring them back.
    forgotten.add(folder, ids)
    return planned


def sweep_later(session: Session) -> None:
    """Have the worker rewrite the files once this is committed."""
    jobs.enqueue(session, SWEEP, "", f"{ERASED} {now().isoformat()}", now())


def named(session: Session, person: Employee) -> str:
    """What to call one person by: the address, with the account; the id where several share it."""
    shared = len(held.people_of(session, person.email)) > 1
    return person.employee_id if shared or not person.email else person.email
