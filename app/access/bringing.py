"""Bringing a people file in, with its audit entry; a large one in the background with its progress."""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session

from app.audit import log
from app.kit import jobs
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Lease, Outcome, State
from app.people import importing, undoing, uploads
from app.people.importing import ImportPlan, ImportRefused, PlanOutdated, TooManyDeactivated
from app.people.models import PeopleImport
from app.people.undoing import Undoing

PEOPLE_IMPORT = "people-import"
# Below this an import takes no longer than a page that says so.
AT_ONCE = 2_000


def bring(
    session: Session,
    plan: ImportPlan,
    actor: str,
    *,
    deactivate: int | None = None,
    name: str = "",
    import_id: str = "",
) -> str:
    """Do what the plan says and record it; returns the id under which it can be undone."""
    kept = importing.apply(
        session, plan, deactivate=deactivate, actor=actor, name=name, import_id=import_id
    )
    log.record(
        session,
        actor,
        "people.imported",
        "people",
        new=plan.new,
        changed=plan.changed,
        moved=plan.moved,
        deactivated=plan.deactivated,
    )
    return kept


def queue(
    session: Session,
    upload_id: str,
    actor: str,
    *,
    seen: str,
    renamed: Mapping[str, str],
    deactivate: int | None,
) -> None:
    """Have a confirmed file imported by the worker."""
    uploads.begin(session, upload_id)
    jobs.enqueue(
        session,
        PEOPLE_IMPORT,
        upload_id,
        actor,
        now(),
        seen=seen,
        renamed=dict(renamed),
        deactivate=deactivate,
    )


def undo(session: Session, row: PeopleImport, actor: str) -> Undoing:
    """Undo an import as far as nothing later depends on it, and record it."""
    done = undoing.undo(session, row)
    log.record(
        session,
        actor,
        "people.import_undone",
        "people",
        removed=len(done.removed),
        restored=len(done.restored),
        stayed=len(done.stays),
    )
    return done


class Importing:
    """The handler of a confirmed file: whole or not at all, however often it is begun."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            self._import(lease)
            yield Outcome(lease, State.DONE)

    def _import(self, lease: Lease) -> None:
        with self._database.reading() as session:
            upload = uploads.find(session, lease.part, lease.key)
            if upload is None:
                # Another process did it and died before it could say so.
                return
            content, name, full = bytes(upload.content), upload.name, upload.full
        given = lease.arguments
        try:
            # What the person looked at, then with the answers to its questions.
            plan = self._planned(lease, content, full, {})
            if plan.fingerprint != given["seen"]:
                raise PlanOutdated
            if given["renamed"]:
                plan = self._planned(lease, content, full, given["renamed"])
            self._tell(lease.part, 0.85)
            with self._database.writing() as session:
                uploads.take(session, lease.part, lease.key)
                bring(
                    session,
                    plan,
                    lease.key,
                    deactivate=given["deactivate"],
                    name=name,
                    import_id=lease.part,
                )
        except (PlanOutdated, ImportRefused, TooManyDeactivated):
            with self._database.writing() as session:
                uploads.outdate(session, lease.part)

    def _planned(
        self, lease: Lease, content: bytes, full: bool, renamed: Mapping[str, str]
    ) -> ImportPlan:
        with self._database.reading() as session:
            return importing.plan(
                session,
                content,
                full=full,
                renamed=renamed,
                tell=lambda share: self._tell(lease.part, share * 0.85),
            )

    def _tell(self, upload_id: str, share: float) -> None:
        with self._database.writing() as session:
            uploads.progress(session, upload_id, round(share * 100))
