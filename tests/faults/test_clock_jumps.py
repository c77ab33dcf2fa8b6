"""A clock that jumps an hour ahead and back while people answer and two workers do what is due.

Ahead, every lease seems to have run out; back, what was due is not due any more. Either way each
piece of work is done once, and of a mail at most those in flight at a jump are sent again. The
hour that a change to summer time skips or doubles is in `tests/campaigns`.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from pathlib import Path

from sqlalchemy import func, update
from sqlmodel import col, select

from app.campaigns import reminders
from app.campaigns.waves import REMINDERS
from app.kit import clock, jobs, leasing
from app.kit.jobs import Job, State
from app.kit.worker import Worker
from app.main import make_worker
from app.responses import submission
from tests.cast import PLANT
from tests.faults import ledger
from tests.faults.ledger import Crowd
from tests.faults.test_killed_work import Due, audited
from tests.site import Site, running_site

HOUR = timedelta(hours=1)


class Jumps:
    """The clock of the process, an hour ahead, back, right, and so on."""

    def __init__(self) -> None:
        self.number = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._jump, daemon=True)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        with clock.moved(timedelta()):
            self._thread.start()
            try:
                yield
            finally:
                self._over.set()
                self._thread.join()

    def _jump(self) -> None:
        for ahead in cycle((HOUR, -HOUR, timedelta())):
            if self._over.wait(0.03):
                return
            clock._Clock.ahead = ahead
            self.number += 1


@contextmanager
def working(*workers: Worker) -> Iterator[None]:
    over = threading.Event()

    def work(one: Worker) -> None:
        while not over.is_set():
            if not one.run_once():
                time.sleep(0.005)
        one._rest()

    threads = [threading.Thread(target=work, args=(one,), daemon=True) for one in workers]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in threads:
            one.join()


def test_work_is_neither_doubled_nor_lost(database_url: str, tmp_path: Path) -> None:
    with running_site(database_url, tmp_path) as site:
        due = Due(site)
        asked = site.opened(PLANT, survey=ledger.SURVEY, name="Asked")
        jumps = Jumps()
        with jumps.going_on(), working(site.worker, make_worker(site.web)):
            told = Crowd([site.address[1]], list(asked.links.values())).start().wait()
            deadline = time.monotonic() + 60
            while not (site.count("release") and site.count("series_run") and jumps.number > 12):
                assert time.monotonic() < deadline, "it is not done"
                time.sleep(0.02)
        found = ledger.compared(told, asked)
        assert (found["lost"], found["duplicates"], found["untold"]) == (0, 0, 0)
        assert found["acknowledged"] == len(asked.links)
        # What was put off while it was too early, or after as many tries as there were jumps.
        with clock.moved(8 * HOUR):
            due.is_done_once()
        mails = Counter(str(one["message-id"]) for one in site.sink.mails)
        with site.database.reading() as session:
            doubts = session.exec(select(func.sum(col(Job.doubts)))).one()
        assert mails.total() - len(mails) <= doubts, "each that was sent again is in doubt"


def test_who_lost_a_lease_to_a_jump_does_not_do_its_work_beside_the_other(
    database_url: str, tmp_path: Path
) -> None:
    with running_site(database_url, tmp_path) as site:
        due = Due(site)
        handler = reminders.Reminding(site.database, submission.unanswered)
        slow = claimed(site, "slow")
        with clock.moved(-HOUR):
            (early,) = handler(slow)
        assert early.state is State.WAITING, "it was not open an hour ago: later, and not never"
        put_back(site)
        slow = claimed(site, "slow")
        with clock.moved(HOUR):
            (quick,) = [list(handler([one])) for one in claimed(site, "quick")]
        assert [one.state for one in quick] == [State.DONE]
        list(handler(slow))
        assert audited(site, "round.reminded", due.reminded) == 1


def put_back(site: Site) -> None:
    with site.database.writing() as session:
        session.connection().execute(
            update(Job).where(col(Job.kind) == REMINDERS).values(due_at=clock.now())
        )


def claimed(site: Site, owner: str) -> list[jobs.Lease]:
    kinds = {REMINDERS: jobs.Kind(lambda _: [])}
    with site.database.engine.begin() as connection:
        return leasing.claim(connection, kinds, owner)
