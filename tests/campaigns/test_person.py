"""One person: all that is held is handed over, and what can be erased is gone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlmodel import select

from app.access import accounts, sign_in
from app.access.accounts import AccountRefused
from app.campaigns import erasing, held, keeping, rounds
from app.campaigns.erasing import Erasing
from app.campaigns.held import UnknownPerson
from app.campaigns.models import Invitation, SurveyRound
from app.campaigns.rounds import RoundRefused
from app.kit.runtime import Runtime
from app.people import uploads
from app.people.models import Employee
from app.responses import submission
from app.results import release
from tests import cast
from tests.attackers.test_database_reader import raw_bytes
from tests.people.files import csv, imported

Launched = Callable[..., SurveyRound]
CHONG = cast.CHONG


def rows(runtime: Runtime) -> list[tuple[str, str]]:
    """Every value of every row, with its table."""
    with runtime.database.reading() as session:
        connection = session.connection()
        return [
            (table, str(tuple(row)))
            for table in inspect(connection).get_table_names()
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))
        ]


def naming(runtime: Runtime, *marks: str) -> set[str]:
    """The tables with a row in which one of these stands."""
    return {table for table, row in rows(runtime) if any(mark in row for mark in marks)}


def handed_over(runtime: Runtime, who: str) -> Any:
    with runtime.database.reading() as session:
        return json.loads(json.dumps(held.held(session, who)))


def erased(runtime: Runtime, who: str) -> Erasing:
    with runtime.database.reading() as session:
        planned = erasing.plan(session, who)
    with runtime.database.writing() as session:
        assert erasing.erase(session, runtime.keyring, who, "test") == planned
    return planned


def of(runtime: Runtime, email: str) -> Employee:
    with runtime.database.reading() as session:
        return session.exec(select(Employee).where(Employee.email == email)).one()


def end(runtime: Runtime, round_id: str) -> None:
    with runtime.database.writing() as session:
        rounds.close(session, round_id, "test")
        release.release(session, runtime.keyring, runtime.settings.zone, round_id, "test")


def with_account(runtime: Runtime) -> str:
    with runtime.database.writing() as session:
        accounts.add(session, "other@contoh.example.com", "hr", [], "test")
        account = accounts.add(session, CHONG, "hr", [], "test")
        sign_in.redeem(session, sign_in.new_link(session, account))
        uploads.keep(session, account.id, "people.csv", cast.people_file(), full=False)
        return account.id


# Handing over


def test_everything_about_a_person_is_handed_over(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    account = with_account(company)
    with company.database.writing() as session:
        session.connection().execute(
            text(
                "UPDATE job SET state = 'failed', last_error = '550 unknown' WHERE kind = 'invite'"
            )
        )
    found = handed_over(company, f" {CHONG.upper()} ")
    [person], [signs_in] = found["people"], found["accounts"]
    assert (person["name"], person["department"]) == ("Chong Wei Ling", cast.SALES)
    [invitation] = person["invitations"]
    assert (invitation["round"], invitation["link"]) == (row.id, "fingerprint only")
    assert invitation["mails"][0]["said"] == "550 unknown"
    assert (signs_in["role"], signs_in["sessions"]) == ("hr", 1)
    assert {one["action"] for one in found["audit"]} >= {"account.added", "session.begun"}
    assert found["people_files_waiting"] == 1
    # Whatever table names the person, the copy has a part for it.
    told = {"employee": "people", "account": "accounts", "people_upload": "people_files_waiting"}
    told |= {"invitation": "people", "audit_entry": "audit"}
    told |= {"staff_session": "accounts", "account_department": "accounts"}
    told |= dict.fromkeys(("account_password", "recovery_code", "deputy"), "accounts")
    told |= {"people_import_person": "people"}
    assert naming(company, CHONG, of(company, CHONG).id, account) <= told.keys()


def test_the_copy_says_why_no_answer_is_in_it_and_not_who_has_answered(
    company: Runtime, launched: Launched
) -> None:
    launched("Commercial")
    found = handed_over(company, CHONG)
    assert "cannot be found by person" in found["answers"]["en"]
    assert "tidak dapat dicari" in found["answers"]["ms"]
    assert "token" not in json.dumps(found)


def test_somebody_without_an_address_is_found_by_number(company: Runtime) -> None:
    imported(company.database, csv("employee_id;name;email;department", "77;No mail;;Shop"))
    assert handed_over(company, "77")["people"][0]["name"] == "No mail"
    for nobody in ("", "nobody@contoh.example.com", "%"):
        with pytest.raises(UnknownPerson):
            handed_over(company, nobody)


# Erasing


def test_after_the_rounds_are_over_nothing_is_left(
    company: Runtime, launched: Launched, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    row = launched("Commercial")
    end(company, row.id)
    account, person = with_account(company), of(company, CHONG)
    done = erased(company, CHONG)
    assert (done.removed, done.blanked, done.accounts, done.uploads) == (1, 0, 1, 1)
    assert naming(company, CHONG, "Chong Wei Ling") == set()
    assert naming(company, person.id, account) == {"audit_entry"}, "as a pseudonym"
    assert release.sweep(company.database, erasing.TABLES)
    assert CHONG.encode() not in raw_bytes(company, tmp_path, request, log=False)


def test_while_a_round_is_open_the_row_stays_blank_and_the_link_is_dead(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")
    person = of(company, CHONG)
    done = erased(company, CHONG)
    assert (done.removed, done.blanked, done.open_rounds) == (0, 1, (row.id,))
    assert naming(company, CHONG, "Chong Wei Ling", person.employee_id + "'") == set()
    with company.database.reading() as session:
        kept = session.get_one(Employee, person.id)
        tree = {one.path: one.invited for one in rounds.tree_of(session, row.id)}
        [invitation] = session.exec(select(Invitation).where(Invitation.employee_id == person.id))
        mails = session.connection().execute(
            text("SELECT count(*) FROM job WHERE key = :key"), {"key": invitation.id}
        )
        assert mails.scalar_one() == 0
    assert kept.deactivated_at is not None
    assert tree[cast.SALES] == 20, "what was frozen stays"
    with company.database.writing() as session:
        keeping.purge_invitations(session, row.id, "worker")
        erasing.forget_blanked(session)
    assert naming(company, person.id) == {"audit_entry"}


def test_who_is_erased_and_comes_back_is_not_asked_twice(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial")
    erased(company, CHONG)
    imported(company.database, cast.people_file())
    assert of(company, CHONG).deactivated_at is None
    with company.database.writing() as session, pytest.raises(RoundRefused, match="nobody can"):
        submission.join(session, company.keyring, row.id, "test")


def test_the_people_of_an_erased_manager_lose_his_number(company: Runtime) -> None:
    chong = of(company, CHONG)
    with company.database.writing() as session:
        one = session.exec(select(Employee).where(Employee.email == cast.SALMAH)).one()
        one.manager_id = chong.employee_id
    erased(company, CHONG)
    assert of(company, cast.SALMAH).manager_id == ""


def test_the_last_hr_account_is_not_erased(company: Runtime) -> None:
    with company.database.writing() as session:
        accounts.add(session, CHONG, "hr", [], "test")
    with pytest.raises(AccountRefused, match="last HR account"):
        erased(company, CHONG)
    assert naming(company, CHONG) == {"account", "employee"}, "all or nothing"
