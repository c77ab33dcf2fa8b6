"""A worker in a process of its own that is killed by kill -9 at a statement of its choice."""

import os
import signal
from typing import Any

from sqlalchemy import Engine, event

from app.campaigns.rounds import CLOSE
from app.campaigns.series import SERIES
from app.campaigns.waves import REMINDERS
from app.kit.runtime import Runtime
from app.kit.settings import Settings
from app.main import make_site, make_worker
from app.responses.submission import SWEEP
from app.results import document
from tests.faults.sender import CONTEXT

# A release brings the numerical libraries: imported once, as everything else is.
CONTEXT.set_forkserver_preload(["tests.faults.sender", __name__])
assert document
KINDS = (SERIES, REMINDERS, CLOSE, SWEEP)


def worked(settings: Settings, dies_at: int) -> bool:
    """Have it do what is due; whether it came to the end before that statement or commit."""
    process = CONTEXT.Process(target=_work, args=(settings, dies_at), daemon=True)
    process.start()
    process.join(timeout=120)
    assert process.exitcode in {0, -signal.SIGKILL}, process.exitcode
    return process.exitcode == 0


def _work(settings: Settings, dies_at: int) -> None:
    runtime = Runtime.start(settings)
    worker = make_worker(make_site(runtime))
    # Nothing else of the installation, so that it dies in the middle of these.
    worker._kinds = {kind: worker._kinds[kind] for kind in KINDS}
    left = dies_at

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("before_cursor_execute", "commit"):
        event.listen(Engine, moment, count)
    while worker.run_once():
        pass
    # Without waiting for threads that wait for work.
    os._exit(0)
