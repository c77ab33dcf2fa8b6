"""No request leaves for a private machine, however its address is written or its name moves."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.kit.outbound import BadAddress, Call, Outbound, Reply

INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%2",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
]
PUBLIC = ("8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


class Receiver:
    """A real server on this machine: what it was sent, and what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.wait = 0.0
        self.endless = False
        self.url = ""


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((self.path, dict(self.headers.items()), body))
            time.sleep(receiver.wait)
            try:
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                while receiver.endless:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass

        def log_message(self, *_: Any) -> None:
            """Nothing goes to the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.endless = False
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def post(outbound: Outbound, url: str) -> Reply:
    return outbound.post_all([Call(url, {"X-Extra": "1"}, b"{}")])[0]


@pytest.mark.parametrize("address", INSIDE)
def test_no_private_address_is_reached(address: str) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [address]

    reply = post(Outbound(resolve=resolve), "https://hooks.example.com/x")
    assert reply == Reply(trouble="this address leads into a private network")
    assert asked == ["hooks.example.com"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached_over_https_only(address: str) -> None:
    outbound = Outbound()
    assert outbound.may_reach(ipaddress.ip_address(address), "https")
    assert not outbound.may_reach(ipaddress.ip_address(address), "http")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:7f00:1]"]
)
def test_however_this_machine_is_written_it_is_not_reached(host: str, receiver: Receiver) -> None:
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    assert not post(Outbound(), f"https://{host}:{port}/x").taken
    assert not post(Outbound("192.0.2.0/24"), f"http://{host}:{port}/x").taken
    assert receiver.got == []


def test_a_name_is_asked_once_and_moving_it_changes_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner answers with an allowed address first and leads elsewhere from then on."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]])
    real = socket.getaddrinfo
    asked: list[object] = []

    def moving(host: Any, port: Any, *more: Any, **given: Any) -> Any:
        if host in ("127.0.0.1", b"127.0.0.1"):
            return real(host, port, *more, **given)
        asked.append(host)
        return real(next(answers)[0], port, *more, **given)

    monkeypatch.setattr(socket, "getaddrinfo", moving)
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    reply = post(Outbound("127.0.0.1"), f"http://hooks.example.com:{port}/hook?a=1")
    assert reply.taken
    assert asked == ["hooks.example.com"]
    ((path, headers, body),) = receiver.got
    assert (path, headers["Host"], body) == ("/hook?a=1", f"hooks.example.com:{port}", b"{}")
    assert not post(Outbound("127.0.0.1"), f"http://hooks.example.com:{port}/hook").taken


def test_a_name_that_also_leads_inside_is_refused(receiver: Receiver) -> None:
    outbound = Outbound("127.0.0.1", resolve=lambda *_: ["127.0.0.1", "10.0.0.1"])
    assert post(outbound, receiver.url).trouble == "this address leads into a private network"
    assert receiver.got == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    with receiving() as inside:
        receiver.status, receiver.headers = status, {"Location": inside.url}
        assert post(Outbound("127.0.0.1"), receiver.url) == Reply(status)
        assert inside.got == []


def test_a_slow_reply_ends_in_time(receiver: Receiver) -> None:
    receiver.wait = 0.8
    begun = time.monotonic()
    reply = post(Outbound("127.0.0.1", deadline=0.2), receiver.url)
    assert reply == Reply(trouble="no answer in time")
    assert time.monotonic() - begun < 0.7


def test_an_endless_reply_is_not_read(receiver: Receiver) -> None:
    receiver.endless = True
    assert post(Outbound("127.0.0.1"), receiver.url) == Reply(200)


def test_endless_headers_are_cut(receiver: Receiver) -> None:
    receiver.headers = {f"X-{n}": "y" * 1000 for n in range(300)}
    reply = post(Outbound("127.0.0.1"), receiver.url)
    assert reply.status == 0
    assert reply.trouble.startswith("no connection")


def test_the_environment_names_no_way_round(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert post(Outbound("127.0.0.1"), receiver.url).taken
        assert proxy.got == []


def test_a_certificate_must_be_for_the_name() -> None:
    """A plain port answers no TLS, and nothing is sent without it."""
    with receiving() as plain:
        port = plain.url.rpartition(":")[2].partition("/")[0]
        reply = post(Outbound("127.0.0.1"), f"https://127.0.0.1:{port}/x")
        assert reply.trouble == "no connection (ConnectError)"
        assert plain.got == []


def test_unknown_names_are_said() -> None:
    def nobody(*_: object) -> list[str]:
        raise socket.gaierror

    assert post(Outbound(resolve=nobody), "https://nowhere.example.com").trouble


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "https://", "ftp://example.com/x", "//example.com", "javascript:alert(1)"),
        *("https://user:pass@example.com/", "https://example.com/#x", "https://exa mple.com/"),
        *(
            "https://example.com\\@127.0.0.1/",
            "https://example.com:0/",
            "https://example.com:99999/",
        ),
        *(
            "https://[::1",
            "https://exämple.com/",
            "https://example.com/\r\nX: y",
            "file:///etc/passwd",
        ),
        "https://example.com/" + "x" * 2000,
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        Outbound("127.0.0.1").check(url)
