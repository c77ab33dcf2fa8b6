"""One mail over a wire that is up, and a clear word on what became of it."""

import asyncio
from contextlib import suppress

from aiosmtplib import SMTPException, SMTPResponse

from app.kit.mail.message import Envelope
from app.kit.mail.outcome import Outcome, Result, without_addresses
from app.kit.mail.wire import Wire

COMMAND_SECONDS = 30.0
# All commands before the content together, so that a lease can be sure to outlast a mail.
INTRODUCTION_SECONDS = 60.0

COMPLETED, WILL_FORWARD = 250, 251
READY_FOR_DATA = 354
CLOSING = 421
# What goes well after MAIL, RCPT and DATA.
WELL = ({COMPLETED}, {COMPLETED, WILL_FORWARD}, {READY_FOR_DATA})

BROKE_BEFORE = "the connection broke before the mail went out"
BROKE_AFTER = "the connection broke after the mail went out"
SILENT = "the mail server did not answer in time"


async def handed_over(wire: Wire, mail: Envelope, *, at_once: bool) -> Outcome:
    """Send it; `at_once` where the server takes commands that belong together in one go."""
    try:
        refused = await _introduced(wire, mail, at_once=at_once)
        if refused is None:
            wire.hand_over(mail.content)
    except (SMTPException, OSError) as error:
        silent = is_silent(error)
        reason = SILENT if silent else BROKE_BEFORE
        return Outcome(Result.UNREACHABLE, reason=reason, pause=silent)
    if refused is not None:
        return refused
    # From here on a break leaves the mail in doubt.
    try:
        verdict = await wire.reply(soon())
    except (SMTPException, OSError) as error:
        return Outcome(Result.AMBIGUOUS, reason=BROKE_AFTER, pause=is_silent(error))
    if 200 <= verdict.code < 300:
        return Outcome(Result.SENT)
    return await _refused(wire, verdict, owed=0, of_recipient=True)


def deferred(reply: SMTPResponse, *, pause: bool = False, tried: bool = True) -> Outcome:
    """The server said: not now."""
    reason = without_addresses(reply.message)
    return Outcome(Result.DEFERRED, str(reply.code), reason, pause, tried)


def is_silent(error: Exception) -> bool:
    """Whether waiting again for each of a hundred mails would outlast the lease on them."""
    return isinstance(error, TimeoutError)


def soon(seconds: float | None = None) -> float:
    """Until when a reply is waited for."""
    wait = COMMAND_SECONDS if seconds is None else seconds
    return asyncio.get_running_loop().time() + wait


async def _introduced(wire: Wire, mail: Envelope, *, at_once: bool) -> Outcome | None:
    """Say from whom and to whom until the server waits for the content, or what it said instead."""
    # The addresses were read when the mail was made: nobody need take them apart again.
    options = b" SMTPUTF8 BODY=8BITMIME" if mail.international else b""
    sender = b"MAIL FROM:<%s>%s" % (mail.sender.encode(), options)
    commands = sender, b"RCPT TO:<%s>" % mail.to.encode(), b"DATA"
    at_most = soon(INTRODUCTION_SECONDS)
    if at_once:
        wire.ask(*commands)
    for place, command in enumerate(commands):
        if not at_once:
            wire.ask(command)
        reply = await wire.reply(min(soon(), at_most))
        if reply.code not in WELL[place]:
            owed = len(commands) - place - 1 if at_once else 0
            return await _refused(wire, reply, owed, of_recipient=place > 0)
    return None


async def _refused(wire: Wire, reply: SMTPResponse, owed: int, *, of_recipient: bool) -> Outcome:
    if reply.code == CLOSING:
        return deferred(reply, pause=True)
    with suppress(SMTPException, OSError):
        await _ready_again(wire, owed)
    # Before the recipient is named, a refusal says nothing about the recipient.
    if of_recipient and reply.code >= 500:
        return Outcome(Result.REFUSED, str(reply.code), without_addresses(reply.message))
    return deferred(reply)


async def _ready_again(wire: Wire, owed: int) -> None:
    """Read what is still owed to commands after the refused one, and begin anew."""
    for _ in range(owed):
        if (await wire.reply(soon())).code == READY_FOR_DATA:
            # It would take our next command for the content of this mail.
            wire.hang_up()
    wire.ask(b"RSET")
    await wire.reply(soon())
