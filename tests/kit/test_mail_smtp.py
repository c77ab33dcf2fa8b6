import asyncio
import ssl
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.kit.mail import Mail, Outcome, Result, address, handing_over, one_by_one, smtp, transport
from tests.kit.sink import DROP, HANG, Sink, certificate, running
from tests.kit.test_mail_message import mail

SENT = Outcome(Result.SENT)


def deliver(url: str, *names: str, **given: Any) -> list[Outcome]:
    return sent(url, (mail(to=f"{name}@example.com", **given) for name in names))


def sent(url: str, mails: Iterable[Mail]) -> list[Outcome]:
    """One mail after another, parting from the server afterwards."""
    relay = transport(url)
    outcomes = list(one_by_one(relay, mails))
    relay.rest()
    return outcomes


def results(outcomes: list[Outcome]) -> list[str]:
    return [outcome.result.value for outcome in outcomes]


def only(name: str, reply: str) -> Any:
    """A script: this reply for one person, and all is well for the others."""
    return lambda address: reply if address.startswith(name) else "250 OK"


@pytest.fixture(autouse=True, params=["one by one", "at once"])
def commands(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that wants to be asked one thing after another, and one that does not."""
    monkeypatch.setattr(Sink, "pipelining", request.param == "at once")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 and localhost count as a machine somewhere else."""
    monkeypatch.setattr(address, "is_loopback", lambda _host: False)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return certificate(folder), folder / "certificate.pem"


def test_mails_of_a_batch_share_one_connection():
    with running(Sink()) as sink:
        assert deliver(sink.url, "aminah", "badrul", "chong") == [SENT] * 3
    assert sink.to == ["aminah@example.com", "badrul@example.com", "chong@example.com"]
    assert sink.connections == 1
    assert [got["Subject"] for got in sink.mails] == ["Jemputan"] * 3


def test_a_new_connection_is_made_after_its_share_of_mails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "MAILS_PER_CONNECTION", 2)
    with running(Sink()) as sink:
        assert deliver(sink.url, *"abcde") == [SENT] * 5
    assert sink.connections == 3


def test_an_outcome_is_known_before_the_next_mail_is_asked_for():
    log: list[str] = []

    def mails() -> Iterator[Any]:
        for name in ("aminah", "badrul"):
            log.append(f"asked for {name}")
            yield mail(to=f"{name}@example.com")

    with running(Sink()) as sink:
        relay = transport(sink.url)
        for outcome in one_by_one(relay, mails()):
            log += [f"{outcome.result} as number {len(sink.envelopes)}"]
        relay.rest()
    assert log == [
        *("asked for aminah", "sent as number 1"),
        *("asked for badrul", "sent as number 2"),
    ]


def test_a_caller_may_stop_in_the_middle():
    with running(Sink()) as sink:
        relay = transport(sink.url)
        batch = one_by_one(relay, (mail() for _ in range(3)))
        assert next(batch) == SENT
        batch.close()  # type: ignore[attr-defined]
        relay.rest()
    assert len(sink.envelopes) == 1


def test_lines_that_begin_with_a_dot_arrive_whole():
    with running(Sink()) as sink:
        deliver(sink.url, "aminah", text=".\n..\n.satu\n", html=None)
    assert sink.mails[0].get_content() == ".\r\n..\r\n.satu\r\n"


def test_a_mail_whose_last_line_is_not_ended_is_ended_all_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(handing_over, "COMMAND_SECONDS", 2.0)
    with running(Sink()) as sink:
        assert deliver(sink.url, "aminah", text="Sila jawab.", html=None) == [SENT]
    assert sink.mails[0].get_content() == "Sila jawab.\r\n"


@pytest.mark.parametrize("where", ["at_rcpt", "before_dot", "at_end"])
def test_a_refused_recipient_does_not_harm_the_next(where: str):
    refusal = "550 5.1.1 <badrul@example.com> unknown"
    with running(Sink(**{where: only("badrul", refusal)})) as sink:
        outcomes = deliver(sink.url, "aminah", "badrul", "chong")
    assert outcomes == [SENT, Outcome(Result.REFUSED, "550", "5.1.1 <...> unknown"), SENT]
    assert sink.to == ["aminah@example.com", "chong@example.com"]
    assert sink.connections == 1


@pytest.mark.parametrize("where", ["at_rcpt", "before_dot", "at_end"])
def test_a_greylisted_mail_is_deferred_with_its_code(where: str):
    with running(Sink(**{where: only("badrul", "451 4.7.1 greylisted")})) as sink:
        outcomes = deliver(sink.url, "aminah", "badrul", "chong")
    assert outcomes == [SENT, Outcome(Result.DEFERRED, "451", "4.7.1 greylisted"), SENT]


def test_a_server_that_would_take_the_next_command_for_the_mail_gets_none(
    monkeypatch: pytest.MonkeyPatch,
):
    """It refused the recipient and waits for the content all the same."""
    monkeypatch.setattr(handing_over, "COMMAND_SECONDS", 1.0)
    with running(Sink(at_rcpt=only("badrul", "550 unknown"), always_wants_data=True)) as sink:
        outcomes = deliver(sink.url, "aminah", "badrul", "chong")
    assert outcomes == [SENT, Outcome(Result.REFUSED, "550", "unknown"), SENT]
    assert sink.to == ["aminah@example.com", "chong@example.com"]
    assert sink.connections == 1 + Sink.pipelining


def test_what_nobody_asked_for_is_no_reply():
    with running(Sink()) as sink:
        relay = transport(sink.url)
        batch = one_by_one(relay, (mail(to=f"{n}@example.com") for n in "ab"))
        assert next(batch) == SENT
        sink.say("421 you were silent for too long")
        relay.each(_a_moment)
        assert list(batch) == [SENT]
        relay.rest()
    assert sink.to == ["a@example.com", "b@example.com"]


async def _a_moment(_: Any) -> None:
    await asyncio.sleep(0.05)


def test_a_refused_sender_says_nothing_about_the_recipient():
    with running(Sink(at_mail=lambda _address: "553 sender not yours")) as sink:
        assert deliver(sink.url, "aminah") == [Outcome(Result.DEFERRED, "553", "sender not yours")]


@pytest.mark.parametrize("where", ["at_rcpt", "before_dot", "at_end"])
def test_421_pauses_the_rest_of_the_batch(where: str):
    with running(Sink(**{where: only("badrul", "421 come back later")})) as sink:
        outcomes = deliver(sink.url, "aminah", "badrul", "chong", "devi")
    later = Outcome(Result.DEFERRED, "421", "come back later", pause=True)
    untried = replace(later, tried=False)
    assert outcomes == [SENT, later, untried, untried]
    assert sink.to == ["aminah@example.com"]
    assert sink.connections == 1


@pytest.mark.parametrize("greeting", ["421 too busy", "554 no service here"])
def test_a_server_that_will_not_talk_defers_all(greeting: str):
    with running(Sink(greeting=greeting)) as sink:
        outcomes = deliver(sink.url, "aminah", "badrul")
    out = Outcome(Result.DEFERRED, greeting[:3], greeting[4:], pause=True, tried=False)
    assert outcomes == [out] * 2
    assert sink.connections == 1


def test_a_mail_whose_reply_is_lost_after_the_final_dot_is_in_doubt():
    with running(Sink(at_end=only("badrul", DROP))) as sink:
        outcomes = deliver(sink.url, "aminah", "badrul", "chong")
    assert results(outcomes) == ["sent", "ambiguous", "sent"]
    assert sink.to == ["aminah@example.com", "badrul@example.com", "chong@example.com"]


def test_a_mail_cut_before_the_final_dot_is_never_called_sent():
    with running(Sink(before_dot=only("badrul", DROP))) as sink:
        outcomes = deliver(sink.url, "aminah", "badrul", "chong")
    # From here both cuts look alike: the data had left this machine.
    assert results(outcomes) == ["sent", "ambiguous", "sent"]
    assert sink.to == ["aminah@example.com", "chong@example.com"]


def test_a_connection_cut_before_the_data_leaves_the_mail_to_be_tried_later():
    with running(Sink(at_rcpt=only("aminah", DROP))) as sink:
        outcomes = deliver(sink.url, "aminah", "chong")
    assert results(outcomes) == ["unreachable", "sent"]


def test_a_server_that_hung_up_between_two_mails_gets_the_mail_on_a_new_connection():
    with running(Sink()) as sink:
        relay = transport(sink.url)
        batch = one_by_one(relay, (mail(to=f"{n}@example.com") for n in "ab"))
        assert next(batch) == SENT
        sink.hang_up()
        assert list(batch) == [SENT]
        relay.rest()
    assert sink.to == ["a@example.com", "b@example.com"]
    assert sink.connections == 2


@pytest.mark.parametrize(
    ("script", "first"),
    [
        ({"at_rcpt": only("aminah", HANG)}, "unreachable"),
        ({"at_end": only("aminah", HANG)}, "ambiguous"),
    ],
)
def test_a_silent_server_is_not_waited_for_twice(
    script: dict[str, Any], first: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(handing_over, "COMMAND_SECONDS", 0.3)
    began = time.monotonic()
    with running(Sink(**script)) as sink:
        outcomes = deliver(sink.url, "aminah", "badrul", "chong")
    assert results(outcomes) == [first, "unreachable", "unreachable"]
    assert time.monotonic() - began < 3


def test_a_dead_port_is_tried_once_for_the_whole_batch():
    with running(Sink()) as sink:
        pass
    assert results(deliver(sink.url, "aminah", "badrul")) == ["unreachable"] * 2


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 70])
def test_a_host_that_does_not_exist_is_unreachable(host: str):
    assert results(deliver(f"smtp://{host}:25", "aminah")) == ["unreachable"]


def test_a_server_that_talks_nonsense_is_unreachable():
    with running(Sink(greeting="hello there")) as sink:
        assert results(deliver(sink.url, "aminah")) == ["unreachable"]
    with running(Sink(at_rcpt=only("aminah", "nonsense"))) as sink:
        assert results(deliver(sink.url, "aminah", "badrul")) == ["unreachable", "sent"]


def test_a_server_without_starttls_elsewhere_gets_no_mail(elsewhere: None):
    with running(Sink()) as sink:
        (outcome,) = deliver(sink.url, "aminah")
    assert outcome.result is Result.UNREACHABLE
    assert "STARTTLS" in outcome.reason
    assert not sink.envelopes


def test_a_certificate_nobody_vouches_for_is_refused(
    elsewhere: None, keys: tuple[ssl.SSLContext, Path]
):
    with running(Sink(options={"tls_context": keys[0]})) as sink:
        outcomes = deliver(f"smtp://localhost:{sink.port}", "aminah", "badrul")
    reason = "no trusted TLS with the mail server"
    assert outcomes == [Outcome(Result.UNREACHABLE, None, reason, pause=True, tried=False)] * 2
    with running(Sink(), implicit_tls=keys[0]) as sink:
        assert deliver(f"smtps://localhost:{sink.port}", "aminah") == outcomes[:1]
    assert not sink.envelopes


def test_a_certificate_for_another_name_is_refused(
    elsewhere: None, keys: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(keys[1]))
    with running(Sink(options={"tls_context": keys[0]})) as sink:
        assert results(deliver(sink.url, "aminah")) == ["unreachable"]


def test_a_trusted_certificate_protects_the_mail(
    elsewhere: None, keys: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(keys[1]))
    with running(Sink(options={"tls_context": keys[0], "require_starttls": True})) as sink:
        assert deliver(f"smtp://localhost:{sink.port}", "aminah", "badrul") == [SENT, SENT]
    with running(Sink(), implicit_tls=keys[0]) as sink:
        assert deliver(f"smtps://localhost:{sink.port}", "aminah") == [SENT]


def test_a_relay_on_this_machine_may_have_any_certificate(keys: tuple[ssl.SSLContext, Path]):
    with running(Sink(options={"tls_context": keys[0], "require_starttls": True})) as sink:
        assert deliver(sink.url, "aminah") == [SENT]


def test_a_name_that_resolves_to_this_machine_is_not_loopback():
    assert [address.is_loopback(h) for h in ("localhost", "127.0.0.1", "127.8.8.8", "::1")] == [
        True
    ] * 4
    for host in ("vm", "localhost.example.com", "10.0.0.1", "0.0.0.0", "127.0.0.1.example.com"):
        assert not address.is_loopback(host)


def signing_in() -> Sink:
    sink = Sink()
    sink.options = {"authenticator": sink.authenticate, "auth_required": True}
    sink.options |= {"auth_require_tls": False}
    return sink


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_credentials_are_percent_decoded():
    with running(signing_in()) as sink:
        url = f"smtp://hr%40example.com:p%40ss%2Fword@127.0.0.1:{sink.port}"
        assert deliver(url, "aminah") == [SENT]
    assert sink.logins == [(b"hr@example.com", b"p@ss/word")]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_blames_no_recipient():
    with running(signing_in()) as sink:
        outcomes = deliver(f"smtp://hr:no@127.0.0.1:{sink.port}", "aminah", "badrul")
    assert [(o.result, o.code) for o in outcomes] == [(Result.DEFERRED, "535")] * 2
    assert sink.connections == 1


def test_a_server_that_knows_no_sign_in_gets_no_mail():
    with running(Sink(options={"auth_exclude_mechanism": ["PLAIN", "LOGIN"]})) as sink:
        (outcome,) = deliver(f"smtp://hr:no@127.0.0.1:{sink.port}", "aminah")
    assert outcome.result is Result.UNREACHABLE


def test_an_international_address_goes_where_it_is_understood():
    with running(Sink(options={"enable_SMTPUTF8": True})) as sink:
        assert deliver(sink.url, "jiří", "aminah") == [SENT, SENT]
    assert sink.to == ["jiří@example.com", "aminah@example.com"]
    assert "SMTPUTF8" in sink.envelopes[0].mail_options
    assert "SMTPUTF8" not in sink.envelopes[1].mail_options
    with running(Sink()) as sink:
        assert results(deliver(sink.url, "jiří", "aminah")) == ["refused", "sent"]


def test_the_log_holds_no_address_and_no_content(caplog: pytest.LogCaptureFixture):
    caplog.set_level(0)
    with running(Sink(at_rcpt=only("badrul", "550 no <badrul@example.com>"))) as sink:
        outcomes = deliver(sink.url, "aminah", "badrul")
    # "mail.log" is the test server's own.
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("mail.log")]
    assert "badrul" not in repr(outcomes) + "".join(ours)
    assert "Jemputan" not in "".join(ours)
