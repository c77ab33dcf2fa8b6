"""The words of mails: what must stay in them, what is refused, and what hostile text cannot do."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.campaigns import messages
from app.campaigns.messages import INVITATION, KINDS, REMINDER, SLOTS, MessageRefused, Words
from app.campaigns.rounds import RoundPlan
from app.kit.language import Language
from app.kit.runtime import Runtime
from app.main import make_site
from app.responses import submission
from app.surveys import library
from app.web import emails

SURVEY = library.template("team_pulse")
GOOD = "Hello {minutes} {closes} {min_group}\n\n{link}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", ["en", "ms"])
def test_the_standard_words_may_go_out(kind: str, code: str) -> None:
    messages.check(SURVEY, {(kind, code): messages.standard(kind, Language(code))})


@pytest.mark.parametrize(
    ("body", "slot"),
    [
        (GOOD.replace("{minutes}", ""), "minutes"),
        (GOOD.replace("{closes}", "soon"), "closes"),
        (GOOD.replace("{min_group}", ""), "min_group} / {who_sees"),
        (GOOD.replace("{link}", ""), "link"),
        (GOOD.replace("\n\n{link}", " here: {link}"), "link"),
        (GOOD + "\n\n{link}", "link"),
        (GOOD + "{name}", "name"),
    ],
)
def test_what_is_missing_is_named_with_its_language(body: str, slot: str) -> None:
    with pytest.raises(MessageRefused, match="Bahasa Melayu") as refused:
        messages.check(SURVEY, {(INVITATION, "ms"): Words("Subject", body)})
    assert refused.value.values["slot"] == slot
    assert refused.value.values["field"] == "message-invitation-ms-body"


@pytest.mark.parametrize(
    "words",
    [
        Words("", GOOD),
        Words("x" * 151, GOOD),
        Words("{link}", GOOD),
        Words("S", GOOD + "x" * 3000),
        Words("S", GOOD + "\x00"),
        Words("S", GOOD + "\ud800"),
    ],
)
def test_what_no_mail_can_hold_is_refused(words: Words) -> None:
    with pytest.raises(MessageRefused):
        messages.check(SURVEY, {(INVITATION, "en"): words})


def test_a_round_without_the_closing_date_in_a_mail_is_not_launched(
    company: Runtime, planned: Callable[..., RoundPlan]
) -> None:
    wrong = {(REMINDER, "en"): Words("Reminder", "{link}")}
    plan = planned("Commercial", messages=wrong)
    with company.database.writing() as session, pytest.raises(MessageRefused, match="closes"):
        submission.launch(session, company.keyring, plan, "test", 4)


def test_the_words_are_frozen_with_the_round_and_said_in_its_mails(
    company: Runtime, planned: Callable[..., RoundPlan]
) -> None:
    plan = planned("Commercial", messages={(INVITATION, "en"): Words("From Puan Sri", GOOD)})
    with company.database.writing() as session:
        row = submission.launch(session, company.keyring, plan, "test", 4)
    with company.database.reading() as session:
        kept = messages.of(session, row.id)
    assert kept[INVITATION, "en"] == Words("From Puan Sri", GOOD)
    assert kept[INVITATION, "ms"] == messages.standard(INVITATION, Language("ms"))
    assert len(kept) == 4


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_what_fills_a_slot_is_never_a_slot(text: str) -> None:
    values = dict.fromkeys(SLOTS, "{link} {closes} " + text)
    assert messages.filled("{title}", values) == values["title"]


@given(
    subject=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=150),
    body=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=500),
)
def test_a_file_holds_the_words_as_they_were(subject: str, body: str) -> None:
    given_ = {(INVITATION, "en"): Words(subject, body), (REMINDER, "ms"): Words(body, subject)}
    read = messages.parsed(messages.written(given_).encode())
    assert {key: (one.subject, one.body.strip()) for key, one in read.items()} == {
        key: (one.subject, one.body.strip()) for key, one in given_.items()
    }


@pytest.mark.parametrize(
    "content", [b"\xff", b"x", b"[invitation]\nen = 3", b"[invitation.en]\na = 1"]
)
def test_a_file_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(MessageRefused, match="round message"):
        messages.parsed(content)


def test_hostile_words_break_neither_header_nor_page(
    company: Runtime, planned: Callable[..., RoundPlan]
) -> None:
    hostile = '<script>alert(1)</script> {{ 7*7 }} "><img src=x> %s %(n)s \u2028 Bcc: x@example.com'
    words = Words("Hi\nBcc: x@example.com", f"{hostile}\n\n{GOOD}\n\n{'<' * 2500}")
    plan = planned("Commercial", messages={(INVITATION, "en"): words})
    site = make_site(company)
    mail = emails.invitation(site, emails.sample(site, plan, "en", is_test=False))
    assert mail.subject == "Hi Bcc: x@example.com"
    assert mail.html is not None
    assert "<script" not in mail.html
    assert "<img" not in mail.html
    assert "{{ 7*7 }}" in mail.text
    assert len(mail.html.encode()) <= 20_000
    link = emails.sample(site, plan, "en", is_test=False).link
    assert link in mail.text.splitlines()


@pytest.mark.parametrize("code", ["en", "ms"])
def test_a_mail_is_small_has_no_picture_and_keeps_to_dark_and_light(
    company: Runtime, planned: Callable[..., RoundPlan], code: str
) -> None:
    site = make_site(company)
    letter = emails.sample(site, planned("Commercial"), code, is_test=False)
    for kind in KINDS:
        mail = emails.asking(site, letter, kind)
        assert mail.html is not None
        assert len(mail.html.encode()) < 20_000
        assert "<img" not in mail.html
        assert 'name="color-scheme" content="light dark"' in mail.html
        assert "{" not in mail.text


def test_the_words_of_another_language_of_the_survey_are_refused() -> None:
    with pytest.raises(MessageRefused):
        messages.check(SURVEY, {(INVITATION, "fr"): Words("S", GOOD)})
