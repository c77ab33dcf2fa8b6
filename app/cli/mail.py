"""`selaras mail`."""

import sys
from typing import Annotated

import typer

from app.campaigns import bounces, suppressions
from app.campaigns.bounces import Taken
from app.cli.output import ACTOR, AsJson, Failed, opened, say, show, table
from app.kit.mail import report

app = typer.Typer(
    no_args_is_help=True,
    help="Mails that came back, and addresses that get none. Example: selaras mail suppressed",
)

SENTENCES = {
    Taken.BOUNCED: "The mail came back; HR sees it on the round's page.",
    Taken.SUPPRESSED: "There is no such mailbox: nothing goes to that address any more.",
    Taken.DELAYED: "The mail server still tries; nothing is to be done.",
    Taken.UNKNOWN: "This report is about no mail that is still known.",
}


@app.command()
def bounce(
    to: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address the report came to, if it does not say.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Take a delivery-status report from standard input, as a mail server hands it over.

    Example: selaras mail bounce < report.eml
    """
    content = sys.stdin.buffer.read(report.LARGEST + 1)
    reports = report.read(content)
    with opened() as runtime, runtime.database.writing() as session:
        taken = [bounces.take(session, runtime.keyring, one, to) for one in reports]
    if as_json:
        show(
            [
                {"action": one.action, "status": one.status, "taken": done.value}
                for one, done in zip(reports, taken, strict=True)
            ]
        )
    elif not reports:
        # Not a failure: a mail server would send an error about the report in its turn.
        say("This mail is no delivery-status report; nothing was done.")
    for done in taken:
        say(SENTENCES[done])


@app.command()
def suppressed(as_json: AsJson = False) -> None:
    """Show the addresses that get no mail, and why.

    Example: selaras mail suppressed
    """
    with opened() as runtime, runtime.database.reading() as session:
        listed = suppressions.listed(session)
    if as_json:
        show(
            [
                {
                    "address": one.address,
                    "people": list(one.names),
                    "reason": one.reason.value,
                    "said": one.said,
                    "at": one.at.isoformat(),
                }
                for one in listed
            ]
        )
        return
    table(
        ["address", "reason", "since (UTC)", "the server said"],
        [[one.address, one.reason.value, f"{one.at:%Y-%m-%d %H:%M}", one.said] for one in listed],
    )


@app.command()
def lift(address: Annotated[str, typer.Argument(help="The address.")]) -> None:
    """Let mail go to an address again.

    Example: selaras mail lift aminah@example.com
    """
    with opened() as runtime, runtime.database.writing() as session:
        if not suppressions.lift(session, address, ACTOR):
            raise Failed(f"{address} is not suppressed; `selaras mail suppressed` shows all")
    say(f"Mail goes to {address} again.")
