"""A real mail server in a thread that takes mail, and fails where its script says so."""

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, ClassVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

# What a script may answer instead of a reply: the line goes dead.
DROP = "drop"
HANG = "hang"


@dataclass
class Sink:
    """What the server shall do, and what it saw."""

    at_rcpt: Callable[[str], str] = lambda _address: "250 OK"
    at_end: Callable[[str], str] = lambda _address: "250 OK"
    before_dot: Callable[[str], str] = lambda _address: "go on"
    at_mail: Callable[[str], str] = lambda _address: "250 OK"
    greeting: str = "220 sink"
    # Whether it takes commands that belong together in one go.
    pipelining: ClassVar[bool] = False
    # It waits for content also where it has refused the recipient.
    always_wants_data: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)
    connections: int = 0
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    open_lines: list[SMTP] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def to(self) -> list[str]:
        return [envelope.rcpt_tos[0] for envelope in self.envelopes]

    @property
    def mails(self) -> list[EmailMessage]:
        contents = [envelope.content for envelope in self.envelopes]
        return [message_from_bytes(content, policy=default) for content in contents]

    def hang_up(self) -> None:
        """Close every connection as a server does that has waited long enough."""
        loop = self.open_lines[0].loop
        for line in self.open_lines:
            loop.call_soon_threadsafe(line.transport.close)

    def say(self, line: str) -> None:
        """Write something nobody asked for."""
        for one in self.open_lines:
            one.loop.call_soon_threadsafe(one.transport.write, f"{line}\r\n".encode())

    async def handle_EHLO(  # noqa: N802
        self, _s: SMTP, session: Session, _e: Envelope, hostname: str, replies: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [replies[0], *["250-PIPELINING"] * self.pipelining, *replies[1:]]

    async def handle_MAIL(  # noqa: N802 - the names are the server library's
        self, _s: SMTP, _n: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.at_mail(address)
        if reply.startswith("250"):
            envelope.mail_from, envelope.mail_options = address, options
        return reply

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _n: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        reply = await _dead(server, self.at_rcpt(address))
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _n: Session, envelope: Envelope
    ) -> str:
        reply = self.at_end(envelope.rcpt_tos[0])
        if reply in {DROP, HANG} or reply.startswith("250"):
            self.envelopes.append(envelope)
        return await _dead(server, reply)

    def authenticate(self, _server: SMTP, _s: Session, _e: Envelope, _m: str, data: Any) -> Any:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)


class _Line(SMTP):
    sink: Sink

    def connection_made(self, transport: Any) -> None:
        self.sink.connections += 1
        self.sink.open_lines.append(self)
        super().connection_made(transport)

    async def push(self, status: Any) -> None:
        if isinstance(status, str) and status.startswith("220 ") and "ESMTP" in status:
            status = self.sink.greeting
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        reply = self.sink.before_dot((self.envelope.rcpt_tos or [""])[0])
        if reply[:1] in {"4", "5"}:
            await self.push(reply)
            return
        if self.sink.always_wants_data and not self.envelope.rcpt_tos:
            await self.push("354 go on")
            while await self._reader.readline() not in {b"", b".\r\n"}:
                pass
            return
        if reply == DROP:
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


@contextmanager
def running(sink: Sink, *, implicit_tls: ssl.SSLContext | None = None) -> Iterator[Sink]:
    """The sink on a port of its own, gone when the block ends."""
    loop = asyncio.new_event_loop()

    def line() -> _Line:
        made = _Line(sink, ident="ESMTP", loop=loop, **sink.options)
        made.sink = sink
        return made

    server = loop.run_until_complete(loop.create_server(line, "127.0.0.1", 0, ssl=implicit_tls))
    sink.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


def certificate(folder: Path, name: str = "localhost") -> ssl.SSLContext:
    """A self-signed certificate for `name` in `folder`, as a server presents it."""
    where, key = folder / "certificate.pem", folder / "key.pem"
    asked = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name}"
    files = ["-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(where)]
    subprocess.run([*asked.split(), *files], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(where, key)
    return context


async def _dead(server: SMTP, reply: str) -> str:
    if reply == HANG:
        await asyncio.sleep(60)
    if reply == DROP:
        server.transport.abort()
        return "250 nobody reads this"
    return reply


async def _stop(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)
