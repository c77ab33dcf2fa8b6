"""Stopping, closing and syncing under load: no request fails, and none is told too early."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from app.campaigns import rounds
from app.results import release
from tests.faults import acts, ledger, server
from tests.faults.ledger import Crowd
from tests.faults.test_sending import staffed
from tests.nginx import NGINX, running_nginx
from tests.site import running_site


# With the embedded database there is one process.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.skipif(NGINX is None, reason="needs nginx")
def test_processes_restarted_in_turn_fail_no_request(database_url: str, tmp_path: Path) -> None:
    with running_site(database_url, tmp_path) as site:
        staffed(site, 160)
        round_ = site.opened("Sales", survey=ledger.SURVEY)
        ports, log = [server.free_port(), server.free_port()], tmp_path / "service.log"
        serving = [server.started(site.settings, one, log) for one in ports]
        door = server.free_port()
        with running_nginx(tmp_path, door, ports):
            for one in (*ports, door):
                server.answers(one)
            crowd = Crowd([door], list(round_.links.values())).start()
            restarts = 0
            while crowd.sending and restarts < 2:
                place = restarts % 2
                serving[place].terminate()
                serving[place].join(40)
                assert serving[place].exitcode is not None
                serving[place] = server.started(site.settings, ports[place], log)
                server.answers(ports[place])
                restarts += 1
            told = crowd.wait()
        for one in serving:
            one.kill()
            one.join()
        found = ledger.compared(told, round_)
        assert restarts >= 2
        assert told.refused == {}
        assert found["tries"] == found["acknowledged"] == 160, "each at the first try"
        assert (found["lost"], found["duplicates"]) == (0, 0)


def test_what_is_accepted_when_a_round_closes_is_what_is_counted(
    database_url: str, tmp_path: Path
) -> None:
    with running_site(database_url, tmp_path) as site:
        staffed(site, 120)
        round_ = site.opened("Sales", survey=ledger.SURVEY)
        door = [site.address[1]]
        links = list(round_.links.values())
        crowd = Crowd(door, links, at_once=8, enough=frozenset({303, 410})).start()
        while len(crowd.ledger.acknowledged) < 30:
            time.sleep(0.002)
        with site.database.writing() as session:
            rounds.close(session, round_.id, "test")
        told = crowd.wait()
        assert told.refused.keys() == {410}
        assert len(told.acknowledged) + told.refused[410] == 120
        assert set(ledger.stored(round_)) == told.acknowledged
        site.command("round", "release", round_.id)
        with site.database.reading() as session:
            document = release.find(session, round_.id)
            assert document is not None
            assert document.answered == len(told.acknowledged)


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_an_answer_is_on_the_disk_before_anybody_is_told(sqlite_url: str, tmp_path: Path) -> None:
    with running_site(sqlite_url, tmp_path) as site:
        staffed(site, 5)
        round_ = site.opened("Sales", survey=ledger.SURVEY)
        port, trace = server.free_port(), tmp_path / "trace"
        serving = server.started(site.settings, port, tmp_path / "service.log")
        server.answers(port)
        watching = subprocess.Popen(
            [
                *("strace", "-f", "-qq", "-y", "-s", "40", "-p", str(serving.pid)),
                *("-e", "trace=pwrite64,fdatasync,fsync,sendto,write,writev,sendmsg"),
                *("-o", str(trace)),
            ],
            stderr=subprocess.DEVNULL,
        )
        acts.wait_for_strace(serving.pid)
        link = next(iter(round_.links.values()))
        assert ledger.post(port, link, ledger.body(1, "a-key-of-this-form-only")) == 303
        watching.terminate()
        watching.wait(20)
        serving.kill()
        serving.join()
    lines = trace.read_text().splitlines()
    told = next(n for n, line in enumerate(lines) if "303" in line and "HTTP/1.1" in line)
    written = [n for n, line in enumerate(lines[:told]) if _wal(line, "pwrite64")]
    synced = [n for n, line in enumerate(lines[:told]) if _wal(line, "fdatasync|fsync")]
    assert written
    assert synced
    assert written[-1] < synced[-1] < told


def _wal(line: str, call: str) -> bool:
    return re.search(rf"\b({call})\(\d+<[^>]*-wal>", line) is not None
