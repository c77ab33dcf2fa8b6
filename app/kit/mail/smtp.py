"""Mail over SMTP: one connection for many mails, and a clear word on what became of each."""

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import Coroutine
from contextlib import suppress
from functools import cache, cached_property

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponse,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from aiosmtplib.protocol import SMTPProtocol

from app.kit.mail.address import Server
from app.kit.mail.message import Envelope, Mail
from app.kit.mail.outcome import Line, Outcome, Result, without_addresses
from app.kit.mail.token import NoToken, Tokens

CONNECT_SECONDS = 10.0
COMMAND_SECONDS = 30.0
# All of its steps together, so that a lease can be sure to outlast a mail.
CONNECT_WHOLLY_SECONDS = 40.0
HAND_OVER_SECONDS = 60.0
MAILS_PER_CONNECTION = 100

COMPLETED, WILL_FORWARD = 250, 251
READY_FOR_DATA = 354
CLOSING = 421

TURNS_TO_CLOSE = 3
BROKE_BEFORE = "the connection broke before the mail went out"


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
        self._sent_here = 0

    async def send(self, mail: Envelope) -> Outcome:
        reused = self._client is not None
        outcome = await self._attempt(mail)
        if reused and outcome.result is Result.UNREACHABLE and not outcome.pause:
            # Servers hang up between two mails; this one did not get there, so it may go again.
            outcome = await self._attempt(mail)
        return outcome

    async def end(self) -> None:
        """Part politely where the server still listens."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(SMTPException, OSError):
                await client.quit(timeout=2)
            _hang_up(client)
        # The loop may end after this: what it still has to close needs its turns.
        for _ in range(TURNS_TO_CLOSE):
            await asyncio.sleep(0)

    async def _attempt(self, mail: Envelope) -> Outcome:
        try:
            async with asyncio.timeout(CONNECT_WHOLLY_SECONDS):
                client = await self._connected()
        except (SMTPException, OSError, ValueError) as error:
            return _not_connected(error)
        outcome = await self._transferred(client, mail)
        if outcome.pause or not client.is_connected or outcome.result in _BROKEN:
            _hang_up(client)
            self._client = None
        self._sent_here += 1
        return outcome

    async def _connected(self) -> SMTP:
        if self._client is not None and self._sent_here >= MAILS_PER_CONNECTION:
            await self.end()
        if self._client is None:
            self._client, self._sent_here = await self._connect(), 0
        return self._client

    async def _connect(self) -> SMTP:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            oauth_token_generator=self._tokens,
            local_hostname=_own_name(),
            timeout=COMMAND_SECONDS,
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

    async def _transferred(self, client: SMTP, mail: Envelope) -> Outcome:
        if mail.international and not client.supports_extension("smtputf8"):
            return Outcome(Result.REFUSED, "553", "the mail server takes only ASCII addresses")
        try:
            async with asyncio.timeout(HAND_OVER_SECONDS):
                await _introduce(client, mail)
                verdict = await _handed_over(client, mail.content)
        except (SMTPException, OSError) as error:
            return await _not_taken(client, error)
        try:
            await verdict
        except SMTPDataError as error:
            return await _not_taken(client, error)
        except (SMTPException, OSError) as error:
            reason = "the connection broke after the mail went out"
            return Outcome(Result.AMBIGUOUS, reason=reason, pause=_is_silent(error))
        return Outcome(Result.SENT)


_BROKEN = (Result.UNREACHABLE, Result.AMBIGUOUS)


async def _introduce(client: SMTP, mail: Envelope) -> None:
    # The addresses were read when the mail was made: the client need not take them apart again.
    options = [b"SMTPUTF8", b"BODY=8BITMIME"] if mail.international else []
    reply = await _asked(client, b"MAIL", b"FROM:<%s>" % mail.sender.encode(), *options)
    if reply.code != COMPLETED:
        raise SMTPSenderRefused(reply.code, reply.message, mail.sender)
    reply = await _asked(client, b"RCPT", b"TO:<%s>" % mail.to.encode())
    if reply.code not in {COMPLETED, WILL_FORWARD}:
        raise SMTPRecipientRefused(reply.code, reply.message, mail.to)


async def _asked(client: SMTP, *words: bytes) -> SMTPResponse:
    """The reply to a command; the client's own way of waiting for it costs more than asking."""
    async with asyncio.timeout(COMMAND_SECONDS):
        return await client.execute_command(*words, timeout=None)


async def _handed_over(client: SMTP, content: bytes) -> Coroutine[None, None, None]:
    """Send the content, and return what waits for the verdict on it."""
    response = await _asked(client, b"DATA")
    if response.code != READY_FOR_DATA:
        raise SMTPDataError(response.code, response.message)
    if client.protocol is None:
        raise SMTPServerDisconnected("Connection lost")
    client.protocol.write(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
    # From here on a break leaves the mail in doubt.
    return _verdict(client.protocol)


async def _verdict(protocol: SMTPProtocol) -> None:
    async with asyncio.timeout(COMMAND_SECONDS):
        response = await protocol.read_response()
    if not 200 <= response.code < 300:
        raise SMTPDataError(response.code, response.message)


async def _not_taken(client: SMTP, error: Exception) -> Outcome:
    if not isinstance(error, SMTPResponseException) or error.code < 0:
        silent = _is_silent(error)
        reason = "the mail server did not answer in time" if silent else BROKE_BEFORE
        return Outcome(Result.UNREACHABLE, reason=reason, pause=silent)
    if error.code == CLOSING:
        return _deferred(error, pause=True)
    with suppress(SMTPException, OSError):
        await client.rset()
    # Before the recipient is named, a refusal says nothing about the recipient.
    final = error.code >= 500 and isinstance(error, SMTPRecipientRefused | SMTPDataError)
    return Outcome(Result.REFUSED, str(error.code), _reason(error)) if final else _deferred(error)


def _is_silent(error: Exception) -> bool:
    """Whether waiting again for each of a hundred mails would outlast the lease on them."""
    return isinstance(error, TimeoutError)


def _hang_up(client: SMTP) -> None:
    """Close at once: a polite end of TLS would outlive the loop it waits on."""
    transport = client.transport
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _not_connected(error: Exception) -> Outcome:
    """Nothing of it is any recipient's fault: the server is out for all."""
    if isinstance(error, SMTPResponseException | SMTPConnectResponseError) and error.code > 0:
        return _deferred(error, pause=True, tried=False)
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


def _deferred(error: SMTPResponseException, *, pause: bool = False, tried: bool = True) -> Outcome:
    return Outcome(Result.DEFERRED, str(error.code), _reason(error), pause, tried)


def _reason(error: SMTPResponseException) -> str:
    return without_addresses(error.message)


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
