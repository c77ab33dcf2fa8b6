"""What the worker does at a round's closing date: release it, or tell HR that it is ready."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from app.access import accounts
from app.campaigns import announcing, rounds
from app.campaigns.rounds import Phase
from app.kit import jobs
from app.kit.clock import now
from app.kit.database import Database
from app.kit.jobs import Lease, Outcome, State
from app.kit.seal import Keyring
from app.results import release

# A mail to each HR account; the job's key is the account.
READY = "ready"
WORKER = "worker"


class Closing:
    """The handler of the job that falls due when a round closes."""

    def __init__(self, database: Database, keyring: Keyring, zone: ZoneInfo) -> None:
        self._database = database
        self._keyring = keyring
        self._zone = zone

    def __call__(self, leases: Sequence[Lease]) -> Iterable[Outcome]:
        for lease in leases:
            yield self._close(lease)

    def _close(self, lease: Lease) -> Outcome:
        release.bring_libraries()
        with self._database.writing() as session:
            row = rounds.locked(session, lease.part)
            stands = release.phase(session, row)
            if stands in {Phase.OPEN, Phase.SCHEDULED}:
                return Outcome(lease, State.WAITING, due_at=row.closes_at)
            if stands is not Phase.READY:
                return Outcome(lease, State.DONE)
            announcing.closed(session, row)
            if not row.auto_release:
                hr = [one.id for one in accounts.with_role(session, accounts.Role.HR)]
                jobs.enqueue_all(session, READY, row.id, hr, now())
                return Outcome(lease, State.DONE)
            release.release(session, self._keyring, self._zone, row.id, WORKER)
        release.sweep(self._database)
        return Outcome(lease, State.DONE)
