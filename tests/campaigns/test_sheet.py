"""The sheet for staff representatives says what is true of this round, in both languages."""

from collections.abc import Callable

import pytest

from app.audit import log
from app.campaigns import amending, policy
from app.campaigns.models import SurveyRound
from app.campaigns.sheet import sheet
from app.kit.language import Language
from app.kit.runtime import Runtime
from app.responses import submission
from tests.people.files import csv, imported

Launched = Callable[..., SurveyRound]


def lines(runtime: Runtime, row: SurveyRound, code: str = "en") -> list[str]:
    given = runtime.settings
    with runtime.database.reading() as session:
        sections = sheet(
            session,
            row.id,
            Language(code),
            organisation=given.organisation,
            contact=given.contact,
            zone=given.zone,
        )
    return [line for section in sections for line in (section.heading, *section.lines)]


def test_it_says_who_asks_why_how_long_and_whom_to_ask(
    company: Runtime, launched: Launched
) -> None:
    row = launched("Commercial", min_group=7, keep_comments_months=4)
    said = "\n".join(lines(company, row))
    for part in (
        "Syarikat Contoh asks its employees",
        "groups of at least 7 answers",
        "Comments: for 4 months",
        "erased",
        "hr@example.com",
        "Commercial/Sales: 20 invited, 20 of them with an address or a slip of their own",
    ):
        assert part in said
    with company.database.reading() as session:
        promise = policy.statement(policy.frozen(session, row.id), Language("en"), comments=True)
    assert set(promise) <= set(lines(company, row)), "the same promise as on the form"


def test_both_languages_say_as_much(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    english, malay = lines(company, row, "en"), lines(company, row, "ms")
    assert len(english) == len(malay)
    alike = {one for one, other in zip(english, malay, strict=True) if one == other}
    assert alike == set(), "nothing is left untranslated"


def test_dummies_put_in_shortly_before_stand_on_it(company: Runtime, launched: Launched) -> None:
    """A department filled up with people of yesterday can be seen to be one."""
    before = lines(company, launched("Commercial"))
    assert any("new in the people file" in one for one in before), "the cast is of today"
    with company.database.writing() as session:
        log.record(session, "hr", "people.imported", "people", new=4, moved=1, deactivated=2)
    after = lines(company, launched("Commercial"))
    assert any("4 new, 1 moved, 0 changed, 2 taken out" in one for one in after)


@pytest.mark.parametrize("code", ["en", "ms"])
def test_what_changed_since_the_launch_stands_on_it(
    company: Runtime, launched: Launched, code: str
) -> None:
    row = launched("Commercial")
    imported(
        company.database,
        csv("employee_id;name;email;department", "901;N;n@x.example.com;Commercial/Sales"),
    )
    with company.database.writing() as session:
        amending.raise_minimum(session, row.id, 9, "test")
        title = "Sales and marketing: how well do we pull together!"
        with pytest.raises(amending.RoundRefused):
            amending.mend(session, row.id, "title", "en", title * 3, "test")
        submission.join(session, company.keyring, row.id, "test")
    said = "\n".join(lines(company, row, code))
    raised = {"en": "smallest group raised to 9", "ms": "kumpulan terkecil dinaikkan kepada 9"}
    joined = {"en": "1 people of the people file joined", "ms": "1 orang dalam fail pekerja"}
    assert raised[code] in said
    assert joined[code] in said


def test_people_changed_by_hand_stand_on_it_too(company: Runtime, launched: Launched) -> None:
    row = launched("Commercial")
    with company.database.writing() as session:
        log.record(session, "hr", "person.added", "x")
        log.record(session, "hr", "person.changed", "y", fields=["email"])
        log.record(session, "hr", "person.changed", "y", fields=["department_id"])
        log.record(session, "hr", "people.import_undone", "people")
    said = "\n".join(lines(company, row))
    assert "one by one: 1 new, 1 moved, 1 changed, 0 taken out" in said
    assert "an import was undone" in said
