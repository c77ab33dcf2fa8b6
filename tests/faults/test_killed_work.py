"""Kill -9 of the worker while it reminds, closes, releases and opens the round of a series.

It dies at one statement or commit after another. Whatever it left, the next one goes on, and in
the end each piece of work is done exactly once.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text, update
from sqlmodel import col

from app.campaigns import series, timing
from app.campaigns.rhythm import Rhythm
from app.campaigns.rounds import INVITE
from app.campaigns.series import SeriesPlan
from app.campaigns.waves import REMINDERS
from app.kit.clock import now
from app.kit.jobs import Job, State
from tests import cast
from tests.cast import HR, LOGISTICS, MARKETING, SALES
from tests.faults.doomed import worked
from tests.site import Round, Site, running_site

# Where it is noon, so that a reminder may go out.
NOON = ZoneInfo(f"Etc/GMT{now().hour - 12:+d}")
ALWAYS = timing.parsed(NOON, timing.HALF_WAY, "00:00-23:59", "1234567")
# Rising: early deaths repeat the beginning, late ones let some work be finished.
POINTS = (15, 40, 60, 90)


def test_what_is_due_is_done_exactly_once(database_url: str, tmp_path: Path) -> None:
    with running_site(database_url, tmp_path) as site:
        due = Due(site)
        kills = killed_again_and_again(site, iter(POINTS))
        assert kills >= 3
        due.is_done_once()


@pytest.mark.nightly
def test_whatever_the_statement_it_dies_at(database_url: str, tmp_path: Path) -> None:
    """At the first, the second, the third, until one of them comes to the end."""
    with running_site(database_url, tmp_path) as site:
        due = Due(site)
        assert killed_again_and_again(site, count(1)) > 50
        due.is_done_once()


def killed_again_and_again(site: Site, points: Iterator[int]) -> int:
    """How many workers were killed until everything was done; the last may live."""
    settings = site.settings.model_copy(update={"mail_url": ""})
    kills = 0
    for dies_at in points:
        if worked(settings, dies_at):
            return kills
        kills += 1
        with site.database.writing() as session:
            session.connection().execute(
                text("UPDATE job SET lease_until = due_at WHERE state = 'leased'")
            )
    assert worked(settings, -1)
    return kills


class Due:
    """A reminder, a closing HR is told of, a release and an occurrence, all due at once."""

    def __init__(self, site: Site) -> None:
        self.site = site.with_people()
        site.signed_in(cast.AMINAH)
        self.reminded = site.opened(SALES, survey="team_pulse", reminding=ALWAYS)
        self.ready = site.opened(MARKETING, survey="team_pulse", name="Ready")
        self.released = site.opened(LOGISTICS, HR, survey="team_pulse", auto_release=True)
        for link in (
            *list(self.released.links.values())[:6],
            next(iter(self.reminded.links.values())),
        ):
            site.answer(link)
        for one in (self.ready, self.released):
            one.close()
        long_ago(site, self.reminded)
        with site.database.writing() as session:
            plan = SeriesPlan("team_pulse", "Pulse", Rhythm.WEEKLY, now(), NOON, 4, [SALES])
            self.series = series.add(session, plan, "test", 4).id

    def is_done_once(self) -> None:
        self.site.work()
        self._reminded()
        self._closed()
        self._released()
        self._opened()
        assert self.site.count("job", "state = 'leased'") == 0

    def _reminded(self) -> None:
        """Each who has not answered is sent one mail; nobody was sent an invitation just now."""
        site, [_, *silent] = self.site, self.reminded.links
        wave = f"part = '{self.reminded.id}' AND kind"
        assert site.count("job", f"{wave} = 'remind' AND state = 'done'") == len(silent)
        assert audited(site, "round.reminded", self.reminded) == 1
        invited = dict.fromkeys(self.reminded.links, 1)
        # A mail that was sent again is the same mail.
        mails = {(str(one["to"]), str(one["message-id"])) for one in site.sink.mails}
        sent = Counter(to for to, _ in mails if to in invited)
        # Besides, everybody is invited to the round of the series.
        assert sent == Counter(invited) + Counter(silent)

    def _closed(self) -> None:
        """HR is told once that it waits, and it is not released."""
        assert audited(self.site, "round.released", self.ready) == 0
        told = f"part = '{self.ready.id}' AND kind = 'ready'"
        assert self.site.count("job", told) == 1
        mails = self.site.mails(cast.AMINAH, "Ready")
        assert len({str(one["message-id"]) for one in mails}) == 1

    def _released(self) -> None:
        site, its = self.site, f"round_id = '{self.released.id}'"
        assert audited(site, "round.released", self.released) == 1
        assert site.count("release", its) == 1
        for table in ("ballot_key", "spent"):
            assert site.count(table, its) == 0
        swept = f"part = '{self.released.id}' AND kind = 'sweep' AND state = 'done'"
        assert site.count("job", swept) == 1

    def _opened(self) -> None:
        site = self.site
        assert site.count("series_run", "outcome = 'opened'") == site.count("series_run") == 1
        assert site.count("survey_round", "launch_key LIKE 'series %'") == 1
        people = "round_id = (SELECT round_id FROM series_run)"
        assert site.count("invitation", people) == len(cast.members(SALES))
        assert site.count("job", "kind = 'series' AND state = 'waiting'") == 1


def long_ago(site: Site, round_: Round) -> None:
    """Its invitations went out two days ago, and its reminder is due."""
    its = update(Job).where(col(Job.part) == round_.id)
    gone = {"state": State.DONE.value, "finished_at": now() - timedelta(days=2)}
    with site.database.writing() as session:
        connection = session.connection()
        connection.execute(its.where(col(Job.kind) == INVITE).values(gone))
        connection.execute(its.where(col(Job.kind) == REMINDERS).values(due_at=now()))


def audited(site: Site, action: str, round_: Round) -> int:
    return site.count("audit_entry", f"action = '{action}' AND subject = '{round_.id}'")
