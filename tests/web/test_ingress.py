"""What is too long, too slow, broken or ambiguous is refused with a 4xx, whoever sends it."""

import asyncio
import gc
import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import uvicorn

from app.web.request_head import Limits
from app.web.security import server_options
from app.web.urlencoded import BadForm, form_pairs
from tests.web.test_security import FORM, HEADERS, Site, assert_sealed, make_site

QUICK = Limits(deadline=1.0, patience=0.1, at_once=20)


@pytest.fixture(scope="module")
def site() -> Site:
    return make_site()


@contextmanager
def serving(limits: Limits) -> Iterator[tuple[str, int]]:
    """A real server in a thread, as `main` runs it."""
    site = make_site(limits)
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    options = server_options(site.settings, limits)
    config = uvicorn.Config(site.asgi, log_config=None, lifespan="off", **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listening.getsockname()[:2]
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with serving(QUICK) as address:
        yield address


def talk(address: tuple[str, int], *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send raw bytes, then read until the server ends the connection or falls silent."""
    with socket.create_connection(address, timeout=4) as connection:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except OSError:
                break
            time.sleep(pause)
        return _read(connection)


def _read(connection: socket.socket) -> bytes:
    connection.settimeout(1.5)
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except OSError:
        pass
    return received


def parsed(reply: bytes) -> tuple[int, httpx.Headers]:
    head = reply.partition(b"\r\n\r\n")[0].split(b"\r\n")
    pairs = [tuple(line.split(b": ", 1)) for line in head[1:]]
    return int(head[0].split()[1]), httpx.Headers(pairs)  # type: ignore[arg-type]


# Forms


def test_pairs_keep_order_and_duplicates() -> None:
    assert form_pairs(b"b=1&a=2&b=&c&&%C3%A9=x+y%2Bz") == [
        ("b", "1"),
        ("a", "2"),
        ("b", ""),
        ("c", ""),
        ("é", "x y+z"),
    ]
    assert form_pairs(b"") == []
    assert form_pairs("a=தமிழ்".encode()) == [("a", "தமிழ்")]
    assert form_pairs(b"a=%f0%9F%98%80&b=x%26y%3Dz") == [("a", "😀"), ("b", "x&y=z")]


@pytest.mark.parametrize(
    "body",
    [
        b"a=%ff",
        b"a=caf\xe9",
        b"a=caf%E9",
        b"a=%00",
        b"a=\0",
        b"%00=a",
        b"a=%ED%A0%80",
        b"a=\xed\xa0\x80",
        b"a=%C0%80",
        b"a=%",
        b"a=%4",
        b"a=%zz",
        b"a=%u0041",
        b"a=%F5%80%80%80",
    ],
)
def test_broken_text_is_no_form(site: Site, body: bytes) -> None:
    with pytest.raises(BadForm):
        form_pairs(body)
    for path in ("/change", "/s/abc"):
        reply = site.post(path, content=body, headers={"Content-Type": FORM})
        assert reply.status_code == 400


def test_thirty_fields_are_read_in_no_time() -> None:
    comment = "Good+work%2C+but+%E2%80%9Chand-offs%E2%80%9D+are+slow.%0D%0A" * 4
    body = "&".join(f"answer-item_{n}={comment if n % 10 == 0 else n % 5}" for n in range(30))
    times = []
    for _ in range(300):
        start = time.perf_counter()
        form_pairs(body.encode())
        times.append(time.perf_counter() - start)
    assert min(times) < 60e-6


# Limits, one step inside and one outside


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/s/" + "a" * 509, 200),
        ("/s/" + "a" * 510, 414),
        ("/s/a?" + "b" * 2048, 200),
        ("/s/a?" + "b" * 2049, 414),
        ("/s/%E0%AE%A4", 200),
        ("/s/%ff", 400),
        ("/s/%C3%28", 400),
        ("/s/%00", 400),
        ("/s/%0A", 400),
        ("/s/%7f", 400),
        ("/s/%C2%85", 400),
        ("/s/%ED%A0%80", 400),
        ("/s/%zz", 400),
        ("/s/a?lang=%ff", 400),
        ("/s/a?lang=%00", 400),
    ],
)
def test_path_is_short_and_plain(site: Site, path: str, status: int) -> None:
    assert site.get(path).status_code == status


def test_respondent_reads_a_kind_page_in_malay(site: Site) -> None:
    def refused(path: str, body: bytes) -> httpx.Response:
        headers = {"Content-Type": FORM, "Accept-Language": "ms-MY,en;q=0.5"}
        return site.post(path, content=body, headers=headers)

    broken, large = refused("/s/abc", b"a=%ff"), refused("/s/abc", b"a" * 300_000)
    assert (broken.status_code, large.status_code) == (400, 413)
    assert 'lang="ms"' in broken.text
    assert "jawapan anda masih ada pada halaman itu" in broken.text
    assert "Jawapan anda terlalu panjang" in large.text
    assert "Your answers are too long" in refused("/receipt?lang=en", b"a" * 300_000).text
    assert "Ini terlalu besar" in refused("/change", b"a" * 300_000).text


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/change", 256 * 1024, 200),
        ("/change", 256 * 1024 + 1, 413),
        ("/s/abc", 256 * 1024 + 1, 413),
        ("/upload", 256 * 1024 + 1, 200),
        ("/upload", 5 * 1024 * 1024 + 1, 413),
        ("/change", 20 * 1024 * 1024, 413),
    ],
)
def test_body_has_a_limit(site: Site, path: str, size: int, status: int) -> None:
    # Only somebody who brings a cookie may send a file; no page of the test reads it.
    headers = {"Content-Type": FORM, **({"Cookie": "other=1"} if path == "/upload" else {})}
    assert site.post(path, content=b"a" * size, headers=headers).status_code == status


def test_a_file_from_somebody_without_any_cookie_is_a_form_like_others(site: Site) -> None:
    reply = site.post("/upload", content=b"a" * 300_000, headers={"Content-Type": FORM})
    assert reply.status_code == 413


def test_body_without_a_length_has_the_same_limit(site: Site) -> None:
    async def pieces() -> Any:
        for _ in range(300):
            yield b"a" * 1024

    assert site.post("/change", content=pieces(), headers={"Content-Type": FORM}).status_code == 413


@pytest.mark.parametrize(("fields", "status"), [(200, 200), (201, 400)])
def test_form_has_at_most_200_fields(site: Site, fields: int, status: int) -> None:
    names = {f"a{n}": str(n) for n in range(fields)}
    assert site.post("/change", data=names).status_code == status
    parts = {name: (None, value) for name, value in names.items()}
    assert site.post("/upload", files=parts).status_code == status


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/change", FORM, 200),
        ("/change", f"{FORM}; charset=UTF-8", 200),
        ("/change", f"{FORM}; charset=iso-8859-1", 415),
        ("/change", "text/plain", 415),
        ("/change", "application/json", 415),
        ("/change", "multipart/form-data; boundary=x", 415),
        ("/change", "", 415),
        ("/upload", "multipart/form-data", 400),
        ("/api/v1/people", FORM, 415),
    ],
)
def test_content_type_must_be_the_forms_own(site: Site, path: str, kind: str, status: int) -> None:
    assert site.post(path, content=b"a=1", headers={"Content-Type": kind}).status_code == status


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", "BREW"])
def test_unknown_method_is_405(site: Site, method: str) -> None:
    scope = {"type": "http", "method": method, "path": "/", "headers": [], "query_string": b""}
    status, headers = asyncio.run(drive(site, scope, [b""]))
    assert (status, headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize(
    "name", [b"host", b"content-length", b"content-type", b"origin", b"sec-fetch-site"]
)
def test_header_that_comes_twice_is_refused(site: Site, name: bytes) -> None:
    given = {b"content-type": FORM.encode(), b"content-length": b"3"}
    headers = [*given.items(), (name, given.get(name, b"none")), (name, given.get(name, b"none"))]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/change",
        "headers": headers,
        "query_string": b"",
    }
    assert asyncio.run(drive(site, scope, [b"a=1"]))[0] == 400


@pytest.mark.parametrize(("announced", "status"), [(b"3", 200), (b"2", 400), (b"4", 400)])
def test_announced_length_must_be_true(site: Site, announced: bytes, status: int) -> None:
    headers = [(b"content-type", FORM.encode()), (b"content-length", announced)]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/change",
        "headers": headers,
        "query_string": b"",
    }
    assert asyncio.run(drive(site, scope, [b"a", b"=1"]))[0] == status


def test_only_so_many_at_once_and_a_busy_process_still_lives() -> None:
    site = make_site(Limits(at_once=3, patience=0.05))

    async def rush() -> list[httpx.Response]:
        async with site.client() as client:
            slow = [asyncio.create_task(client.get("/slow")) for _ in range(10)]
            await asyncio.sleep(0.15)
            alive = await client.get("/healthz")
            return [alive, *await asyncio.gather(*slow)]

    alive, *replies = asyncio.run(rush())
    refused = [reply for reply in replies if reply.status_code == 503]
    assert (alive.status_code, len(site.working), len(refused)) == (200, 3, 7)
    assert all(reply.headers["retry-after"] == "5" for reply in refused)


def test_short_burst_waits_in_line() -> None:
    site = make_site(Limits(at_once=3))

    async def rush() -> list[httpx.Response]:
        async with site.client() as client:
            return await asyncio.gather(*(client.get("/slow") for _ in range(9)))

    assert {reply.status_code for reply in asyncio.run(rush())} == {200}


def test_what_is_thrown_away_is_not_kept() -> None:
    site = make_site(Limits(held=300 * 1024))
    reply = site.post("/change", content=b"a" * 2_000_000, headers={"Content-Type": FORM})
    assert reply.status_code == 413


def test_bodies_together_have_a_limit_and_are_let_go() -> None:
    site = make_site(Limits(held=1000))
    for _ in range(3):
        assert site.post("/change", data={"a": "b" * 900}).status_code == 200
    assert site.post("/change", data={"a": "b" * 1000}).status_code == 503
    assert site.post("/change", data={"a": "b" * 900}).status_code == 200


# The same over a socket

SLOW = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"POST /s/abc HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def test_slow_body_is_ended(address: tuple[str, int]) -> None:
    start = time.monotonic()
    status, headers = parsed(talk(address, HEAD + b"Content-Length: 9\r\n\r\na=1"))
    assert (status, headers["connection"]) == (408, "close")
    assert 0.9 < time.monotonic() - start < 2.5
    assert_sealed(headers)


def test_dripping_headers_are_ended(address: tuple[str, int]) -> None:
    start = time.monotonic()
    drops = [b"GET / HTTP/1.1\r\n", *(b"X-%d: 1\r\n" % n for n in range(12))]
    status, headers = parsed(talk(address, *drops, pause=0.15))
    assert (status, headers["connection"]) == (408, "close")
    assert time.monotonic() - start < 4
    assert_sealed(headers)


def test_silent_connection_ends_without_a_word(address: tuple[str, int]) -> None:
    start = time.monotonic()
    assert talk(address) == b""
    assert 0.9 < time.monotonic() - start < 1.45


def test_headers_have_a_size(address: tuple[str, int]) -> None:
    whole = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n"
    unfinished = [b"GET / HTTP/1.1\r\nHost: x\r\nX: ", *[b"a" * 10_000] * 5]
    assert parsed(talk(address, whole))[0] == 431
    assert parsed(talk(address, *unfinished, pause=0.02))[0] == 431


def test_endless_body_is_cut_and_answered(address: tuple[str, int]) -> None:
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    reply = talk(address, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 400)
    # The client may still be sending when the connection ends, and then sees only that.
    assert reply == b"" or parsed(reply)[0] == 413


def test_somewhat_too_large_form_still_gets_to_read_why(address: tuple[str, int]) -> None:
    body = b"a" * 2_000_000
    reply = talk(address, HEAD + b"Connection: close\r\nContent-Length: 2000000\r\n\r\n", body)
    assert parsed(reply)[0] == 413
    assert b"Your answers are too long" in reply


def test_client_that_leaves_is_not_an_error(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for pieces in ([HEAD + b"Content-Length: 9\r\n\r\na=1"], [SLOW]):
            with socket.create_connection(address) as connection:
                connection.sendall(pieces[0])
        time.sleep(0.6)
    assert caplog.messages == []


def test_300_slow_senders_take_no_place_from_others(address: tuple[str, int]) -> None:
    start = time.monotonic()
    slow = [socket.create_connection(address) for _ in range(300)]
    for connection in slow:
        connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\na=1")
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}") as client:
        for _ in range(10):
            asked = time.monotonic()
            assert client.get("/").status_code == 200
            assert time.monotonic() - asked < 1
    ended = [parsed(_read(connection))[0] for connection in slow]
    for connection in slow:
        connection.close()
    assert set(ended) == {408}
    assert time.monotonic() - start < 10


SMUGGLED = b"GET /away HTTP/1.1\r\nHost: x\r\n\r\n"
AMBIGUOUS = [
    b"Content-Length: 3\r\nContent-Length: 3\r\n\r\na=1",
    b"Content-Length: 3\r\nContent-Length: 40\r\n\r\na=1" + SMUGGLED,
    b"Content-Length: 3, 3\r\n\r\na=1",
    b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"Content-Length: -3\r\n\r\na=1",
    b"Content-Length: +3\r\n\r\na=1",
    b"Content-Length: 0x3\r\n\r\na=1",
    b"Content-Length: 3_0\r\n\r\na=1",
    b"Content-Length: 99999999999999999999999\r\n\r\na=1",
    b"Content-Length:\r\n\r\na=1",
    b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + SMUGGLED,
    b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na" + SMUGGLED,
    b"Transfer-Encoding: chunked\r\n\r\n3\na=1\n0\n\n" + SMUGGLED,
    b"Transfer-Encoding: chunked\r\n\r\n3 ;x\r\na=1X\r\n0\r\n\r\n" + SMUGGLED,
    b" Content-Length: 3\r\n\r\na=1",
    b"Host: y\r\nContent-Length: 3\r\n\r\na=1",
    b"X: a\x00b\r\nContent-Length: 3\r\n\r\na=1",
    b"Expect: 100-continue\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\na=1",
]
NO_HTTP = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /s/abc HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
]


@pytest.mark.parametrize("rest", [*AMBIGUOUS, *NO_HTTP])
def test_ambiguous_request_gets_one_refusal(address: tuple[str, int], rest: bytes) -> None:
    reply = talk(address, rest if rest in NO_HTTP else HEAD + rest)
    assert reply.count(b"HTTP/1.1 ") == 1
    status, headers = parsed(reply)
    assert 400 <= status < 500
    assert_sealed(headers)


def test_request_behind_an_upgrade_is_not_read(address: tuple[str, int]) -> None:
    reply = talk(address, HEAD + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n" + SMUGGLED)
    assert reply.count(b"HTTP/1.1 ") == 1
    assert parsed(reply)[0] < 500


# Mutations, straight into the application


async def drive(
    site: Site, scope: dict[str, Any], pieces: list[bytes | None]
) -> tuple[int, httpx.Headers]:
    """One request as a server would hand it over; None in `pieces` is a client that left."""
    sent: list[Any] = []
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        piece = left.pop(0) if left else None
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    await site.asgi(scope, receive, send)
    starts = [message for message in sent if message["type"] == "http.response.start"]
    if not sent and None in pieces:
        return 0, httpx.Headers()
    assert len(starts) == 1
    assert not sent[-1].get("more_body", False)
    return starts[0]["status"], httpx.Headers(starts[0]["headers"])


SEEDS: list[tuple[str, bytes, dict[bytes, bytes], bytes]] = [
    ("GET", b"/s/abcdef0123456789", {b"accept-language": b"ms,en;q=0.5"}, b""),
    ("POST", b"/s/abcdef0123456789", {b"content-type": FORM.encode()}, b"answer-a=1&b=%C3%A9+x"),
    ("POST", b"/change", {b"content-type": FORM.encode(), b"cookie": b"selaras=1"}, b"csrf=x&a=1"),
    (
        "POST",
        b"/change",
        {b"origin": b"http://127.0.0.1:8000", b"content-type": FORM.encode()},
        b"",
    ),
    (
        "POST",
        b"/upload",
        {b"content-type": b"multipart/form-data; boundary=xx", b"cookie": b"selaras=1"},
        b'--xx\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n1\r\n--xx--\r\n',
    ),
    (
        "PUT",
        b"/api/v1/people",
        {b"content-type": b"application/json"},
        b'{"name": "Aminah", "age": 30}',
    ),
    ("GET", b"/static/css/staff.css", {b"accept-encoding": b"gzip;q=0.5, br"}, b""),
    ("GET", b"/", {b"accept-encoding": b"gzip"}, b""),
]
NASTY = [
    *(
        b"\0",
        b"\xff",
        b"%00",
        b"%ff",
        b"%",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"NaN",
        b"1e400",
        b"[" * 3000,
    ),
    *(
        b"'",
        b'"',
        b"\r\n",
        b"&",
        b"=",
        b";",
        b"..",
        b"//",
        b"{{7*7}}",
        b"a" * 600,
        b"9" * 40,
        b"--xx",
    ),
    *("é".encode(), "\u202e".encode(), "😀".encode(), b"true", b"null", b"-1", b"x\x7f", b"*"),
]


def mutated(chance: random.Random, raw: bytes) -> bytes:
    for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
        start = chance.randint(0, len(raw))
        end = min(len(raw), start + chance.choice((0, 0, 1, 3, 10)))
        raw = raw[:start] + chance.choice(NASTY) + raw[end:]
    return raw


def mutation(chance: random.Random) -> tuple[dict[str, Any], list[bytes | None]]:
    method, path, headers, body = chance.choice(SEEDS)
    method = chance.choice([method] * 12 + ["HEAD", "OPTIONS", "TRACE", "GET", "POST", "X"])
    path, _, query = mutated(chance, path + chance.choice((b"", b"?lang=ms&a=b"))).partition(b"?")
    pairs = [(name, mutated(chance, value)) for name, value in headers.items()]
    if chance.random() < 0.3:
        length = str(len(body)).encode()
        pairs.append((b"content-length", mutated(chance, length)))
    if chance.random() < 0.3:
        name = chance.choice(
            (b"transfer-encoding", b"cookie", b"sec-fetch-site", b"host", b"origin")
        )
        pairs.append(
            (name, chance.choice((b"chunked", b"selaras=2", b"none", chance.choice(NASTY))))
        )
    body = mutated(chance, body)
    if body and not any(name == b"content-length" for name, _ in pairs):
        pairs.append((b"transfer-encoding", b"chunked"))
    cut = chance.randint(0, len(body))
    whole: list[list[bytes | None]] = [[body], [body[:cut], body[cut:]], [body[:cut], b"", None]]
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "headers": pairs,
    }
    return scope, chance.choice(whole)


async def fuzz(site: Site, seed: int, requests: int, check: Callable[..., None]) -> None:
    chance = random.Random(seed)
    for _ in range(requests):
        scope, pieces = mutation(chance)
        status, headers = await drive(site, scope, pieces)
        check(status, headers, scope, pieces)
    # A multipart body that breaks off leaves its temporary file to the collector.
    gc.collect()


def assert_no_fault(status: int, headers: httpx.Headers, *request: object) -> None:
    assert status < 500, request
    if status:
        expected = set(HEADERS) | {"x-request-id"}
        assert expected <= headers.keys(), request


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_mutation_is_a_fault_of_ours(site: Site) -> None:
    statuses: set[int] = set()

    def check(status: int, *rest: Any) -> None:
        assert_no_fault(status, *rest)
        statuses.add(status)

    asyncio.run(fuzz(site, random.randrange(2**32), 5000, check))
    # It reached the routes and every kind of refusal, else it proved nothing.
    assert {0, 200, 400, 403, 404, 405, 414, 415, 422} <= statuses


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(20))
def test_no_mutation_is_a_fault_of_ours_all_night(site: Site, seed: int) -> None:
    asyncio.run(fuzz(site, seed, 50_000, assert_no_fault))
