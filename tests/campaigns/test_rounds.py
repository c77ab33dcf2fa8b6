"""A round from its launch to its end: what is refused, what is frozen, what may still change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import text

from app.audit import log
from app.campaigns import opening, rounds
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import Phase, RoundPlan, RoundRefused, UnknownRound
from app.kit.clock import now
from app.kit.language import Language
from app.kit.runtime import Runtime
from app.responses import submission
from app.results import release
from app.surveys import library
from tests import cast
from tests.campaigns.conftest import SMALLEST
from tests.people.files import csv, imported

Planned = Callable[..., RoundPlan]
Launched = Callable[..., SurveyRound]
DAY = timedelta(days=1)


def count(runtime: Runtime, statement: str) -> int:
    with runtime.database.reading() as session:
        return int(session.connection().execute(text(statement)).scalar_one())


# What is refused


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"mode": "secret"}, "mode"),
        ({"min_group": 3}, "min_group"),
        ({"min_comments": 4}, "min_comments"),
        ({"closes_at": "past"}, "closes"),
        ({"opens_at": "late"}, "closes"),
        ({"keep_invitations_days": 0}, "keep_invitations"),
        ({"keep_comments_months": 61}, "keep_comments"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_in_both_languages(
    company: Runtime, planned: Planned, given: dict[str, object], field: str
) -> None:
    moments: dict[object, datetime] = {"past": now() - DAY, "late": now() + 20 * DAY}
    plan = planned("Commercial", **{n: moments.get(v, v) for n, v in given.items()})
    with pytest.raises(RoundRefused, match=f"^{field}: ") as refused:
        opening.check(plan, SMALLEST)
    assert refused.value.told(Language("ms")) != str(refused.value)
    with company.database.writing() as session, pytest.raises(RoundRefused):
        submission.launch(session, company.keyring, plan, "test", SMALLEST)
    assert count(company, "SELECT count(*) FROM survey_round") == 0


def test_a_round_that_could_print_nothing_is_refused(planned: Planned) -> None:
    few = planned(cast.LOGISTICS, survey=library.template("team_pulse"), min_group=6)
    with pytest.raises(RoundRefused, match="nothing could be shown"):
        opening.check(few, SMALLEST)
    opening.check(replace(few, min_group=5), SMALLEST)


def test_people_who_share_an_address_do_not_make_a_group(
    company: Runtime, planned: Planned
) -> None:
    rows = [f"7{n};P{n};same@x.example.com;Ghosts" for n in range(9)]
    imported(company.database, csv("employee_id;name;email;department", *rows))
    ghosts = planned("Ghosts", survey=library.template("team_pulse"))
    with pytest.raises(RoundRefused):
        opening.check(ghosts, SMALLEST)


# What is frozen


def test_editing_the_template_later_changes_nothing(
    company: Runtime, launched: Launched, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = launched("Commercial")
    before = library.template("sales_marketing_alignment")
    edited = replace(before, version=2, items=before.items[:3])
    monkeypatch.setattr(library, "template", lambda _key: edited)
    with company.database.reading() as session:
        kept = rounds.survey_of(session, rounds.get(session, row.id))
    assert kept == before
    assert kept.content_hash == row.survey_hash != edited.content_hash
    newer = launched("Commercial", survey=edited)
    with company.database.reading() as session:
        assert rounds.survey_of(session, rounds.get(session, row.id)) == before
        assert rounds.survey_of(session, newer) == edited


def test_a_reorganisation_moves_nobody_in_an_open_round(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")

    def frozen() -> list[tuple[object, ...]]:
        with company.database.reading() as session:
            tree = rounds.tree_of(session, row.id)
            rows = session.connection().execute(
                text("SELECT id, department_id, token_hash FROM invitation ORDER BY id")
            )
            return [(n.path, n.invited, n.side) for n in tree] + [tuple(one) for one in rows]

    before = frozen()
    moved = cast.people_file().decode("utf-8-sig").replace("Commercial/Sales", "Operations/Export")
    imported(company.database, moved.encode())
    assert frozen() == before


def test_everything_about_a_launch_is_in_one_transaction(
    company: Runtime, planned: Planned
) -> None:
    plan = planned("Commercial")

    def break_off() -> None:
        with company.database.writing() as session:
            submission.launch(session, company.keyring, plan, "test", SMALLEST)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    for table in ("survey_round", "invitation", "ballot_tray", "ballot_key", "job", "audit_entry"):
        assert count(company, f"SELECT count(*) FROM {table}") == 0, table


def test_a_launch_is_audited_with_its_hashes(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    with company.database.reading() as session:
        [entry] = log.entries(session, row.id)
    assert (entry.action, entry.actor) == ("round.opened", "test")
    assert row.survey_hash in entry.detail
    assert row.policy_hash in entry.detail
    assert '"invited": 38' in entry.detail


def test_invitations_are_not_stored_in_the_order_of_the_people(
    company: Runtime, launched: Launched
) -> None:
    launched()
    with company.database.reading() as session:
        rows = session.connection().execute(
            text(
                "SELECT employee.employee_id FROM invitation "
                "JOIN employee ON employee.id = invitation.employee_id ORDER BY invitation.id"
            )
        )
        order = [row.employee_id for row in rows]
    assert len(order) == 58
    assert order != sorted(order)


# Phases


def stands(runtime: Runtime, round_id: str) -> Phase:
    with runtime.database.reading() as session:
        return release.phase(session, rounds.get(session, round_id))


def test_a_round_opens_and_closes_by_the_clock(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial", opens_at=now() + DAY, closes_at=now() + 3 * DAY)
    assert stands(company, row.id) is Phase.SCHEDULED
    with time_machine.travel(row.opens_at, tick=False):
        assert stands(company, row.id) is Phase.OPEN
    with time_machine.travel(row.closes_at - timedelta(microseconds=1), tick=False):
        assert stands(company, row.id) is Phase.OPEN
    with time_machine.travel(row.closes_at, tick=False):
        assert stands(company, row.id) is Phase.READY


def close(runtime: Runtime, round_id: str) -> None:
    with runtime.database.writing() as session:
        rounds.close(session, round_id, "test")


def extend(runtime: Runtime, round_id: str, until: datetime) -> None:
    with runtime.database.writing() as session:
        rounds.extend(session, round_id, until, "test")


def void(runtime: Runtime, round_id: str) -> None:
    with runtime.database.writing() as session:
        submission.void(session, round_id, "test")


def count_it(runtime: Runtime, round_id: str) -> None:
    with runtime.database.writing() as session:
        release.release(session, runtime.keyring, runtime.settings.zone, round_id, "test")


def test_a_closed_round_can_be_opened_again_until_it_is_released(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")
    close(company, row.id)
    assert stands(company, row.id) is Phase.READY
    extend(company, row.id, now() + 20 * DAY)
    assert stands(company, row.id) is Phase.OPEN
    close(company, row.id)
    assert stands(company, row.id) is Phase.READY
    count_it(company, row.id)
    assert stands(company, row.id) is Phase.RELEASED
    for act in (close, void):
        with pytest.raises(RoundRefused, match="results of this round are out"):
            act(company, row.id)
    with pytest.raises(RoundRefused, match="results of this round are out"):
        extend(company, row.id, now() + 30 * DAY)
    actions = [entry.action for entry in _entries(company, row.id)]
    assert sorted(actions) == sorted(
        ["round.opened", "round.closed", "round.extended", "round.closed", "round.released"]
    )


def _entries(runtime: Runtime, round_id: str) -> list[log.AuditEntry]:
    with runtime.database.reading() as session:
        return list(log.entries(session, round_id))


@pytest.mark.parametrize("days", [-1, 0, 13])
def test_a_closing_date_moves_later_only(company: Runtime, launched: Launched, days: int) -> None:
    row = launched("Commercial", closes_at=now() + 14 * DAY)
    with pytest.raises(RoundRefused, match=r"^closes: "):
        extend(company, row.id, now() + days * DAY)
    assert count(company, "SELECT count(*) FROM round_extension") == 0


def test_only_a_closed_round_is_released(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    with pytest.raises(RoundRefused, match="close it first"):
        count_it(company, row.id)
    later = launched("Commercial", opens_at=now() + DAY)
    with pytest.raises(RoundRefused, match="has not opened yet"):
        count_it(company, later.id)


def test_a_voided_round_is_over_and_empty(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    void(company, row.id)
    assert stands(company, row.id) is Phase.VOID
    for table in ("ballot_tray", "ballot_block", "ballot_box", "ballot_key", "spent"):
        assert count(company, f"SELECT count(*) FROM {table}") == 0, table
    assert count(company, "SELECT count(*) FROM invitation WHERE token_hash IS NOT NULL") == 0
    assert (
        count(company, "SELECT count(*) FROM job WHERE state = 'waiting' AND kind <> 'sweep'") == 0
    )
    for act in (close, void, count_it):
        with pytest.raises(RoundRefused):
            act(company, row.id)
    with pytest.raises(RoundRefused):
        extend(company, row.id, now() + 30 * DAY)


def test_two_who_close_at_once_close_once(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    close(company, row.id)
    with pytest.raises(RoundRefused, match="this round has closed"):
        close(company, row.id)
    assert count(company, "SELECT count(*) FROM round_closing") == 1


def test_a_round_nobody_opened_is_unknown(company: Runtime) -> None:
    for act in (close, void, count_it):
        with pytest.raises(UnknownRound):
            act(company, "zzzzzz")
