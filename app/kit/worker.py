"""The loop that leases due jobs and hands them to their handlers, in a thread or a process."""

import contextlib
import logging
import random
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from app.kit import jobs, leasing
from app.kit.clock import now
from app.kit.database import Database, is_unavailable
from app.kit.writer import NotSaved, Writer

log = logging.getLogger("selaras.worker")

IDLE_SECONDS = 1.0
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
)
GIVE_UP_AFTER = timedelta(hours=48)
# So much longer at most, by chance: what failed together is not tried again together.
JITTER = 0.2


class Worker:
    """Works until stopped; any number may run, in one process or on many machines."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        kinds: Mapping[str, jobs.Kind],
        rest: Callable[[], None] = lambda: None,
        stop: threading.Event | None = None,
    ) -> None:
        """`rest` is called in the working thread whenever nothing is due.

        `stop`: what handlers look at that do several jobs at a time.
        """
        self._database = database
        self._writer = writer
        self._kinds = kinds
        self._rest = rest
        self._owner = secrets.token_hex(8)
        self._stop = stop or threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Work in a thread of this process."""
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the jobs in hand, take no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def run(self) -> None:
        """Work in this thread until `stop` is called."""
        while not self._stop.is_set():
            try:
                worked = self.run_once()
            except Exception as error:  # noqa: BLE001 - whatever it is, the worker must go on
                _tell(error)
                worked = False
            if not worked:
                self._stop.wait(IDLE_SECONDS)
        self._rest()

    def run_once(self) -> bool:
        """Lease and do one batch of due jobs; says whether there was any."""
        leases = self._claimed()
        if not leases:
            self._rest()
            return False
        self._do(leases)
        return True

    def _claimed(self) -> list[jobs.Lease]:
        # An idle worker must not stand in line for the one lock of the embedded database.
        with self._database.reading() as session:
            if not leasing.is_due(session.connection(), self._kinds):
                return []
        with self._database.engine.begin() as connection:
            return leasing.claim(connection, self._kinds, self._owner)

    def _do(self, leases: list[jobs.Lease]) -> None:
        handler = self._kinds[leases[0].kind].handler
        left = {(lease.part, lease.key): lease for lease in leases}
        try:
            for outcomes in handler(leases):
                together = [outcomes] if isinstance(outcomes, jobs.Outcome) else outcomes
                for outcome in together:
                    left.pop((outcome.lease.part, outcome.lease.key), None)
                self._record(together)
                if self._stop.is_set():
                    break
            # Stopping: what is not begun is work for another process at once.
            if self._stop.is_set():
                self._record([lease.untouched() for lease in left.values()])
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, the job is tried again
            # The message may hold an address or a link: only its kind goes to the log.
            log.error("a %s job failed: %s", leases[0].kind, type(error).__name__)  # noqa: TRY400
            self._record([try_again(one, None, type(error).__name__) for one in left.values()])

    def _record(self, outcomes: Sequence[jobs.Outcome]) -> None:
        """Store these in one commit; the handler goes on after it."""
        if not outcomes:
            return
        # Where they cannot be stored, the lease runs out and the jobs are work again.
        with contextlib.suppress(NotSaved):
            self._writer.call_all(leasing.finish, outcomes)


def _tell(error: Exception) -> None:
    if is_unavailable(error):
        # Somebody else writes for long (a release, a restore), or the database restarts: that passes.
        log.warning("the queue is out of reach just now (%s); it is tried again", error.__cause__)
    else:
        log.error("the worker could not reach its queue; it tries again", exc_info=error)


def try_again(
    lease: jobs.Lease, code: str | None, error: str, *, doubtful: bool = False
) -> jobs.Outcome:
    """Put a job back with growing pauses; give it up once two days have not been enough."""
    pause = BACK_OFF[min(lease.attempts, len(BACK_OFF)) - 1]
    due_at = now() + pause * random.uniform(1, 1 + JITTER)  # noqa: S311 - no secret
    if due_at > lease.tried_since + GIVE_UP_AFTER:
        return jobs.Outcome(lease, jobs.State.FAILED, code, error, doubtful=doubtful)
    return jobs.Outcome(lease, jobs.State.WAITING, code, error, due_at, doubtful=doubtful)
