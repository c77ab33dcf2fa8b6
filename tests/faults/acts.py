"""The acts that must be whole or not at all, done in a process of their own that a fault is put into."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.audit import log
from app.kit.runtime import Runtime
from app.kit.settings import Settings
from app.main import make_site
from app.people import importing
from app.responses.submission import Submission
from app.results import release
from app.surveys import library
from app.surveys.coding import Layout
from tests.people.files import csv
from tests.results import rounds

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.acts"])
SURVEY = "team_pulse"
MORE = csv("employee_id,name,email,department", *(f"9{n},Q,q{n}@x.example,Ops" for n in range(9)))
PATIENCE = 60


@dataclass(frozen=True)
class Act:
    """What is done, how to count what it makes, and how many there are without and with it."""

    do: Callable[[Runtime, str], None]
    counted: str
    nothing: int
    whole: int

    def found(self, runtime: Runtime) -> int:
        with runtime.database.reading() as session:
            return int(session.connection().execute(text(self.counted)).scalar_one())


def submit(runtime: Runtime, round_id: str) -> None:
    token = rounds.links(runtime, round_id)["Sales"][-1]
    size = Layout.of(library.template(SURVEY)).size
    sent = Submission(token, bytes(size), {}, "a-submission-key-of-its-own")
    asyncio.run(make_site(runtime).submissions.submit(sent))


def count_and_release(runtime: Runtime, round_id: str) -> None:
    with runtime.database.writing() as session:
        release.release(session, runtime.keyring, runtime.settings.zone, round_id, "test")
    release.sweep(runtime.database)


def bring(runtime: Runtime, _round_id: str) -> None:
    with runtime.database.writing() as session:
        importing.apply(session, importing.plan(session, MORE))


ACTS = {
    "one submission": Act(submit, "SELECT count(*) FROM spent", 5, 6),
    "one release": Act(count_and_release, "SELECT count(*) FROM release", 0, 1),
    "one import": Act(bring, "SELECT count(*) FROM employee WHERE name = 'Q'", 0, 9),
}


def prepared(settings: Settings, act: str) -> str:
    """A round that five of Sales have answered, closed where it is to be released."""
    runtime = Runtime.start(settings)
    try:
        rounds.staffed(runtime, {"Sales": 8, "Ops": 5})
        survey = library.template(SURVEY)
        round_id = rounds.launched(runtime, survey)
        size = Layout.of(survey).size
        rounds.answered(runtime, round_id, {"Sales": [(bytes([n] * size), {}) for n in range(5)]})
        if act == "one release":
            rounds.closed(runtime, round_id)
    finally:
        runtime.close()
    return round_id


def faulted(
    settings: Settings, act: str, round_id: str, calls: tuple[str, ...], fault: str
) -> tuple[str | None, bool]:
    """Do it with that fault; what it said (None: killed), and whether the fault was met."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=_acting, args=(settings, act, round_id, theirs), daemon=True)
    process.start()
    theirs.close()
    assert ours.recv() == "ready"
    trace = settings.data_dir / "trace"
    watching = subprocess.Popen(
        [
            *("strace", "-f", "-qq", "-p", str(process.pid), "-o", str(trace)),
            *("-e", f"trace={','.join(calls)}", "-e", f"inject={','.join(calls)}:{fault}"),
        ],
        stderr=subprocess.DEVNULL,
    )
    wait_for_strace(process.pid)
    said: str | None = None
    try:
        ours.send("go")
        said = ours.recv()
        # It counts each thread's calls apart: the disk is well again only without it.
        watching.terminate()
        watching.wait(PATIENCE)
        ours.send("go on")
        assert ours.recv() == "recovered"
        ours.send("end")
    except (EOFError, ConnectionError):
        said = said if said == "acknowledged" else None
    process.join(PATIENCE)
    watching.wait(PATIENCE)
    told = trace.read_text()
    return said, "(INJECTED)" in told or "killed by SIGKILL" in told


def wait_for_strace(pid: int) -> None:
    """Until every thread of the process is watched."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        tasks = [path / "status" for path in Path(f"/proc/{pid}/task").iterdir()]
        if all("TracerPid:\t0" not in task.read_text() for task in tasks):
            return
        time.sleep(0.005)
    raise AssertionError("strace does not come")


def checked(settings: Settings, act: str, round_id: str, said: str | None) -> None:
    """Whole or not at all; nothing is broken; and what was not done can be done now."""
    doing = ACTS[act]
    runtime = Runtime.start(settings)
    try:
        found = doing.found(runtime)
        assert found in {doing.nothing, doing.whole}
        assert said != "acknowledged" or found == doing.whole, "acknowledged and lost"
        if runtime.database.embedded:
            with runtime.database.reading() as session:
                check = session.connection().execute(text("PRAGMA integrity_check"))
                assert check.scalar() == "ok"
        if found == doing.nothing:
            doing.do(runtime, round_id)
        assert doing.found(runtime) == doing.whole
    finally:
        runtime.close()
        shutil.rmtree(settings.data_dir)


def _acting(settings: Settings, act: str, round_id: str, pipe: Any) -> None:
    """In the process of its own: wait until strace is there, act, tell how it went."""
    runtime = Runtime.start(settings)
    ACTS[act].found(runtime)
    pipe.send("ready")
    pipe.recv()
    try:
        ACTS[act].do(runtime, round_id)
        said = "acknowledged"
    except Exception as error:  # noqa: BLE001 - whatever it was, the other side looks at it
        said = type(error).__name__
    # Reading goes on while the disk is full, and once it is well the same process writes again.
    ACTS[act].found(runtime)
    pipe.send(said)
    pipe.recv()
    with runtime.database.writing() as session:
        log.record(session, "test", "recovered", round_id)
    pipe.send("recovered")
    pipe.recv()
