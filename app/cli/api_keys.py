"""`selaras key create`, `programs` and `revoke`: the keys programs use the API with."""

from typing import Annotated

import typer

from app.access import keys
from app.cli.output import ACTOR, AsJson, line, opened, say, show, table


def install(app: typer.Typer) -> None:
    """Add the commands to `selaras key`."""
    app.command("create")(create)
    app.command("programs")(programs)
    app.command("revoke")(revoke)


def create(
    role: Annotated[str, typer.Option(help="hr, manager, it or auditor.")],
    name: Annotated[str, typer.Option(help="What the key is for.")],
    department: Annotated[
        list[str] | None,
        typer.Option(help="Path of a department a manager's key may see; may be given again."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(help="How long it lasts; for good unless given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for a program that uses the API. It is shown now and never again.

    Example: selaras key create --role hr --name "People sync" --days 365
    """
    with opened() as runtime, runtime.database.writing() as session:
        made = keys.create(session, role, name, department or [], ACTOR, days)
        told = keys.described(made.key)
    if as_json:
        show({**told, "key": made.token})
        return
    line(made.token)
    say(f"Key {told['id']} ({role}). Send it as: Authorization: Bearer {made.token[:12]}...")
    say("It is stored nowhere: keep it now.")


def programs(as_json: AsJson = False) -> None:
    """Show the keys of programs, when each was last used; never the keys themselves.

    Example: selaras key programs
    """
    with opened() as runtime, runtime.database.reading() as session:
        told = [keys.described(one) for one in keys.listed(session)]
    if as_json:
        show(told)
        return
    table(
        ["id", "role", "name", "last used", "until"],
        [
            [str(one[name] or "-") for name in ("id", "role", "name", "used_at", "expires_at")]
            for one in told
        ],
    )


def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, of `key programs`.")],
    as_json: AsJson = False,
) -> None:
    """End a program's key at once.

    Example: selaras key revoke k7m2px
    """
    with opened() as runtime, runtime.database.writing() as session:
        told = keys.described(keys.revoke(session, key_id, ACTOR))
    if as_json:
        show(told)
    say(f"The key {key_id} is revoked.")
