"""Slips in place of what was not used, and that their number tells nothing of a few."""

import asyncio

import pytest
from sqlmodel import select

from app.campaigns import own_links, slips
from app.campaigns.models import AnonymousLink, Invitation
from app.campaigns.rounds import RoundRefused
from app.kit.jobs import Job
from app.people import importing
from app.people import plan as planning
from app.people.models import Employee
from app.responses import submission
from app.responses.submission import Submission, Submissions
from app.results import renewing
from app.surveys import library
from app.surveys.coding import Layout
from tests.results.rounds import launched, links

MAILED, BY_SLIP = "Mail", "Slip"
SURVEY = library.template("team_pulse")


def asked(runtime, mailed: dict[str, int], by_slip: dict[str, int], **given) -> str:
    rows = [f"m{d}{n},m{n}@{d}.example,{d}" for d, people in mailed.items() for n in range(people)]
    rows += [f"s{d}{n},,{d}" for d, people in by_slip.items() for n in range(people)]
    text = "\n".join(["employee_id,email,department", *rows])
    with runtime.database.writing() as session:
        importing.apply(session, planning.plan(session, text.encode()))
    return launched(runtime, SURVEY, **given)


def printed(runtime, round_id: str, *paths: str) -> list[str]:
    """The links that the codes of new slips stand for."""
    with runtime.database.writing() as session:
        made = slips.print_slips(session, runtime.keyring, round_id, list(paths), "hr")
    return tokens(runtime, round_id, made)


def renewed(runtime, round_id: str, path: str, *, mailed: bool = False) -> list[str]:
    with runtime.database.writing() as session:
        made = renewing.renew(session, runtime.keyring, round_id, path, "hr", mailed=mailed)
    return tokens(runtime, round_id, made)


def tokens(runtime, round_id: str, made: list[slips.Slip]) -> list[str]:
    with runtime.database.reading() as session:
        row = session.get_one(slips.SurveyRound, round_id)
        return [slips.token_of(runtime.keyring, row, slips.read(one.code)) for one in made]


def answer(runtime, token: str) -> bool:
    """Whether the answer was taken."""
    sent = Submission(token, bytes(Layout.of(SURVEY).size), {}, token[-12:])
    return asyncio.run(Submissions(runtime.writer, runtime.keyring).submit(sent)) is not None


def works(runtime, token: str) -> bool:
    with runtime.database.engine.begin() as connection:
        [found] = submission.look_up(connection, [token])
    return isinstance(found, submission.Opening) and not found.answered


def test_a_workforce_without_any_address_is_launched_and_answers(runtime):
    round_id = asked(runtime, {}, {BY_SLIP: 6})
    codes = printed(runtime, round_id)
    assert len(codes) == 6
    assert answer(runtime, codes[0])
    assert not works(runtime, codes[0])
    assert works(runtime, codes[1])


@pytest.mark.parametrize("mode", ["confidential", "anonymous"])
def test_lost_slips_are_made_anew_and_the_old_codes_end(runtime, mode):
    round_id = asked(runtime, {}, {BY_SLIP: 6}, mode=mode)
    old = printed(runtime, round_id)
    assert answer(runtime, old[0])
    new = renewed(runtime, round_id, BY_SLIP)
    assert len(new) == 5, "one has answered"
    assert not any(works(runtime, one) for one in old)
    assert all(works(runtime, one) for one in new)
    with runtime.database.reading() as session:
        assert len(session.exec(select(AnonymousLink)).all()) == 6, "used ones are still known"


def test_slips_replace_the_links_that_were_not_used(runtime):
    round_id = asked(runtime, {MAILED: 6}, {MAILED: 2})
    by_mail = links(runtime, round_id)[MAILED]
    answered = next(one for one in by_mail if answer(runtime, one))
    new = renewed(runtime, round_id, MAILED, mailed=True)
    assert len(new) == 7
    assert not any(works(runtime, one) for one in by_mail if one != answered)
    assert all(works(runtime, one) for one in new)
    assert all(answer(runtime, one) for one in new)
    with runtime.database.reading() as session:
        assert submission.answered(session, round_id) == {_department(session): 8}
        assert submission.unanswered(session, round_id) == [], "who gets a slip is not reminded"
        assert session.exec(select(AnonymousLink.cell_id)).first() is None


def test_new_slips_never_tell_who_of_a_few_has_answered(runtime):
    round_id = asked(
        runtime, {MAILED: 6, "Few": 3, "Fewer": 2, "Mixed": 2}, {BY_SLIP: 6, "Mixed": 7}
    )
    printed(runtime, round_id)
    for path, said in (
        ("Few", "too few people were asked"),
        ("Mixed", "too few by mail"),
        (MAILED, "no slips were printed"),
        ("Nowhere", "no department"),
    ):
        with pytest.raises(RoundRefused, match=said):
            renewed(runtime, round_id, path)
    assert len(renewed(runtime, round_id, "Mixed", mailed=True)) == 9, "all of them together"


def test_in_anonymous_mode_no_slip_replaces_a_link(runtime):
    round_id = asked(runtime, {MAILED: 6}, {MAILED: 6}, mode="anonymous")
    printed(runtime, round_id)
    with pytest.raises(RoundRefused, match="nobody knows which link is whose"):
        renewed(runtime, round_id, MAILED, mailed=True)
    with pytest.raises(RoundRefused, match="cannot be told from mailed links"):
        renewed(runtime, round_id, MAILED)


def test_who_was_mailed_a_link_gets_no_slip_when_the_address_goes_nor_the_reverse(runtime):
    """Whether a slip is offered would tell HR whether that person has answered."""
    round_id = asked(runtime, {MAILED: 6}, {BY_SLIP: 7})
    with runtime.database.writing() as session:
        for person in session.exec(select(Employee)):
            person.email = "" if person.email else f"{person.employee_id}@new.example"
            session.add(person)
    assert len(printed(runtime, round_id)) == 7, "those without an address at the launch"
    with runtime.database.writing() as session:
        own_links.ask(session, round_id, "sSlip0@new.example")
        assert not session.exec(select(Job).where(Job.kind == own_links.OWN_LINK)).all()
        assert session.exec(select(Invitation).where(Invitation.token_hash.is_(None))).all()


def _department(session) -> str:
    return session.exec(select(AnonymousLink.department_id)).first()
