"""Mail over SMTP: one connection for many mails, and a clear word on what became of each."""

import asyncio
import re
import socket
import ssl
import threading
from contextlib import suppress
from functools import cache, cached_property
from typing import cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
)

from app.kit.mail import handing_over
from app.kit.mail.address import Server
from app.kit.mail.handing_over import deferred, handed_over, soon
from app.kit.mail.message import Envelope, Mail
from app.kit.mail.outcome import Line, Outcome, Result, without_addresses
from app.kit.mail.token import NoToken, Tokens
from app.kit.mail.wire import Wire

CONNECT_SECONDS = 10.0
# All of its steps together, so that a lease can be sure to outlast a mail.
CONNECT_WHOLLY_SECONDS = 40.0
PARTING_SECONDS = 2.0
MAILS_PER_CONNECTION = 100

TURNS_TO_CLOSE = 3


class Relay:
    """A mail server that takes our mail; use it from a thread without an event loop.

    Connections are kept from one call to the next, by the thread that made them, until `rest`.
    """

    def __init__(self, server: Server, connections: int = 1, tokens: Tokens | None = None) -> None:
        self._server = server
        self._tokens = tokens
        self._own = threading.local()
        self.at_once = connections

    def send(self, mail: Mail | Envelope) -> Outcome:
        """Deliver one."""
        runner, talks = self._held()
        return runner.run(talks[0].send(Envelope.of(mail)))

    def each(self, line: Line) -> None:
        """Work through `line` over every connection, each going on by itself."""
        runner, talks = self._held()
        runner.run(_side_by_side(talks, line))

    def rest(self) -> None:
        """Part from the server."""
        held = getattr(self._own, "held", None)
        if held is not None:
            self._own.held = None
            runner, talks = held
            with runner:
                runner.run(_parted(talks))

    def _held(self) -> tuple[asyncio.Runner, list["_Conversation"]]:
        held: tuple[asyncio.Runner, list[_Conversation]] | None
        held = getattr(self._own, "held", None)
        if held is None:
            runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
            held = runner, [self._conversation() for _ in range(self.at_once)]
            self._own.held = held
        return held

    def _conversation(self) -> "_Conversation":
        return _Conversation(self._server, self._tokens, self._tls)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Reading all the certificates this machine trusts takes longer than dozens of mails.
        return _tls(self._server)


async def _side_by_side(talks: list["_Conversation"], line: Line) -> None:
    await asyncio.gather(*(line(talk.send) for talk in talks))


async def _parted(talks: list["_Conversation"]) -> None:
    await asyncio.gather(*(talk.end() for talk in talks))


class _Conversation:
    """One connection at a time, for one mail after another."""

    def __init__(self, server: Server, tokens: Tokens | None, tls: ssl.SSLContext) -> None:
        self._server = server
        self._tokens = tokens
        self._tls = tls
        self._client: SMTP | None = None
        self._wire: Wire | None = None
        self._sent_here = 0

    async def send(self, mail: Envelope) -> Outcome:
        reused = self._wire is not None
        outcome = await self._attempt(mail)
        if reused and outcome.result is Result.UNREACHABLE and not outcome.pause:
            # Servers hang up between two mails; this one did not get there, so it may go again.
            outcome = await self._attempt(mail)
        return outcome

    async def end(self) -> None:
        """Part politely where the server still listens."""
        wire = self._wire
        if wire is not None:
            with suppress(SMTPException, OSError):
                wire.ask(b"QUIT")
                await wire.reply(soon(PARTING_SECONDS))
            self._drop()
        # The loop may end after this: what it still has to close needs its turns.
        for _ in range(TURNS_TO_CLOSE):
            await asyncio.sleep(0)

    async def _attempt(self, mail: Envelope) -> Outcome:
        try:
            wire = await self._connected()
        except (SMTPException, OSError, ValueError) as error:
            return _not_connected(error)
        outcome = await self._transferred(wire, mail)
        if outcome.pause or not wire.is_open or outcome.result in _BROKEN:
            self._drop()
        self._sent_here += 1
        return outcome

    async def _connected(self) -> Wire:
        if self._wire is not None and self._sent_here < MAILS_PER_CONNECTION:
            return self._wire
        async with asyncio.timeout(CONNECT_WHOLLY_SECONDS):
            if self._wire is not None:
                await self.end()
            self._client = await self._connect()
        self._wire, self._sent_here = Wire(cast(asyncio.Transport, self._client.transport)), 0
        return self._wire

    def _drop(self) -> None:
        if self._client is not None and self._wire is not None:
            self._client.close()
            self._wire.hang_up()
        self._client, self._wire = None, None

    async def _connect(self) -> SMTP:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            oauth_token_generator=self._tokens,
            local_hostname=_own_name(),
            timeout=handing_over.COMMAND_SECONDS,
            use_tls=server.implicit_tls,
            # None: where the server offers it. Only a loopback address may do without.
            start_tls=_starttls(server),
            tls_context=self._tls,
        )
        try:
            await client.connect(timeout=CONNECT_SECONDS)
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except BaseException as error:
            if self._tokens is not None and isinstance(error, SMTPAuthenticationError):
                self._tokens.forget()
            _hang_up(client)
            raise
        return client

    async def _transferred(self, wire: Wire, mail: Envelope) -> Outcome:
        if mail.international and not self._offers("smtputf8"):
            return Outcome(Result.REFUSED, "553", "the mail server takes only ASCII addresses")
        return await handed_over(wire, mail, at_once=self._offers("pipelining"))

    def _offers(self, extension: str) -> bool:
        return self._client is not None and self._client.supports_extension(extension)


_BROKEN = (Result.UNREACHABLE, Result.AMBIGUOUS)


def _hang_up(client: SMTP) -> None:
    """Close at once: a polite end of TLS would outlive the loop it waits on."""
    transport = client.transport
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _not_connected(error: Exception) -> Outcome:
    """Nothing of it is any recipient's fault: the server is out for all."""
    if isinstance(error, SMTPResponseException | SMTPConnectResponseError) and error.code > 0:
        return deferred(SMTPResponse(error.code, error.message), pause=True, tried=False)
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        reason = "no trusted TLS with the mail server"
    elif isinstance(error, NoToken):
        reason = str(error)
    elif isinstance(error, OSError | ValueError):
        reason = "the mail server cannot be reached"
    else:
        # What is left: it offers no STARTTLS, or no sign-in.
        reason = without_addresses(str(error))
    return Outcome(Result.UNREACHABLE, reason=reason, pause=True, tried=False)


def _starttls(server: Server) -> bool | None:
    if server.implicit_tls:
        return False
    return None if server.loopback else True


def _tls(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.loopback:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@cache
def _own_name() -> str:
    name = socket.getfqdn()
    return name if re.fullmatch(r"[A-Za-z0-9.-]+", name) else "localhost"
