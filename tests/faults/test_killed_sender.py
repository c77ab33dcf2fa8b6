"""Kill -9 of the process that sends a round in anonymous mode, while a mail is going out."""

import os
import re
import signal
import subprocess
import time
from collections import Counter
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import text

from tests import cast
from tests.cast import MARKETING, SALES
from tests.kit.sink import DROP
from tests.site import COMMAND, SETTINGS, Site, plain, running_site

LINK = re.compile(r"/s/([A-Za-z0-9_-]{28})")


@pytest.mark.parametrize("after", [1, 15])
def test_each_link_goes_out_once_and_the_one_in_doubt_is_parked(
    database_url: str, tmp_path: Path, after: int
) -> None:
    with running_site(database_url, tmp_path) as site:
        hr = site.with_people().signed_in(cast.AMINAH)
        round_ = site.opened(SALES, MARKETING, mode="anonymous")
        worker = started(site)
        in_doubt: list[str] = []

        def kill(address: str) -> str:
            if address.startswith("aminah") or in_doubt or len(site.sink.envelopes) < after:
                return "250 OK"
            in_doubt.append(address)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            return DROP

        site.sink.at_end = kill
        waited_for(worker)
        its_lease_runs_out(site)
        site.work()

        mailed = Counter(envelope.rcpt_tos[0] for envelope in site.sink.envelopes)
        asked = [one.email for where in (SALES, MARKETING) for one in cast.members(where)]
        assert mailed == Counter(asked), "nobody twice, nobody left out"
        page = hr.open(f"/rounds/{round_.id}")
        parked = page.row(name_of(in_doubt[0]))
        assert parked[1] == in_doubt[0]
        assert "a second link could be a second vote" in parked[2]
        assert not [one for one in page.tree.all("button") if "new link" in one.text]
        assert len(every_link(site)) == len(asked)
        for token in every_link(site) - links_to(site, in_doubt[0]):
            assert site.answer(f"/s/{token}").heading == "Thank you. Your answers are in."
        assert sum(site.answers(round_).values()) == len(asked) - 1


def started(site: Site) -> subprocess.Popen[bytes]:
    """`selaras worker` in a process of its own."""
    given = {f"SELARAS_{name.upper()}": str(getattr(site.settings, name)) for name in SETTINGS}
    kept = {name: value for name, value in os.environ.items() if "SELARAS" not in name}
    environment = {**kept, **given, "SELARAS_MAIL_PER_MINUTE": "100000"}
    return subprocess.Popen([str(COMMAND), "worker"], env=environment, cwd=site.settings.data_dir)


def waited_for(worker: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while worker.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert worker.poll() == -signal.SIGKILL


def its_lease_runs_out(site: Site) -> None:
    with site.database.writing() as session:
        session.connection().execute(
            text(
                "UPDATE job SET lease_until = due_at WHERE kind = 'invite-department' "
                "AND state = 'leased'"
            )
        )


def name_of(email: str) -> str:
    return next(one.name for one in cast.COMPANY if one.email == email)


def links_to(site: Site, address: str) -> set[str]:
    mails = [
        message_from_bytes(one.content, policy=default)
        for one in site.sink.envelopes
        if one.rcpt_tos[0] == address
    ]
    return {LINK.findall(plain(mail))[0] for mail in mails}  # type: ignore[arg-type]


def every_link(site: Site) -> set[str]:
    return {LINK.findall(plain(mail))[0] for mail in site.sink.mails if "/s/" in plain(mail)}
