"""Programs and chats are told of a round: signed, ids and counts only, until it is taken."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import Session
from standardwebhooks.webhooks import Webhook as Signature
from standardwebhooks.webhooks import WebhookVerificationError

from app.audit import log
from app.campaigns import audience, reminders, rounds
from app.campaigns.models import SurveyRound
from app.campaigns.rounds import RoundPlan
from app.hooks import delivering, events, history, register
from app.hooks.history import Delivery
from app.hooks.models import Webhook
from app.hooks.register import HookRefused, Wanted
from app.kit import hold
from app.kit.clock import now
from app.kit.jobs import Job, State
from app.kit.runtime import Runtime
from app.main import make_site, make_worker
from app.responses import submission
from app.results import release
from app.surveys import library
from app.web.dependencies import Site
from tests import cast
from tests.conftest import make_settings
from tests.kit.test_outbound import Receiver, receiving
from tests.people.files import imported

START = datetime(2027, 3, 2, 3, tzinfo=UTC)
KIND, NAME = "standard", "Dashboard"


class Desk:
    """An installation, a receiver on this machine, and a worker that is asked to work."""

    def __init__(self, runtime: Runtime, receiver: Receiver) -> None:
        self.runtime, self.receiver = runtime, receiver
        self.site: Site = make_site(runtime)
        self.worker = make_worker(self.site)

    def subscribed(self, *chosen: str, kind: str = KIND) -> tuple[Webhook, str]:
        wanted = Wanted(NAME, kind, self.receiver.url, chosen or events.EVENTS)
        with self.runtime.database.writing() as session:
            return register.create(
                session, self.runtime.keyring, self.site.outbound, wanted, "farid"
            )

    def work(self) -> None:
        while self.worker.run_once():
            pass

    def launched(self, **given: Any) -> SurveyRound:
        survey = library.template("team_pulse")
        imported(self.runtime.database, cast.people_file())
        with self.runtime.database.writing() as session:
            plan = RoundPlan(
                **{
                    "survey": survey,
                    "name": "The name of a round",
                    "audience": audience.choose(session, survey, ["Commercial"], {}),
                    "closes_at": now() + timedelta(days=14),
                    **given,
                }
            )
            return submission.launch(session, self.runtime.keyring, plan, "aminah", 4)

    def emit(self, *subject: str, **data: int) -> None:
        with self.runtime.database.writing() as session:
            events.emit(session, events.CLOSED, subject, **data)

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.receiver.got]

    def log(self, hook: Webhook) -> list[Delivery]:
        with self.runtime.database.reading() as session:
            return list(history.of(session, hook.id))

    def hook(self, hook: Webhook) -> Webhook:
        with self.runtime.database.reading() as session:
            return session.get_one(Webhook, hook.id)

    def acts(self) -> list[str]:
        with self.runtime.database.reading() as session:
            return [one.action for one in log.entries(session)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@contextmanager
def opened(url: str, folder: Path, receiver: Receiver) -> Iterator[Desk]:
    given = {"webhook_networks": "127.0.0.1", "mail_per_minute": 100_000}
    runtime = Runtime.start(make_settings(url, folder, **given))
    yield Desk(runtime, receiver)
    runtime.close()


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path, receiver: Receiver) -> Iterator[Desk]:
    with opened(sqlite_url, tmp_path, receiver) as one:
        yield one


@pytest.fixture
def any_desk(database_url: str, tmp_path: Path, receiver: Receiver) -> Iterator[Desk]:
    """The same on each kind of database."""
    with opened(database_url, tmp_path, receiver) as one:
        yield one


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as coordinates:
        yield coordinates


def test_a_round_is_told_from_its_opening_to_its_results(any_desk: Desk, clock: Any) -> None:
    desk = any_desk
    hook, secret = desk.subscribed()
    row = desk.launched(opens_at=now() + timedelta(hours=1))
    desk.work()
    assert desk.told() == []
    clock.shift(timedelta(hours=1, minutes=1))
    desk.work()
    clock.shift(timedelta(days=2))
    with desk.runtime.database.writing() as session:
        mails = reminders.remind(session, row.id, "aminah", submission.unanswered)
        rounds.close(session, row.id, "aminah")
    desk.work()
    with desk.runtime.database.writing() as session:
        keyring, zone = desk.runtime.keyring, desk.runtime.settings.zone
        release.release(session, keyring, zone, row.id, "aminah")
    desk.work()
    told = {one["type"]: one["data"] for one in desk.told()}
    assert told == {
        "round.opened": {"round": row.id, "invited": 38},
        "round.reminded": {"round": row.id, "wave": "by-hand-1", "mails": mails},
        "round.closed": {"round": row.id, "invited": 38},
        "release.published": {"round": row.id, "answered": None, "groups": 0},
    }
    assert len(desk.told()) == 4
    assert desk.told()[0]["timestamp"] == "2027-03-02T04:00:00+00:00"
    for _, headers, body in desk.receiver.got:
        assert headers["Content-Type"] == "application/json"
        assert b"name of a round" not in body
    assert [one.said for one in desk.log(hook)] == ["200"] * 4
    assert secret.startswith("whsec_")


def test_its_signature_is_the_standards_and_the_secret_nowhere_else(desk: Desk) -> None:
    hook, secret = desk.subscribed()
    desk.emit("r1", invited=20)
    desk.work()
    ((_, headers, body),) = desk.receiver.got
    assert Signature(secret).verify(body, headers)["data"] == {"invited": 20}
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    with pytest.raises(WebhookVerificationError):
        Signature(other).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Signature(secret).verify(body + b" ", headers)
    stored = desk.hook(hook)
    kept = repr([getattr(stored, name) for name in Webhook.model_fields])
    assert secret not in kept
    assert desk.receiver.url not in kept


def test_after_a_new_secret_both_sign_for_a_day(desk: Desk, clock: Any) -> None:
    hook, old = desk.subscribed()
    with desk.runtime.database.writing() as session:
        new = register.rotate(session, desk.runtime.keyring, register.get(session, hook.id), "f")
    assert new != old
    for hours, both in ((0, True), (25, False)):
        clock.shift(timedelta(hours=hours))
        desk.emit(str(hours))
        desk.work()
        _, headers, body = desk.receiver.got[-1]
        assert Signature(new).verify(body, headers)
        if both:
            assert Signature(old).verify(body, headers)
        else:
            with pytest.raises(WebhookVerificationError):
                Signature(old).verify(body, headers)


def test_the_same_thing_is_told_once_and_only_to_who_asked(desk: Desk) -> None:
    desk.subscribed(events.OPENED)
    hook, _ = desk.subscribed(events.CLOSED)
    desk.emit("r1")
    desk.emit("r1")
    desk.emit("r2")
    desk.work()
    assert len(desk.receiver.got) == len(desk.log(hook)) == 2


def test_what_is_not_taken_is_tried_again_and_then_taken(desk: Desk, clock: Any) -> None:
    hook, _ = desk.subscribed()
    desk.receiver.status = 500
    desk.emit("r1")
    desk.work()
    (one,) = desk.log(hook)
    assert (one.state, one.tries, one.said) == (State.WAITING, 1, "500 not taken")
    assert desk.hook(hook).failing_since == START
    desk.receiver.status = 204
    clock.shift(timedelta(minutes=2))
    desk.work()
    (one,) = desk.log(hook)
    assert (one.state, one.tries, one.said) == (State.DONE, 2, "204")
    assert desk.hook(hook).failing_since is None
    ids = {headers["webhook-id"] for _, headers, _ in desk.receiver.got}
    assert ids == {one.message}


def test_what_takes_nothing_for_two_days_is_switched_off_with_a_note(
    any_desk: Desk, clock: Any
) -> None:
    desk = any_desk
    hook, _ = desk.subscribed()
    desk.receiver.status = 503
    desk.emit("r1")
    for _ in range(12):
        desk.work()
        clock.shift(timedelta(hours=6))
    stored = desk.hook(hook)
    assert stored.disabled_at is not None
    assert stored.note == delivering.NOT_TAKEN
    assert "webhook.disabled" in desk.acts()
    assert [one.state for one in desk.log(hook)] == [State.FAILED]
    tries = len(desk.receiver.got)
    desk.emit("r2")
    desk.work()
    assert len(desk.receiver.got) == tries < 20
    with desk.runtime.database.writing() as session:
        row = register.get(session, hook.id)
        with pytest.raises(HookRefused):
            register.send_test(session, row, "farid")
        register.switch(session, row, "farid", on=True)
        register.send_test(session, row, "farid")
    desk.receiver.status = 200
    desk.work()
    assert desk.log(hook)[0].event == events.TEST
    assert desk.hook(hook).failing_since is None


def test_who_says_gone_is_told_no_more(desk: Desk) -> None:
    hook, _ = desk.subscribed()
    desk.receiver.status = 410
    desk.emit("r1")
    desk.work()
    assert desk.hook(hook).note == delivering.NO_MORE
    assert [one.state for one in desk.log(hook)] == [State.FAILED]


@pytest.mark.parametrize("kind", ["slack", "teams"])
def test_a_chat_reads_a_sentence_and_a_button(desk: Desk, kind: str) -> None:
    desk.subscribed(kind=kind)
    row = desk.launched()
    desk.work()
    ((_, headers, _),) = desk.receiver.got
    assert not [name for name in headers if name.lower().startswith("webhook-")]
    words = f"A survey round has opened: {row.id}. 38 people were invited."
    address = f"{desk.runtime.settings.base_url}/rounds/{row.id}"
    (told,) = desk.told()
    if kind == "slack":
        section, actions = told["blocks"]
        assert section["text"] == {"type": "plain_text", "text": words}
        assert actions["elements"][0]["url"] == address
    else:
        card = told["attachments"][0]["content"]
        assert card["body"][0]["text"] == words
        assert card["actions"][0] == {
            "type": "Action.OpenUrl",
            "title": "Open in Selaras",
            "url": address,
        }


def test_a_round_given_up_before_its_opening_is_never_told(desk: Desk, clock: Any) -> None:
    desk.subscribed()
    row = desk.launched(opens_at=now() + timedelta(hours=1))
    with desk.runtime.database.writing() as session:
        submission.void(session, row.id, "aminah")
    clock.shift(timedelta(hours=2))
    desk.work()
    assert desk.told() == []


def test_a_round_that_ends_by_its_date_is_told_once(desk: Desk, clock: Any) -> None:
    desk.subscribed(events.CLOSED)
    desk.launched(closes_at=now() + timedelta(days=1))
    clock.shift(timedelta(days=1, minutes=1))
    desk.work()
    desk.work()
    assert [one["type"] for one in desk.told()] == [events.CLOSED]


def test_mails_that_failed_are_counted_and_not_told_one_by_one(desk: Desk, clock: Any) -> None:
    desk.subscribed(events.FAILED)
    row = desk.launched()
    desk.work()
    for failed in (3, 3, 5):
        with desk.runtime.database.writing() as session:
            _fail(session, row.id, failed)
        clock.shift(timedelta(minutes=11))
        desk.work()
    assert [one["data"] for one in desk.told()] == [
        {"round": row.id, "failed": 3},
        {"round": row.id, "failed": 5},
    ]


def _fail(session: Session, round_id: str, count: int) -> None:
    from sqlmodel import col, select

    kept = select(Job).where(Job.part == round_id, Job.kind == "invite").order_by(col(Job.key))
    for job in session.exec(kept).all()[:count]:
        job.state = State.FAILED.value
        session.add(job)


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, None), (3, None), (4, 4), (16, 16), (17, None), (19, None), (20, 20)],
)
def test_a_count_of_few_is_not_told(count: int, told: int | None) -> None:
    assert events.audible(count, 20, 4) == told


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"kind": "mail"}, "kind"),
        ({"events": ()}, "events"),
        ({"events": ("round.voided",)}, "events"),
        ({"address": "https://user@example.com/"}, "address"),
    ],
)
def test_what_cannot_be_is_named(desk: Desk, given: dict[str, Any], field: str) -> None:
    wanted = {"name": NAME, "kind": KIND, "address": "https://example.com/", "events": ("x",)}
    wanted |= {"events": events.EVENTS} | given
    with (
        desk.runtime.database.writing() as session,
        pytest.raises(register.Refusal) as refused,
    ):
        register.create(
            session, desk.runtime.keyring, desk.site.outbound, Wanted(**wanted), "farid"
        )
    assert refused.value.values["field"] == field


def test_after_a_restore_nothing_is_told_until_somebody_says_so(desk: Desk) -> None:
    desk.subscribed()
    with desk.runtime.database.writing() as session:
        hold.begin(session, "restored")
    desk.emit("r1")
    desk.work()
    assert desk.receiver.got == []
    with desk.runtime.database.writing() as session:
        hold.end(session, "farid")
    desk.work()
    assert len(desk.receiver.got) == 1


def test_what_was_told_is_forgotten_after_a_month(desk: Desk, clock: Any) -> None:
    hook, _ = desk.subscribed()
    desk.emit("r1")
    desk.work()
    clock.shift(timedelta(days=31))
    desk.work()
    assert desk.log(hook) == []


def test_what_is_deleted_leaves_nothing_to_send(desk: Desk) -> None:
    hook, _ = desk.subscribed()
    desk.emit("r1")
    with desk.runtime.database.writing() as session:
        register.remove(session, register.get(session, hook.id), "farid")
    desk.work()
    assert desk.receiver.got == []
    assert desk.log(hook) == []
