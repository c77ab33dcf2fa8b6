"""Anonymous mode: who gets which link is kept nowhere, and each mail goes out at most once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, text
from sqlmodel import select

from app.campaigns import deliveries, invitations, rounds
from app.campaigns.anonymous_post import AnonymousPost, Office
from app.campaigns.invitations import BallotPaper, UnknownLink
from app.campaigns.letters import Letter
from app.campaigns.models import AnonymousLink, Invitation, SurveyRound
from app.campaigns.rounds import INVITE_DEPARTMENT, RoundRefused
from app.kit.clock import now
from app.kit.mail import Envelope, Line, Mail, Outcome, Result
from app.kit.pace import MailPace, Pace
from app.kit.runtime import Runtime
from app.kit.tokens import fingerprint
from app.kit.worker import GIVE_UP_AFTER, Worker
from app.responses import submission
from app.responses.submission import Submission, Submissions
from app.surveys.coding import Layout
from tests import cast
from tests.people.files import csv, imported

Launched = Callable[..., SurveyRound]


@dataclass
class Post:
    """A mail server under the test's control: what it says of each address, and what it got."""

    says: Callable[[str], Result] = lambda _: Result.SENT
    got: list[Mail] = field(default_factory=list)
    # Called when the data of a mail has gone out and nothing of it is recorded yet.
    midway: Callable[[Mail], None] = lambda _: None

    at_once = 1

    def send(self, mail: Mail | Envelope) -> Outcome:
        assert isinstance(mail, Mail)
        result = self.says(mail.to)
        if result in {Result.SENT, Result.AMBIGUOUS}:
            self.got.append(mail)
            self.midway(mail)
        return Outcome(result, reason="" if result is Result.SENT else result.value)

    def each(self, line: Line) -> None:
        """Only single mails go out here."""

    def rest(self) -> None:
        """Nothing is held."""

    def link(self, to: str) -> str:
        [mail] = [mail for mail in self.got if mail.to == to]
        return mail.text.partition("/s/")[2].partition("?")[0]


class Killed(BaseException):
    """The process is gone, as by kill -9: nothing after it runs."""


def composed(letter: Letter) -> Mail:
    return Mail(
        to=letter.to,
        subject="Survey",
        text=letter.link,
        html=None,
        sender="hr@contoh.example.com",
        message_id=letter.message_id,
    )


class Sending:
    """One round in anonymous mode and the workers that send it."""

    def __init__(self, runtime: Runtime, row: SurveyRound, post: Post) -> None:
        self.runtime, self.row, self.post = runtime, row, post

    def work(self, post: Post | None = None) -> None:
        """A new process does what is due."""
        worker = self._worker(post or self.post)
        while worker.run_once():
            pass

    def killed(self, post: Post) -> None:
        with pytest.raises(Killed):
            self.work(post)

    def _worker(self, post: Post) -> Worker:
        runtime = self.runtime
        office = Office(
            runtime.database,
            runtime.writer,
            runtime.keyring,
            post,
            "https://survey.example.com",
            Pace(runtime.writer, 1_000_000),
            composed,
            submission.used,
        )
        kinds = {INVITE_DEPARTMENT: AnonymousPost(office).kind()}
        return Worker(runtime.database, runtime.writer, kinds)

    def progress(self) -> deliveries.Deliveries:
        with self.runtime.database.reading() as session:
            return deliveries.progress(session, self.row.id)

    def parked(self) -> list[deliveries.Parked]:
        with self.runtime.database.reading() as session:
            return deliveries.parked(session, self.row.id)

    def failures(self) -> list[deliveries.Failure]:
        with self.runtime.database.reading() as session:
            return deliveries.failures(session, self.row.id)

    def send_again(self) -> int:
        with self.runtime.database.writing() as session:
            return deliveries.send_again(session, self.row.id, "aminah")

    def stored(self) -> dict[bytes, str]:
        """The fingerprints the database holds, and their departments."""
        with self.runtime.database.reading() as session:
            rows = session.exec(select(AnonymousLink)).all()
            names = {one.id: one.path for one in rounds.tree_of(session, self.row.id)}
            return {bytes(one.token_hash): names[one.department_id] for one in rows}

    def leads(self, token: str) -> BallotPaper | Exception:
        with self.runtime.database.engine.begin() as connection:
            return invitations.look_up(connection, [invitations.link_of(token)])[0]

    def answer(self, token: str) -> bool:
        taking = Submissions(self.runtime.writer, self.runtime.keyring)
        size = Layout.of(self.survey()).size
        with self.runtime.database.engine.begin() as connection:
            one = Submission(token, bytes(size), {}, f"key-{token}")
            [outcome] = taking._store(connection, [one])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome is not None

    def survey(self):  # type: ignore[no-untyped-def]
        with self.runtime.database.reading() as session:
            return rounds.survey_of(session, self.row)


@pytest.fixture
def sending(company: Runtime, launched: Launched) -> Sending:
    return Sending(company, launched("Commercial", mode="anonymous"), Post())


def test_everybody_gets_one_link_of_their_department_and_no_pairing_is_stored(
    sending: Sending,
) -> None:
    assert sending.stored() == {}, "links are made when they are sent"
    sending.work()
    tokens = {mail.to: sending.post.link(mail.to) for mail in sending.post.got}
    assert len(set(tokens.values())) == len(tokens) == 38
    assert sending.progress() == deliveries.Deliveries(38, 0, 38, 0, 0, 0, 0)
    assert sending.stored().keys() == {fingerprint(token) for token in tokens.values()}
    for person in cast.members(cast.MARKETING):
        assert sending.stored()[fingerprint(tokens[person.email])] == cast.MARKETING
    with sending.runtime.database.reading() as session:
        kept = session.exec(select(Invitation.token_hash)).all()
        columns = session.connection().execute(text("SELECT * FROM anonymous_link")).keys()
    assert set(kept) == {None}
    assert set(columns) == {"round_id", "token_hash", "department_id", "cell_id"}


def test_a_link_opens_the_form_of_its_department_and_answers_once(sending: Sending) -> None:
    sending.work()
    token = sending.post.link(cast.CHONG)
    paper = sending.leads(token)
    assert isinstance(paper, BallotPaper)
    assert (paper.side, paper.language) == ("sales", "")
    assert [sending.answer(token), sending.answer(token)] == [True, False]
    assert isinstance(sending.leads(sending.row.id + "x" * 22), UnknownLink)


def test_the_language_is_part_of_the_address_and_not_of_what_is_stored(sending: Sending) -> None:
    sending.work()
    said = {mail.to: mail.text[-7:] for mail in sending.post.got}
    assert (said[cast.CHONG], said[cast.SALMAH]) == ("lang=en", "lang=ms")


def test_the_link_of_somebody_who_left_stays_valid(sending: Sending) -> None:
    sending.work()
    lines = cast.people_file().decode("utf-8-sig").splitlines()
    stay = csv(*[line for line in lines if cast.CHONG not in line])
    imported(sending.runtime.database, stay, full=True, deactivate=1)
    assert isinstance(sending.leads(sending.post.link(cast.CHONG)), BallotPaper)


def test_who_left_before_the_sending_and_who_has_no_address_get_no_link(sending: Sending) -> None:
    lines = cast.people_file().decode("utf-8-sig").replace(cast.SALMAH, "").splitlines()
    stay = csv(*[line for line in lines if cast.CHONG not in line])
    imported(sending.runtime.database, stay, full=True, deactivate=1)
    sending.work()
    assert len(sending.stored()) == 36
    assert [one.name for one in sending.failures()] == ["Salmah Ibrahim"]
    assert sending.progress().stopped == 1


@pytest.mark.parametrize("result", [Result.DEFERRED, Result.UNREACHABLE])
def test_what_certainly_did_not_go_out_is_sent_later_with_a_new_link(
    sending: Sending, result: Result
) -> None:
    refusing = Post(says=lambda to: result if to == cast.CHONG else Result.SENT)
    sending.work(refusing)
    assert sending.progress().queued == 1
    with time_machine.travel(now() + timedelta(minutes=2)):
        sending.work()
    assert [mail.to for mail in sending.post.got] == [cast.CHONG]
    assert isinstance(sending.leads(sending.post.link(cast.CHONG)), BallotPaper)
    assert Counter(m.to for m in refusing.got + sending.post.got).most_common(1)[0][1] == 1
    assert (sending.progress().sent, sending.parked()) == (38, [])


def test_a_server_that_is_out_is_left_alone_and_one_day_given_up(sending: Sending) -> None:
    asked: list[str] = []

    def out(to: str) -> Result:
        asked.append(to)
        return Result.UNREACHABLE

    moment = now()
    days = [moment + n * timedelta(hours=7) for n in range(8)]
    for day in days:
        with time_machine.travel(day):
            sending.work(Post(says=out))
    assert days[-1] > moment + GIVE_UP_AFTER
    assert len(asked) <= 3 * 3 * len(days), "not once for each of 38 people"
    assert sending.progress().failed == 38
    assert {one.reason for one in sending.failures()} == {"the mail server did not take the mail"}


def test_a_refused_address_is_told_to_hr_by_name(sending: Sending) -> None:
    sending.work(Post(says=lambda to: Result.REFUSED if to == cast.CHONG else Result.SENT))
    [failure] = sending.failures()
    assert failure.name == "Chong Wei Ling"
    assert sending.progress().sent == 37


def test_what_is_ambiguous_is_parked_its_link_voided_and_hr_decides(sending: Sending) -> None:
    post = Post(says=lambda to: Result.AMBIGUOUS if to == cast.CHONG else Result.SENT)
    sending.work(post)
    [parked] = sending.parked()
    assert (parked.name, parked.voided) == ("Chong Wei Ling", True)
    first = post.link(cast.CHONG)
    assert isinstance(sending.leads(first), UnknownLink)
    sending.work()
    assert sending.post.got == [], "nothing goes out before somebody has decided"

    assert sending.send_again() == 1
    sending.work()
    assert [mail.to for mail in sending.post.got] == [cast.CHONG]
    assert isinstance(sending.leads(sending.post.link(cast.CHONG)), BallotPaper)
    assert isinstance(sending.leads(first), UnknownLink)
    assert sending.progress().sent == 38
    assert sending.send_again() == 0


def test_a_link_that_was_used_has_arrived_whatever_the_server_said(sending: Sending) -> None:
    def answers_at_once(mail: Mail) -> None:
        if mail.to == cast.CHONG:
            assert sending.answer(mail.text.partition("/s/")[2].partition("?")[0])

    post = Post(
        says=lambda to: Result.AMBIGUOUS if to == cast.CHONG else Result.SENT,
        midway=answers_at_once,
    )
    sending.work(post)
    assert (sending.parked(), sending.progress().sent) == ([], 38)


@pytest.mark.parametrize("before", [0, 1, 7])
def test_a_sender_killed_midway_loses_no_mail_and_sends_none_twice(
    sending: Sending, before: int
) -> None:
    """The one whose data was going out is parked and never gets a second link; all others do."""

    def dies(mail: Mail) -> None:
        if len(killed.got) > before:
            raise Killed

    killed = Post(midway=dies)
    sending.killed(killed)
    in_doubt = killed.got[-1].to
    with time_machine.travel(now() + timedelta(minutes=10)):
        sending.work()
    sent = Counter(mail.to for mail in killed.got + sending.post.got)
    assert set(sent.values()) == {1}
    assert len(sent) == 38
    [parked] = sending.parked()
    assert (parked.email, parked.voided) == (in_doubt, False)
    assert sending.progress().sent == 37
    assert sending.send_again() == 0, "a second link could be a second vote"
    for mail in killed.got + sending.post.got:
        token = mail.text.partition("/s/")[2].partition("?")[0]
        assert isinstance(sending.leads(token), BallotPaper)


def test_a_sender_killed_before_the_first_mail_only_leaves_links_nobody_knows(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(AnonymousPost, "_mark", dies)
    monkeypatch.setattr(AnonymousPost, "_sent", dies)
    sending.killed(Post())
    monkeypatch.undo()
    with time_machine.travel(now() + timedelta(minutes=10)):
        sending.work()
    assert len(sending.post.got) == 38
    assert sending.parked() == []


def test_a_sender_whose_lease_ran_out_sends_no_further_mail(sending: Sending) -> None:
    """It hung; another process took over; when it wakes up the mails are the other's."""
    others = Post()

    def taken_over(_: Mail) -> None:
        if len(slow.got) == 1:
            with time_machine.travel(now() + timedelta(minutes=10)):
                sending.work(others)
            # The clock goes back: what was booked in those minutes would be waited for.
            with sending.runtime.database.writing() as session:
                session.connection().execute(delete(MailPace))

    slow = Post(midway=taken_over)
    sending.work(slow)
    assert len(slow.got) == 1
    assert len(others.got) == 37
    assert [one.email for one in sending.parked()] == [slow.got[0].to]


def test_all_fingerprints_of_a_department_are_written_anew_when_one_is_added(
    sending: Sending,
) -> None:
    """On PostgreSQL a hidden column would tell a later link from the first ones."""
    post = Post(says=lambda to: Result.AMBIGUOUS if to == cast.CHONG else Result.SENT)
    sending.work(post)
    sending.send_again()
    sending.work()
    if sending.runtime.database.embedded:
        return
    with sending.runtime.database.reading() as session:
        rows = session.connection().execute(
            text(
                "SELECT department_id, count(DISTINCT xmin::text) AS n FROM anonymous_link GROUP BY 1"
            )
        )
        assert {row.n for row in rows} == {1}


def test_closing_stops_the_mails_and_extending_sends_them(
    company: Runtime, launched: Launched
) -> None:
    sending = Sending(company, launched("Commercial", mode="anonymous"), Post())

    def closes(_: Mail) -> None:
        if len(first.got) == 3:
            with company.database.writing() as session:
                rounds.close(session, sending.row.id, "test")

    first = Post(midway=closes)
    sending.work(first)
    assert len(first.got) == 3
    assert (sending.progress().sent, sending.progress().stopped) == (3, 35)
    with pytest.raises(RoundRefused):
        sending.send_again()
    with company.database.writing() as session:
        rounds.extend(session, sending.row.id, now() + timedelta(days=20), "test")
    sending.work()
    assert sending.progress().sent == len(first.got) + len(sending.post.got) == 38


def test_a_round_that_has_sent_nothing_can_be_closed_extended_and_voided(sending: Sending) -> None:
    with sending.runtime.database.writing() as session:
        rounds.close(session, sending.row.id, "test")
        rounds.extend(session, sending.row.id, now() + timedelta(days=20), "test")
    with sending.runtime.database.writing() as session:
        submission.void(session, sending.row.id, "test")
    with sending.runtime.database.writing() as session, pytest.raises(RoundRefused):
        submission.void(session, sending.row.id, "test")


def test_when_it_is_over_no_fingerprint_is_left(sending: Sending) -> None:
    sending.work()
    with sending.runtime.database.writing() as session:
        submission.void(session, sending.row.id, "test")
    assert sending.stored() == {}


def test_what_became_of_mails_is_counted_once_a_person(sending: Sending) -> None:
    with sending.runtime.database.reading() as session:
        counted = session.connection().execute(
            text("SELECT kind, count(*) AS n FROM job WHERE kind <> 'close' GROUP BY kind")
        )
        assert {row.kind: row.n for row in counted} == {
            "anonymous-mail": 38,
            "invite-department": 3,
        }
    assert sending.progress() == deliveries.Deliveries(38, 38, 0, 0, 0, 0, 0)
