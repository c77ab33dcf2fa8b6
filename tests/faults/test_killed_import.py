"""Kill -9 of the process that imports a large people file: everybody is in it, or nobody."""

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app.access.bringing import AT_ONCE
from tests import cast
from tests.faults.test_killed_sender import started, waited_for
from tests.journeys.browser import Browser, Page
from tests.site import Site, running_site

# Just enough to be imported by the worker.
MANY = AT_ONCE + 100


def large_file() -> bytes:
    rows = (
        f"{n:06},Pekerja {n},q{n}@contoh.example.com,Kumpulan/Unit {n % 40},"
        for n in range(1, MANY + 1)
    )
    return "\n".join(["employee_id,name,email,department,manager_id", *rows]).encode()


# While the rows are read, and while they are written.
@pytest.mark.parametrize("percent", [10, 85])
def test_import_that_dies_leaves_nothing_half_done(
    database_url: str, tmp_path: Path, percent: int
) -> None:
    with running_site(database_url, tmp_path) as site:
        hr = site.signed_in(cast.AMINAH)
        page = confirmed(hr)
        assert page.path.endswith("/progress")
        worker = started(site)
        waits_until(site, percent)
        if percent > 50:
            # Into the middle of what is written, more or less.
            time.sleep(0.05)
        os.kill(worker.pid, signal.SIGKILL)
        waited_for(worker)

        done = site.count("employee")
        assert done in {0, MANY}
        assert site.count("department") == (41 if done else 0)
        assert site.count("audit_entry", "action = 'people.imported'") == (1 if done else 0)
        its_lease_runs_out(site)
        site.work()
        assert site.count("employee") == MANY
        assert site.count("audit_entry", "action = 'people.imported'") == 1
        assert "The people were imported" in hr.open(page.path).text


def confirmed(hr: Browser) -> Page:
    chosen = hr.open("/people/import")
    files = {"file": ("large.csv", large_file(), "text/csv")}
    preview = hr.press(chosen, "Show the preview", files=files)
    return hr.press(preview, f"Import {MANY} people")


def waits_until(site: Site, percent: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if site.count("people_upload", f"progress >= {percent}") or site.count("employee"):
            return
        time.sleep(0.01)
    raise AssertionError("the import does not move")


def its_lease_runs_out(site: Site) -> None:
    with site.database.writing() as session:
        session.connection().execute(
            text("UPDATE job SET lease_until = due_at WHERE kind = 'people-import'")
        )
