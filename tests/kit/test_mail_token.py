"""Signing in with a token: a real token server, and a real mail server that takes XOAUTH2."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiosmtpd.smtp import AuthResult

from app.kit.mail import Result, one_by_one, transport
from app.kit.mail.token import TokenClient
from tests.kit.sink import Sink, running
from tests.kit.test_mail_message import mail

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@dataclass
class Giver:
    """What the token server answers, and what it was asked."""

    status: int = 200
    answer: Any = field(default_factory=lambda: {"access_token": "token-1", "expires_in": 3600})
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    url: str = ""


@contextmanager
def giving(giver: Giver) -> Iterator[Giver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            giver.asked.append(parse_qs(self.rfile.read(length).decode()))
            content = giver.answer if isinstance(giver.answer, str) else json.dumps(giver.answer)
            self.send_response(giver.status)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: Any) -> None:
            """Nothing goes to the test's output."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    giver.url = f"http://127.0.0.1:{server.server_port}/token"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield giver
    server.shutdown()
    thread.join()
    server.server_close()


class Office(Sink):
    """A mail server that takes only XOAUTH2, with the token it is told."""

    takes = "token-1"

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:  # noqa: N802
        given = base64.b64decode(args[1]).decode() if len(args) > 1 else ""
        expected = f"user=survey@example.com\x01auth=Bearer {self.takes}\x01\x01"
        self.logins.append((given.encode(), b""))
        if given == expected:
            return AuthResult(success=True, auth_data="survey")
        # The server says why, and the client has to answer once more before it is refused.
        await server.challenge_auth("eyJzdGF0dXMiOiI0MDEifQ==", encode_to_b64=False)
        return AuthResult(success=False, handled=False)


def office() -> Office:
    sink = Office()
    sink.options = {"auth_required": True, "auth_require_tls": False}
    sink.options |= {"authenticator": lambda *_: AuthResult(success=False)}
    return sink


def client(giver: Giver) -> TokenClient:
    return TokenClient(giver.url, "the-client", "the-secret", "https://mail.example.com/.default")


def relay_of(sink: Sink, giver: Giver) -> Any:
    url = f"smtp+xoauth2://survey%40example.com@127.0.0.1:{sink.port}"
    return transport(url, 1, client(giver))


def test_a_token_is_asked_for_once_and_signs_in(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with running(office()) as sink, giving(Giver()) as giver:
        relay = relay_of(sink, giver)
        for _ in range(2):
            outcomes = list(one_by_one(relay, [mail(), mail()]))
            assert [one.result for one in outcomes] == [Result.SENT] * 2
            relay.rest()
    assert sink.connections == 2
    assert giver.asked == [
        {
            "grant_type": ["client_credentials"],
            "client_id": ["the-client"],
            "client_secret": ["the-secret"],
            "scope": ["https://mail.example.com/.default"],
        }
    ]
    ours = "".join(r.getMessage() for r in caplog.records if not r.name.startswith("mail.log"))
    assert "token-1" not in ours
    assert "the-secret" not in ours + repr(client(giver))


def test_a_token_the_mail_server_refuses_is_asked_for_anew() -> None:
    with running(office()) as sink, giving(Giver()) as giver:
        sink.takes = "token-2"
        relay = relay_of(sink, giver)
        (outcome,) = one_by_one(relay, [mail()])
        assert (outcome.result, outcome.pause, outcome.tried) == (Result.DEFERRED, True, False)
        giver.answer = {"access_token": "token-2", "expires_in": 3600}
        assert [one.result for one in one_by_one(relay, [mail()])] == [Result.SENT]
        relay.rest()
    assert len(giver.asked) == 2


def test_a_token_that_is_about_to_end_is_not_used() -> None:
    answer = {"access_token": "token-1", "expires_in": 30}
    with running(office()) as sink, giving(Giver(answer=answer)) as giver:
        relay = relay_of(sink, giver)
        for _ in range(2):
            assert [one.result for one in one_by_one(relay, [mail()])] == [Result.SENT]
            relay.rest()
    assert len(giver.asked) == 2


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (401, {"error": "invalid_client", "error_description": "secret"}, "401: invalid_client"),
        (200, {"token_type": "Bearer"}, "200: no token"),
        (200, {"access_token": "a\r\nQUIT"}, "200: no token"),
        (500, "<h1>the-secret</h1>", "500 and no token"),
        (200, ["access_token"], "200 and no token"),
    ],
)
def test_where_no_token_is_given_all_mail_waits_and_is_told_why(
    status: int, answer: Any, said: str
) -> None:
    with running(office()) as sink, giving(Giver(status, answer)) as giver:
        relay = relay_of(sink, giver)
        (outcome,) = one_by_one(relay, [mail()])
        relay.rest()
    assert (outcome.result, outcome.pause, outcome.tried) == (Result.UNREACHABLE, True, False)
    assert outcome.reason.endswith(said)
    assert not sink.envelopes


def test_a_token_server_that_is_out_is_said() -> None:
    with running(office()) as sink:
        with giving(Giver()) as giver:
            pass
        (outcome,) = one_by_one(relay := relay_of(sink, giver), [mail()])
        relay.rest()
    assert outcome.reason == "the token server cannot be reached"
