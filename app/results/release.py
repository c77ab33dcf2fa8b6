"""The release: counted once, disclosed once, frozen; its ballots and their key are destroyed."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, cast, type_coerce
from sqlmodel import Session, col, select

from app.access import accounts, deputies
from app.access.models import AccountDepartment
from app.audit import log as audit
from app.campaigns import amending, announcing, erasing, letters, policy, rounds
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import Phase, RoundRefused
from app.hooks import events
from app.kit import jobs
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Lease, Outcome, State
from app.kit.kept import Kept
from app.kit.seal import Keyring
from app.kit.worker import try_again
from app.responses import submission
from app.results import hiding, serial, summary
from app.results.models import Release, ReleaseAudit

log = logging.getLogger("selaras.results")

# In characters of releases; read into values they take some six times as much memory.
MOST_TEXT = 8_000_000
_KEPT: Kept[tuple[str, str], dict[str, Any]] = Kept(MOST_TEXT)

# A mail to each manager concerned; the job's key is the account.
RELEASED = "released"
# The public summary, to everybody who was asked; the job's key is the invitation.
SUMMARY = "summary"
# The key of the job that follows the erasing of a person begins with it.
ERASED = "erased"
# Whose files held what is deleted once it has been kept long enough.
PURGED = ("invitation", "job", "release", "employee", submission.ROWS_TABLE)


class NotReleased(Exception):
    """The round has no results yet."""


def release(
    session: Session,
    keyring: Keyring,
    zone: ZoneInfo,
    round_id: str,
    actor: str,
    *,
    tell_people: bool = False,
) -> Release:
    """Count, decide what may be known, store it, and destroy what it was counted from.

    With `tell_people`, or where the launch said so, everybody asked is mailed the public summary.
    All in the caller's transaction; `sweep` afterwards rewrites the files. A round that has been
    released is returned as it is. Raises RoundRefused where it is not ready.
    """
    bring_libraries()
    row = rounds.locked(session, round_id)
    stored = session.get(Release, round_id)
    if stored is not None:
        return stored
    stands = rounds.phase(session, row, released=False)
    if stands is not Phase.READY:
        raise RoundRefused(rounds.REFUSALS[stands])
    stored, audited = _counted(session, keyring, zone, row, actor)
    session.add(stored)
    session.flush()
    session.add(audited)
    session.add_all(summary.rows(session, row, json.loads(stored.document)))
    jobs.cancel(session, round_id)
    submission.discard(session, round_id)
    jobs.enqueue_all(session, RELEASED, round_id, _concerned(session, round_id), stored.at)
    if row.tell_people or tell_people:
        jobs.enqueue_all(
            session, SUMMARY, round_id, letters.everybody(session, round_id), stored.at
        )
    audit.record(session, actor, rounds.RELEASED, round_id, hash=stored.hash)
    announcing.closed(session, row)
    _announce(session, stored)
    session.flush()
    return stored


def bring_libraries() -> None:
    """Import what only a release needs, before anything is locked.

    On a busy machine that takes longer than others wait for the lock of the embedded database.
    """
    for name in ("disclosure", "document", "earlier", "method"):
        import_module(f"app.results.{name}")


def _announce(session: Session, stored: Release) -> None:
    """Tell other programs that it is out, with counts that stand in it."""
    groups = json.loads(stored.document)["groups"]
    printed = sum(1 for group in groups if group["disclosed"])
    events.emit(
        session,
        events.PUBLISHED,
        [stored.round_id],
        round=stored.round_id,
        answered=groups[0].get("answered"),
        groups=printed,
    )


def sweep(database: Database, tables: Sequence[str] = submission.EMPTIED) -> bool:
    """Leave nothing that was deleted from these tables readable in the database's files.

    The deletion is durable by now: where the files cannot be rewritten (a busy database, a role
    that owns no tables) that is told to whoever runs the server, the round goes on, and the job
    of the queue tries again. Says whether it was done.
    """
    try:
        database.compact(tables)
    except Exception as error:  # noqa: BLE001 - drivers raise their own kinds here
        log.error(  # noqa: TRY400 - the trace holds statements
            "the files of the database could not be rewritten after a deletion: %s",
            type(error).__name__,
        )
        return False
    return True


class Sweeping:
    """The handler of the job that makes sure of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            done = sweep(self._database, _emptied(lease.key))
            yield Outcome(lease, State.DONE) if done else try_again(lease, None, "not rewritten")


def _emptied(key: str) -> Sequence[str]:
    """The tables that something was deleted from, by the job's key."""
    if key == submission.SWEEP:
        return submission.EMPTIED
    return erasing.TABLES if key.startswith(ERASED) else PURGED


def forget_comments(session: Session, stored: Release) -> tuple[str, str]:
    """Take the comments out of a release for good; its hash before, and after."""
    before = stored.hash
    content = json.loads(stored.document)
    content["comments"] = []
    content["comments_deleted_at"] = now().isoformat()
    hiding.forget(session, stored.round_id)
    stored.document = serial.serialised(content)
    stored.hash = serial.hash_of(stored.document)
    session.add(stored)
    return before, stored.hash


def find(session: Session, round_id: str) -> Release | None:
    """The round's release, or None while there is none."""
    return session.get(Release, round_id)


def is_out(session: Session, round_id: str) -> bool:
    """Whether the round has a release, without reading it."""
    return (
        session.exec(select(Release.round_id).where(Release.round_id == round_id)).first()
        is not None
    )


def read(session: Session, round_id: str) -> Mapping[str, Any]:
    """The release as everybody reads it, and nobody changes it; raises UnknownRound, NotReleased."""
    told = _comments_now(session, round_id)
    if told is None:
        rounds.get(session, round_id)
        raise NotReleased(round_id)
    hash_, comments = told
    content = _KEPT.get((round_id, hash_), lambda: _lasting(session, round_id))
    return hiding.applied(session, round_id, {**content, "comments": comments})


def audit_of(session: Session, round_id: str) -> Mapping[str, Any]:
    """What the audit of the round's release did; raises UnknownRound, NotReleased."""
    rounds.get(session, round_id)
    stored = session.get(ReleaseAudit, round_id)
    if stored is None:
        raise NotReleased(round_id)
    return dict(json.loads(stored.document))


def answered(session: Session, round_id: str) -> int:
    """How many have answered, before and after the release."""
    counted = session.exec(select(Release.answered).where(Release.round_id == round_id)).first()
    if counted is None:
        return sum(submission.answered(session, round_id).values())
    return counted


def phases(session: Session, rows: Sequence[SurveyRound]) -> dict[str, Phase]:
    """Where each of these rounds stands."""
    done = set(session.exec(select(col(Release.round_id))))
    return {row.id: rounds.phase(session, row, released=row.id in done) for row in rows}


def phase(session: Session, row: SurveyRound) -> Phase:
    """Where the round stands."""
    return rounds.phase(session, row, released=is_out(session, row.id))


def _comments_now(session: Session, round_id: str) -> tuple[str, list[dict[str, Any]]] | None:
    """The hash of the release, and its comments as they are now: they are deleted in time."""
    embedded = session.get_bind().dialect.name == "sqlite"
    document = (type_coerce if embedded else cast)(col(Release.document), JSON)
    chosen = select(Release.hash, document["comments"]).where(Release.round_id == round_id)
    return session.exec(chosen).one_or_none()


def _lasting(session: Session, round_id: str) -> tuple[dict[str, Any], int]:
    """What of a release never changes, an empty place for its comments; how long its text is."""
    text = session.exec(select(Release.document).where(Release.round_id == round_id)).one()
    content = json.loads(text)
    content["comments"] = []
    return content, len(text)


def _concerned(session: Session, round_id: str) -> list[str]:
    """The managers with a department in the round and who stands in for them: they are told."""
    tree = {node.id for node in rounds.tree_of(session, round_id)}
    managers = {one.id for one in accounts.with_role(session, accounts.Role.MANAGER)}
    scopes = session.exec(
        select(AccountDepartment).where(col(AccountDepartment.department_id).in_(tree))
    )
    own = {scope.account_id for scope in scopes} & managers
    return sorted(own | deputies.standing_in(session, own) & managers)


def _counted(
    session: Session, keyring: Keyring, zone: ZoneInfo, row: SurveyRound, actor: str
) -> tuple[Release, ReleaseAudit]:
    # They bring the numerical libraries, which only a release needs.
    from app.results import disclosure, document, earlier, method

    survey = rounds.survey_of(session, row)
    frozen = policy.frozen(session, row.id)
    tree = rounds.tree_of(session, row.id)
    published = disclosure.disclose(session, keyring, row.id, survey, frozen, tree)
    rules = method.method(survey)["hash"]
    then = earlier.before(session, row, survey.version, rules)
    content = document.document(row, survey, frozen, published, zone, then)
    content["policy"]["min_group_at_launch"] = frozen.launched_min_group
    content["since_launch"] = amending.since_launch(session, row)
    text = serial.serialised(content)
    stored = Release(
        round_id=row.id,
        document=text,
        hash=serial.hash_of(text),
        answered=published.answered,
        at=now(),
        by=actor,
    )
    report = serial.serialised({"release": stored.hash, **published.audit.told()})
    return stored, ReleaseAudit(round_id=row.id, document=report)
