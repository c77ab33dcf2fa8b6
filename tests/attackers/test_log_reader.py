"""Somebody reads all that an installation leaves behind beside its tables of people.

Its log at the finest level with traces, what it prints, the database's own log, mails that are not
his, error pages, queue and audit rows. He looks for links, their fingerprints, answers, comments,
sessions and addresses.
"""

import base64
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from app.access import accounts, sign_in
from app.audit import log
from app.kit import jobs
from app.kit.clock import now
from app.web import staff_mails
from app.web.questionnaire import Questionnaires
from app.web.routes import respond
from app.web.security import cookie_name, csrf_token
from tests import cast
from tests.attackers.overheard import Overheard, overhearing
from tests.journeys.browser import FORM, Browser, encoded
from tests.site import Round, Site, leaning, running_site, shared_database, survey_form
from tests.web.test_respond import LONG, no_commit

WORDS = "answer-works_well"
COMMENT = "marker-of-a-comment-nobody-else-wrote"
NAMING = "Ask Badrul at 012-987 6543, marker-of-a-second-look"
SENT_LATE = "marker-of-a-comment-that-came-too-late"
REFUSED = "marker-of-a-comment-that-was-refused"
REASON = "marker of a reason"
NOBODY = "x" * 22

# Where each has to be: fingerprints until the release or the end of a session.
PLACES = {
    "address": {("employee", "email"), ("account", "email"), ("people_upload", "content")},
    "fingerprint": {
        *(("invitation", "token_hash"), ("spent", "token_hash")),
        *(("staff_session", "token_hash"), ("sign_in_link", "token_hash")),
    },
    "comment": {("release", "document")},
}


@dataclass
class Story:
    """What happened on a site, what was said meanwhile, and what must not be found in it."""

    site: Site
    round: Round
    heard: Overheard
    server_log: Path | None
    secrets: dict[str, set[str]] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)
    stages: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)

    def keep(self, kind: str, *secrets: str) -> None:
        self.secrets.setdefault(kind, set()).update(secrets)

    def keep_link(self, kind: str, token: str) -> None:
        digest = hashlib.sha256(token.encode()).digest()
        self.keep(kind, token)
        self.keep("fingerprint", digest.hex(), base64.b64encode(digest).decode(), repr(digest))
        self.keep("fingerprint", digest.decode("latin-1"))

    def look(self, stage: str) -> None:
        """Copy every value of every table, as it is at this moment."""
        self.stages[stage] = list(values(self.site))


def values(site: Site) -> Iterator[tuple[str, str, str]]:
    with site.database.reading() as session:
        connection = session.connection()
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                for column, value in row.items():
                    plain = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    yield table, column, plain


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("log-reader")
    server_log = None
    if request.param == "postgresql":
        server_log = request.getfixturevalue("postgresql_server").folder / "log"
    with (
        shared_database(request, request.param, folder) as url,
        overhearing() as heard,
        running_site(url, folder) as site,
    ):
        site.sink.at_rcpt = refuses_salmah
        story = Story(
            site.with_people(), site.opened("Commercial", "Operations"), heard, server_log
        )
        happens(story)
        # What is planted later is heard by others.
        story.heard = heard.until_now()
        yield story


def refuses_salmah(address: str) -> str:
    return f"550 5.1.1 <{address}>: no such user" if address == cast.SALMAH else "250 OK"


def happens(story: Story) -> None:
    site, round_ = story.site, story.round
    story.keep("address", *(one.email for one in cast.COMPANY if "@" in one.email))
    story.keep("comment", COMMENT, "012-987 6543", "marker-of-a-second-look", SENT_LATE, REFUSED)
    for link in round_.links.values():
        story.keep_link("link", link.removeprefix("/s/"))
    site.work()
    hr, manager = signed_in(story, cast.AMINAH, "hr"), signed_in(story, cast.BADRUL, "manager")
    people_answer(story)
    story.look("open")
    things_go_wrong(story, hr, manager)
    round_.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staff_mails, "about_round", fails_with_the_address)
        site.work()
    comes_too_late(story)
    story.look("closed")
    hr.press(hr.open(f"/rounds/{round_.id}"), "Release the results")
    site.work()
    reads(story, hr, manager)
    story.look("released")


def signed_in(story: Story, email: str, role: str) -> Browser:
    site = story.site
    with site.database.writing() as session:
        account = accounts.add(
            session, email, role, [cast.SALES] if role == "manager" else [], "test"
        )
        token = sign_in.new_link(session, account)
    story.keep_link("session", token)
    browser = site.browser()
    page = browser.open(f"/sign-in/{token}")
    browser.press(page, page.forms[-1].buttons[0].text)
    cookie = browser.client.cookies.get(cookie_name(site.settings))
    assert cookie
    story.keep_link("session", cookie)
    story.keep("session", csrf_token(site.web.form_key, cookie))
    return browser


def people_answer(story: Story) -> None:
    for place, (email, link) in enumerate(list(story.round.links.items())[:30]):
        words = {cast.CHONG: COMMENT, cast.BADRUL: NAMING}.get(email, f"Remark {place}")
        browser = story.site.browser()
        form = survey_form(browser.open(link))
        story.keep("submission key", form.value("submission"))
        page = story.site.answer(link, leaning(place), write={WORDS: words})
        if page.tree.all("div", id="second-look"):
            story.site.browser().send(page.address, survey_form(page).pairs)
    # Only those that nothing else could look like.
    for ballot in story.site.ballots(story.round):
        story.keep("answer", ballot.hex(), repr(ballot), ballot.decode("latin-1"))


def things_go_wrong(story: Story, hr: Browser, manager: Browser) -> None:
    """Every kind of refusal and failure, with something in it that must not be repeated."""
    site, open_links = story.site, list(story.round.links.values())[30:]
    link = open_links[0]
    answered = story.round.links[cast.CHONG]
    words = [(WORDS, REFUSED), ("submission", "k" * 28)]
    note(story, site.browser(), "POST", link, [*words, ("answer-goals_shared", "77")])
    note(story, site.browser(), "POST", link, [*words, (cast.CHONG, COMMENT)])
    note(story, site.browser(), "POST", link, [*words, (WORDS, "x" * 300_000)])
    note(story, site.browser(), "POST", link + "x", words)
    note(story, site.browser(), "PUT", answered, words)
    note(story, site.browser(), "POST", link, words, origin="https://evil.example")
    note(story, site.browser(), "GET", f"/s/{story.round.id}{NOBODY}")
    note(story, site.browser(), "GET", f"/sign-in/{NOBODY}")
    note(story, manager, "GET", f"/people?q={cast.CHONG}")
    note(story, manager, "GET", f"/rounds/{story.round.id}/departments/{cast.LOGISTICS}")
    note(story, hr, "POST", f"/rounds/{story.round.id}/extend", [("closes", "never")])
    site.browser().client.post(
        "/sign-in", content=encoded([("email", cast.DEVI)]), headers={"Content-Type": FORM}
    )
    with no_commit(site):
        note(story, site.browser(), "POST", link, [(WORDS, REFUSED + LONG), words[1]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Questionnaires, "form_at_hand", fails_with_everything)
        note(story, site.browser(), "GET", link)
    kept = [status for status, _ in story.errors]
    assert kept == [422, 422, 413, 404, 405, 403, 404, 404, 404, 404, 409, 503, 500], kept


def note(
    story: Story,
    browser: Browser,
    method: str,
    address: str,
    pairs: list[tuple[str, str]] | None = None,
    origin: str = "",
) -> None:
    site = story.site
    cookie = browser.client.cookies.get(cookie_name(site.settings))
    token = [("csrf", csrf_token(site.web.form_key, cookie))] if cookie else []
    reply = browser.client.request(
        method,
        address,
        content=encoded([*token, *(pairs or [])]) if pairs is not None else None,
        headers={"Content-Type": FORM, "Origin": origin or site.settings.base_url},
    )
    story.errors.append((reply.status_code, reply.text))


def fails_with_everything(self: object, ballot: object, *_: object) -> bytes:
    raise RuntimeError(f"{ballot} {COMMENT} {cast.CHONG}")


def fails_with_the_address(
    _site: object, _lease: object, account: accounts.Account, *_: object, **__: object
) -> None:
    raise RuntimeError(account.email)


def comes_too_late(story: Story) -> None:
    link = list(story.round.links.values())[40]
    page = story.site.browser().send(link, [(WORDS, SENT_LATE)], status=410)
    assert SENT_LATE in page.text, "he gets his own words back"


def reads(story: Story, hr: Browser, manager: Browser) -> None:
    round_id = story.round.id
    for browser in (hr, manager):
        for address in (
            "/",
            "/rounds",
            f"/rounds/{round_id}",
            f"/rounds/{round_id}/items/works_well",
        ):
            browser.open(address)
        browser.download(browser.open(f"/rounds/{round_id}"), "Download as CSV")
    page = hr.open(f"/rounds/{round_id}/items/works_well")
    form = next(one for one in page.forms if one.action.endswith("/hide"))
    hr.send(form.action, [(n, REASON if n == "reason" else v) for n, v in form.pairs])
    for words in (
        ["doctor"],
        ["round", "list"],
        ["round", "status", round_id],
        ["results", round_id],
    ):
        story.site.command(*words, check=False)


# What he finds


def in_the_words(story: Story, heard: Overheard) -> list[str]:
    pieces = heard.pieces
    if story.server_log:
        pieces.append(("postgresql", story.server_log.read_text(errors="replace")))
    return [
        f"{kind} in {where}"
        for where, piece in pieces
        for kind, secrets in story.secrets.items()
        if any(secret in piece for secret in secrets)
    ]


def in_the_database(story: Story, stage: str) -> list[str]:
    found = []
    for table, column, value in story.stages[stage]:
        place = (table, column)
        for kind, secrets in story.secrets.items():
            if place not in PLACES.get(kind, set()) and any(secret in value for secret in secrets):
                found.append(f"{kind} in {table}.{column}")
    return sorted(set(found))


def in_the_mails(story: Story) -> list[str]:
    """Whatever a mail holds that is not its receiver's own."""
    found = []
    own = {email: link.removeprefix("/s/") for email, link in story.round.links.items()}
    for envelope, mail in zip(story.site.sink.envelopes, story.site.sink.mails, strict=True):
        to = envelope.rcpt_tos[0]
        whole = read(mail)
        for kind, secrets in story.secrets.items():
            theirs = secrets - {to, own.get(to, "")}
            if any(secret in whole for secret in theirs):
                found.append(f"{kind} in a mail to somebody else")
    return sorted(set(found))


def read(mail: EmailMessage) -> str:
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *map(str, parts)])


def test_nothing_is_said_in_logs_and_prints(story: Story) -> None:
    assert in_the_words(story, story.heard) == []
    said = "\n".join(story.heard.lines)
    assert "RuntimeError in request" in said, "he really hears what goes wrong"
    assert "a ready job failed: RuntimeError" in said
    assert "INSERT INTO" in said, "and every statement"


@pytest.mark.parametrize("stage", ["open", "closed", "released"])
def test_tables_hold_addresses_and_fingerprints_only_where_they_must(
    story: Story, stage: str
) -> None:
    assert in_the_database(story, stage) == []


def test_after_the_release_no_fingerprint_of_a_link_is_left(story: Story) -> None:
    links = {
        hashlib.sha256(link.removeprefix("/s/").encode()).digest().decode("latin-1")
        for link in story.round.links.values()
    }
    held = {value for *_, value in story.stages["open"]}
    assert links <= held
    assert not links & {value for *_, value in story.stages["released"]}


def test_a_mail_holds_its_receiver_s_own_link_and_address_only(story: Story) -> None:
    assert len(story.site.sink.envelopes) > 40
    assert in_the_mails(story) == []


def test_an_error_page_repeats_no_link_and_no_address(story: Story) -> None:
    for status, body in story.errors:
        kinds = {kind for kind, secrets in story.secrets.items() if any(s in body for s in secrets)}
        own = {"comment", "session"} if status in {422, 503} else {"session"}
        assert kinds <= own, status


def test_the_audit_log_says_what_was_done_and_of_nobody_what_he_answered(story: Story) -> None:
    rows = [value for table, _, value in story.stages["released"] if table == "audit_entry"]
    assert {"round.released", "comment.hidden", "release.exported"} <= set(rows)
    assert any(REASON in row for row in rows)


# And what he would find


def test_he_catches_a_log_line_with_a_link(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = respond.submission.look_up

    def chatty(connection, tokens):
        logging.getLogger("selaras.web").debug("opening %s", tokens)
        return look_up(connection, tokens)

    with overhearing() as heard:
        monkeypatch.setattr(respond.submission, "look_up", chatty)
        story.site.browser().client.get(story.round.links[cast.CHONG])
    assert "link in log" in in_the_words(story, heard)


def test_he_catches_a_trace_with_what_somebody_wrote(story: Story) -> None:
    with overhearing() as heard:
        try:
            raise ValueError(COMMENT)
        except ValueError:
            logging.getLogger("selaras.web").exception("could not store it")
    assert "comment in log" in in_the_words(story, heard)


def test_he_catches_an_audit_row_and_a_job_with_an_address(story: Story) -> None:
    with story.site.database.writing() as session:
        log.record(session, "test", "round.reminded", story.round.id, to=cast.CHONG)
        jobs.enqueue(session, "test", "part", "key", now(), to=cast.CHONG)
    story.look("planted")
    with story.site.database.writing() as session:
        session.connection().execute(
            text("DELETE FROM audit_entry WHERE action = 'round.reminded'")
        )
        session.connection().execute(text("DELETE FROM job WHERE part = 'part'"))
    assert in_the_database(story, "planted") == [
        "address in audit_entry.detail",
        "address in job.arguments",
    ]


def test_he_catches_a_mail_with_somebody_else_s_link(story: Story) -> None:
    envelope = story.site.sink.envelopes[0]
    other = next(link for email, link in story.round.links.items() if email != envelope.rcpt_tos[0])
    kept = envelope.content
    envelope.content = f"X-Other: {other}\r\n".encode() + kept
    try:
        assert in_the_mails(story) == ["link in a mail to somebody else"]
    finally:
        envelope.content = kept
