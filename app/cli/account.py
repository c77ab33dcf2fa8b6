"""`selaras account`."""

from typing import Annotated

import typer

from app.access import accounts, sign_in
from app.audit import log
from app.cli.output import ACTOR, AsJson, Failed, line, opened, say, show, table

app = typer.Typer(no_args_is_help=True, help="Who may sign in. Example: selaras account list")

Email = Annotated[str, typer.Argument(help="The person's address.")]


@app.command()
def add(
    email: Email,
    role: Annotated[str, typer.Option(help="hr, manager, it or auditor.")],
    department: Annotated[
        list[str] | None, typer.Option(help="A manager's department; may be given again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an account and print a one-time sign-in link.

    Example: selaras account add aminah@example.com --role hr
    """
    with opened() as runtime, runtime.database.writing() as session:
        account = accounts.add(session, email, role, department or [], ACTOR)
        token = sign_in.new_link(session, account, sign_in.INVITATION_LASTS)
        link = f"{runtime.settings.base_url}/sign-in/{token}"
        address = account.email
    if as_json:
        show({"email": address, "role": role, "link": link})
        return
    say(f"{address} may sign in with this link, once, within 3 days:")
    line(link)


@app.command()
def link(email: Email, as_json: AsJson = False) -> None:
    """Print another one-time sign-in link, for somebody who lost theirs, or the phone.

    Example: selaras account link aminah@example.com
    """
    with opened() as runtime, runtime.database.writing() as session:
        account = accounts.by_email(session, email)
        if account is None:
            raise Failed(f"there is no account {email} that may sign in")
        token = sign_in.new_link(session, account, sign_in.INVITATION_LASTS)
        log.record(session, ACTOR, "account.link_made", account.id)
    address = f"{runtime.settings.base_url}/sign-in/{token}"
    if as_json:
        show({"email": account.email, "link": address})
        return
    say(f"{account.email} may sign in with this link, once, within 3 days:")
    line(address)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show every account.

    Example: selaras account list
    """
    with opened() as runtime, runtime.database.reading() as session:
        listed = accounts.listed(session)
    rows = [
        {
            "email": one.account.email,
            "role": one.account.role,
            "departments": list(one.departments),
            "disabled": one.account.disabled_at is not None,
        }
        for one in listed
    ]
    if as_json:
        show(rows)
        return
    table(
        ["email", "role", "departments", "state"],
        [
            [
                one.account.email,
                one.account.role,
                ", ".join(one.departments),
                "disabled" if one.account.disabled_at else "active",
            ]
            for one in listed
        ],
    )


@app.command()
def disable(email: Email, as_json: AsJson = False) -> None:
    """Stop an account; its sessions end at once.

    Example: selaras account disable badrul@example.com
    """
    with opened() as runtime, runtime.database.writing() as session:
        address = accounts.disable(session, email, ACTOR).email
    if as_json:
        show({"email": address, "disabled": True})
    say(f"{email} can no longer sign in.")
