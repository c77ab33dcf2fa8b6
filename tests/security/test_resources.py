"""Bodies of 200 MB and slow senders cost no memory, and others are served meanwhile."""

import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx

from tests.site import Site

PIECE = b"x" * 65_536
LARGE = 200 * 1024 * 1024
SLOW = 100
MOST_GROWTH = 64 * 1024 * 1024


def resident() -> int:
    """Bytes of memory this process, and the server in it, takes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def large_body(address: tuple[str, int], path: str) -> tuple[int, bytes]:
    """How many bytes of it were taken, and what was answered."""
    sent = 0
    with socket.create_connection(address, timeout=10) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        with suppress(OSError):
            while sent < LARGE:
                connection.sendall(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
                sent += len(PIECE)
        with suppress(OSError):
            return sent, connection.recv(65_536)
    return sent, b""


def test_no_body_and_no_slow_sender_fills_the_memory(site: Site) -> None:
    with ExitStack() as stack:
        for _ in range(SLOW):
            slow = stack.enter_context(socket.create_connection(site.address, timeout=10))
            slow.sendall(b"POST /s/abc HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\nx")
        before = resident()
        for path in ("/s/abc", "/people/import", "/api/v1/people", "/sign-in"):
            sent, answer = large_body(site.address, path)
            assert sent < LARGE // 4
            assert not answer or answer.startswith(b"HTTP/1.1 413")
        assert httpx.get(f"{site.settings.base_url}/healthz", timeout=5).status_code == 200
        assert resident() - before < MOST_GROWTH


def test_the_measure_sees_a_body_that_is_kept() -> None:
    before = resident()
    kept = bytearray(b"x") * (2 * MOST_GROWTH)
    assert resident() - before > MOST_GROWTH
    assert kept
