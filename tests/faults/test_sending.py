"""Sending under kill -9 and every fault of a mail server: nothing lost, nothing called sent that is not.

Several processes send over one database; the server kills them in the middle of a mail, drops,
refuses, closes and falls silent as its plan says. Then the server's ledger is compared with the
database's. `--nightly` runs the full size and prints the table.
"""

import os
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.campaigns import deliveries
from app.campaigns.invitations import CODE_LENGTH
from app.kit.tokens import TOKEN_LENGTH
from app.people import importing
from tests import cast
from tests.faults.office import KILLS, TROUBLES, UNHEARD, Fault, Office, open_office
from tests.faults.sender import started
from tests.people.files import csv
from tests.site import Site, running_site

SURVEY = "team_pulse"
PATIENCE = 120.0
LIKE_A_TOKEN = re.compile(rb"([A-Za-z0-9_-]{22,})")


class Senders:
    """So many processes at all times: who is killed is replaced."""

    def __init__(self, site: Site, folder: Path, number: int) -> None:
        self._site, self._log = site, folder / "senders.log"
        self.kills = 0
        self._lock = threading.Lock()
        self._processes = [self._new() for _ in range(number)]

    @property
    def said(self) -> bytes:
        return self._log.read_bytes()

    def kill(self, process_id: int) -> bool:
        """Whether it was one of them; it is replaced."""
        with self._lock:
            for place, process in enumerate(self._processes):
                if process.pid == process_id:
                    os.kill(process_id, signal.SIGKILL)
                    process.join()
                    self.kills += 1
                    self._processes[place] = self._new()
                    return True
        return False

    def stop(self) -> None:
        with self._lock:
            for process in self._processes:
                process.kill()
                process.join()

    def _new(self) -> Any:
        return started(self._site.settings, self._log)


def staffed(site: Site, people: int) -> list[str]:
    """So many people in one department, with addresses of many domains."""
    addresses = [f"p{n:05}@d{n % 7}.example.com" for n in range(people)]
    rows = [f"{n},Pekerja {n},{one},Sales" for n, one in enumerate(addresses)]
    with site.database.reading() as session:
        plan = importing.plan(session, csv("employee_id,name,email,department", *rows))
    with site.database.writing() as session:
        importing.apply(session, plan)
    return addresses


def planned(kills: int, troubles: int, within: int, seed: int) -> dict[int, Fault]:
    """A fault of every kind in turn, at transactions drawn by chance."""
    drawn = random.Random(seed)
    faults = [KILLS[n % len(KILLS)] for n in range(kills)]
    faults += [TROUBLES[n % len(TROUBLES)] for n in range(troubles)]
    drawn.shuffle(faults)
    return dict(zip(sorted(drawn.sample(range(within), len(faults))), faults, strict=True))


def sent_all(site: Site, round_id: str) -> None:
    deadline = time.monotonic() + PATIENCE
    queued = -1
    while True:
        with site.database.reading() as session:
            left = deliveries.progress(session, round_id).queued
        if left == 0:
            return
        if left != queued:
            queued, deadline = left, time.monotonic() + PATIENCE
        assert time.monotonic() < deadline, f"{left} mails are stuck"
        time.sleep(0.2)


def jobs_of(site: Site, round_id: str) -> dict[str, Any]:
    """The job of each address."""
    statement = text(
        "SELECT e.email, j.state, j.doubts, j.last_code FROM job j "
        "JOIN invitation i ON i.round_id = j.part AND i.id = j.key "
        "JOIN employee e ON e.id = i.employee_id WHERE j.kind = 'invite' AND j.part = :round"
    )
    with site.database.reading() as session:
        rows = session.connection().execute(statement, {"round": round_id})
        return {row.email: row for row in rows}


def holds_a_link(content: bytes, tokens: set[bytes]) -> bool:
    """Whether one of the links, without the round's code, stands anywhere in it."""
    return any(
        run[1][start : start + TOKEN_LENGTH] in tokens
        for run in LIKE_A_TOKEN.finditer(content)
        for start in range(len(run[1]) - TOKEN_LENGTH + 1)
    )


def endured(
    database_url: str, folder: Path, people: int, kills: int, troubles: int, senders: int = 2
) -> dict[str, int]:
    """Send a round through all of that; what came of it, checked and counted."""
    office = Office(plan=planned(kills, troubles, people, seed=people), pause=0.001)
    with (
        open_office(office),
        running_site(database_url, folder, mail_url=f"smtp://127.0.0.1:{office.port}") as site,
    ):
        addresses = staffed(site, people)
        office.refused = frozenset(addresses[::50])
        round_ = site.opened("Sales", survey=SURVEY)
        sending = Senders(site, folder, senders)
        office.kill = sending.kill
        try:
            sent_all(site, round_.id)
        finally:
            sending.stop()
        jobs = jobs_of(site, round_.id)
        checked(office, jobs, addresses)
        tokens = {one.link[CODE_LENGTH:].encode() for one in office.took}
        assert holds_a_link(b"x/s/" + office.took[0].link.encode(), tokens), "it would be found"
        assert len(tokens) == people - len(office.refused)
        for table, column, value in site.stored():
            held = value if isinstance(value, bytes) else str(value).encode()
            assert not holds_a_link(held, tokens), f"a link in {table}.{column}"
        for name in ("senders.log", "selaras.db", "selaras.db-wal"):
            with suppress(FileNotFoundError):
                content = (folder / name).read_bytes()
                assert not holds_a_link(content, tokens), f"a link in {name}"
        copies = Counter(one.to for one in office.took)
        return {
            "mails": people,
            "kills": sending.kills,
            "faults": sum(n for fault, n in office.met.items() if fault in TROUBLES),
            "unheard": sum(n for fault, n in office.met.items() if fault in UNHEARD),
            "refused": len(office.refused),
            "copies": sum(n - 1 for n in copies.values()),
            "counted": sum(job.doubts for job in jobs.values()),
            **{fault.value: office.met[fault] for fault in Fault},
        }


def checked(office: Office, jobs: dict[str, Any], addresses: Sequence[str]) -> None:
    """The server's ledger against the database's."""
    taken = Counter(one.to for one in office.took)
    states = {address: jobs[address].state for address in addresses}
    falsely = [one for one, state in states.items() if state == "done" and not taken[one]]
    assert falsely == [], "called sent, and never taken"
    lost = [one for one in addresses if not taken[one] and one not in office.refused]
    assert lost == [], "never taken, and nobody is told"
    assert {one for one, state in states.items() if state == "failed"} == office.refused
    assert {jobs[one].last_code for one in office.refused} <= {"550"}
    assert set(states.values()) <= {"done", "failed"}
    names = {one.to: set[tuple[str, str]]() for one in office.took}
    for one in office.took:
        names[one.to].add((one.message_id, one.link))
    assert {len(some) for some in names.values()} == {1}, "a copy is the same mail, link and all"
    assert len({name for (name,) in names.values()}) == len(names)
    untold = {one for one, n in taken.items() if n - 1 > jobs[one].doubts}
    assert untold == set(), "arrived twice, and not counted as in doubt"


def test_kills_and_faults_lose_no_mail_and_double_none_but_those_in_doubt(
    database_url: str, tmp_path: Path
) -> None:
    found = endured(database_url, tmp_path, people=150, kills=12, troubles=20)
    assert (found["kills"], found["faults"]) == (12, 20)
    assert found["copies"] <= found["kills"] + found["unheard"]
    assert found["copies"] <= found["counted"]


def test_several_senders_at_once_double_nothing(database_url: str, tmp_path: Path) -> None:
    senders = 2 if database_url.startswith("sqlite") else 4
    found = endured(database_url, tmp_path, people=120, kills=0, troubles=0, senders=senders)
    assert (found["copies"], found["counted"]) == (0, 0)


@pytest.mark.nightly
def test_the_full_size(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    found = endured(database_url, tmp_path, people=5_000, kills=395, troubles=464)
    with capsys.disabled():
        print(f"\n{database_url.partition(':')[0]}, {time.monotonic() - began:.0f} s: {found}")
    assert (found["kills"], found["faults"]) == (395, 464)
    assert found["copies"] <= found["kills"] + found["unheard"]


@pytest.mark.nightly
@pytest.mark.parametrize("senders", [2, 4])
def test_the_full_size_without_faults(database_url: str, tmp_path: Path, senders: int) -> None:
    found = endured(database_url, tmp_path, people=5_000, kills=0, troubles=0, senders=senders)
    assert (found["copies"], found["counted"]) == (0, 0)


def test_no_mail_goes_once_the_round_has_closed_or_the_person_has_left(
    database_url: str, tmp_path: Path
) -> None:
    with running_site(database_url, tmp_path) as site:
        site.with_people()
        gone, *others = cast.members(cast.SALES)
        first = site.opened(cast.SALES, survey=SURVEY)
        closed = site.opened(cast.SALES, survey=SURVEY, name="Closed")
        voided = site.opened(cast.SALES, survey=SURVEY, name="Voided")
        with site.database.writing() as session:
            session.connection().execute(
                text("UPDATE employee SET deactivated_at = added_at WHERE email = :email"),
                {"email": gone.email},
            )
        closed.close()
        site.command("round", "void", voided.id, "--yes")
        site.work()
        assert Counter(site.sink.to) == Counter(one.email for one in others)
        assert all(first.id in link for link in map(site.link, site.sink.to))
